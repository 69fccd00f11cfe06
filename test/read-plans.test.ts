// The statements of every route that reads, with their plans. Routes and statements are found by themselves.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asUser } from "@palimpsest/eventsourcing";
import type { FastifyInstance } from "fastify";
import pg from "pg";
import { afterAll, describe, expect, it } from "vitest";
import { createWiki, createWikiServer, type Wiki } from "../packages/wiki/src/create-wiki.ts";
import { configFrom } from "./config.ts";
import { dropSchemas, newSchema } from "./postgres-schemas.ts";
import { type RecordedStatements, recordPostgres, recordSqlite } from "./statements.ts";

/** Tables with a row for each view, generation, writer or version of a schema. */
const SMALL =
  /^(generations|views|leases|tracking|schema_version|account_versions|replaced_tables|pg_\w+|sqlite_\w+)$/;

/** Wanted pages and orphans of an earlier date, which are read with a time limit. */
const SORTED_IN_THREADS = /(wanted|orphans)\.until > \$\d/;

const closing: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

interface Opened {
  readonly wiki: Wiki;
  readonly server: FastifyInstance;
  readonly ids: readonly string[];
  readonly userId: string;
  readonly token: string;
}

async function openWiki(env: Readonly<Record<string, string>>, pages: number): Promise<Opened> {
  const folder = await mkdtemp(join(tmpdir(), "palimpsest-plans-"));
  closing.push(() => rm(folder, { recursive: true }));
  const config = configFrom({
    PALIMPSEST_DATA_DIR: folder,
    PALIMPSEST_SECRET: "long enough for the tests of plans",
    PALIMPSEST_LOG_LEVEL: "silent",
    ...env,
  });
  const wiki = await createWiki(config);
  closing.push(() => wiki.close());
  wiki.views.runner.start();
  const person = { email: "ada@example.org", name: "Ada", password: "long enough", role: "admin" } as const;
  const { id: userId } = await wiki.identity.addUser(person);
  const { token } = await wiki.identity.createToken(userId, { name: "plans" });
  const ids = await asUser(userId, () => writePages(wiki, pages));
  await wiki.drafts.put({ ...DRAFT, userId, pageId: ids[1] ?? "" } as never);
  await wiki.views.runner.waitFor(undefined, await wiki.content.position(), { timeoutMs: 60_000 });
  const server = await createWikiServer(wiki);
  closing.push(() => server.close());
  await server.ready();
  return { wiki, server, ids, userId, token };
}

const DRAFT = { id: "", fields: {}, title: "T", slug: "page-1", body: "draft", base: 1, summary: "" };

async function writePages({ content }: Wiki, pages: number): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let start = 0; start < pages; start += 50) {
    const numbers = Array.from({ length: Math.min(50, pages - start) }, (_, index) => start + index);
    const created = await Promise.all(
      numbers.map((number) =>
        content.addPage({
          title: number % 5 === 0 ? `Title ${number % 7}` : `Page ${number}`,
          slug: `page-${number}`,
          body: `word${number} [[page-${(number * 7) % pages}]] [[Café! ${number}]] [[wanted-${number}]] [[Title ${number % 9}]]`,
        }),
      ),
    );
    ids.push(...created.map(({ page }) => page.id));
  }
  const [id = ""] = ids;
  for (let edit = 0; edit < 5; edit += 1) await content.editPage(id, { body: `dog [[page-2]] ${edit}` });
  await content.editPage(id, { slug: "moved" });
  for (const archived of ids.slice(-3)) await content.archivePage(archived);
  return ids;
}

/** Requests every route that reads, and a page after the view has progressed. */
async function readAll({ wiki, server, ids, userId, token }: Opened): Promise<void> {
  const [first = "", second = ""] = ids;
  const now = new Date().toISOString();
  const parameters: Readonly<Record<string, readonly string[]>> = {
    ":id": [first, second],
    ":slug": ["moved", "page-1", "nothing"],
    ":instant": [now],
  };
  const queries = [
    "",
    "?q=dog",
    "?cursor=100",
    `?at=${now}`,
    `?q=dog&at=${now}`,
    "?before=100",
    `?person=${userId}`,
    `?page=${second}&before=100`,
    "?kind=archived",
    `?person=${userId}&kind=created&before=100`,
    "?version=1",
    "?from=1&to=2",
    "?after=3",
    "?title=Page 7",
    "?title=Page 7&cursor=100",
  ];
  const paths = routesOf(server).flatMap((route) => expanded(route, parameters));
  expect(paths.length).toBeGreaterThan(40);
  for (const path of [
    ...paths,
    ...paths.filter((one) => one.startsWith("/-/")).map((one) => `/-/at/${now}${one}`),
  ]) {
    await server.inject(path);
    const isApi = path.startsWith("/api/");
    for (const query of queries) {
      // Most screens have no query.
      if (
        !isApi &&
        !/pages|search|wanted|orphans|links|choose|changes|archived|history|diff|authorship|page\//.test(path)
      )
        break;
      const headers = { authorization: `Bearer ${token}` };
      const { statusCode } = await server.inject({ url: path + query, headers });
      expect(statusCode, path + query).toBeLessThan(500);
    }
  }
  const edited = await asUser(userId, () => wiki.content.editPage(second, { body: "[[page-3]]" }));
  await wiki.views.runner.waitFor(undefined, edited.position, { timeoutMs: 60_000 });
  await server.inject("/page-3");
}

/** Returns the patterns of the routes that read, except streams. */
function routesOf(server: FastifyInstance): readonly string[] {
  const printed = server.printRoutes({ commonPrefix: false, method: "GET" });
  return printed
    .split("\n")
    .flatMap((line) => /(\/\S*|\*)\s+\(GET/.exec(line)?.[1] ?? [])
    .filter((route) => !/stream|live/.test(route));
}

function expanded(route: string, parameters: Readonly<Record<string, readonly string[]>>): readonly string[] {
  const [name, ...rest] = route.match(/:\w+|\*/g) ?? [];
  if (name === undefined) return [route];
  const values = name === "*" ? ["moved", "page-1", "page-0", "nothing"] : (parameters[name] ?? ["1"]);
  return values
    .map((value) => route.replace(name, value))
    .flatMap((path) => (rest.length === 0 ? [path] : expanded(path, parameters)));
}

async function expectNoScans(statements: RecordedStatements): Promise<void> {
  expect(statements.count).toBeGreaterThan(20);
  const scans = (await statements.scans(SMALL)).filter(({ sql }) => !SORTED_IN_THREADS.test(sql));
  expect(scans.map(({ step, sql }) => `${step}: ${sql.replace(/\s+/g, " ").trim()}`)).toEqual([]);
}

describe("reading routes", () => {
  it("run no statement on SQLite that scans a table", async () => {
    const statements = recordSqlite();
    await readAll(await openWiki({}, 60));
    await expectNoScans(statements);
  });

  it("run no statement on PostgreSQL that reads more rows than it shows", async () => {
    const schema = newSchema();
    closing.push(() => dropSchemas([schema, { ...schema, schema: `${schema.schema}_views` }]));
    const statements = recordPostgres(schema.url, 400);
    const opened = await openWiki(
      { PALIMPSEST_DATABASE_URL: schema.url, PALIMPSEST_DATABASE_SCHEMA: schema.schema },
      1_000,
    );
    const client = new pg.Client({ connectionString: schema.url });
    await client.connect();
    await client.query("VACUUM ANALYZE");
    await client.end();
    statements.start();
    await readAll(opened);
    await expectNoScans(statements);
  });
});
