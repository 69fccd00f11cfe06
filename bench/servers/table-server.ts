/**
 * A server of pages from one table, with fastify and the driver alone: no history, no validation, no accounts, no
 * views. Arguments: `sqlite:` with a path or a URL of PostgreSQL, the number of pages, the bytes of a page, and a file
 * with the HTML of every page.
 */
import { readFileSync } from "node:fs";
import SqliteDatabase from "better-sqlite3";
import Fastify from "fastify";
import pg from "pg";
import { article, slugOf } from "../sample-pages.ts";

interface Page {
  readonly slug: string;
  readonly title: string;
  readonly body: string;
  readonly html: string;
  readonly version: number;
}

interface Table {
  select(slug: string): Promise<Page | undefined> | Page | undefined;
  /** Whether the page had that version and has the new body. */
  update(slug: string, version: number, body: string): Promise<boolean> | boolean;
  insert(page: Page): Promise<unknown> | unknown;
}

const CREATE =
  "CREATE TABLE pages (slug TEXT PRIMARY KEY, title TEXT, body TEXT, html TEXT, version INTEGER)";
const INSERT = "INSERT INTO pages VALUES ($1, $2, $3, $4, $5)";
const SELECT = "SELECT slug, title, body, html, version FROM pages WHERE slug = $1";
const UPDATE = "UPDATE pages SET body = $1, version = version + 1 WHERE slug = $2 AND version = $3";

function sqliteTable(path: string): Table {
  const db = new SqliteDatabase(path);
  db.pragma("journal_mode = WAL");
  db.pragma("synchronous = FULL");
  db.exec(CREATE);
  const numbered = (sql: string) => sql.replaceAll(/\$(\d)/g, "?$1");
  const insert = db.prepare(numbered(INSERT));
  const select = db.prepare<unknown[], Page>(numbered(SELECT));
  const update = db.prepare(numbered(UPDATE));
  const bound = (...values: readonly unknown[]) =>
    Object.fromEntries(values.map((value, index) => [index + 1, value]));
  return {
    insert: ({ slug, title, body, html, version }) => insert.run(bound(slug, title, body, html, version)),
    select: (slug) => select.get(bound(slug)),
    update: (slug, version, body) => update.run(bound(body, slug, version)).changes === 1,
  };
}

async function postgresTable(url: string): Promise<Table> {
  const pool = new pg.Pool({ connectionString: url, max: 10 });
  await pool.query(CREATE);
  return {
    insert: ({ slug, title, body, html, version }) =>
      pool.query({ name: "insert", text: INSERT, values: [slug, title, body, html, version] }),
    select: async (slug) =>
      (await pool.query<Page>({ name: "select", text: SELECT, values: [slug] })).rows[0],
    update: async (slug, version, body) =>
      (await pool.query({ name: "update", text: UPDATE, values: [body, slug, version] })).rowCount === 1,
  };
}

const [url = "", pages = "1", bytes = "2000", htmlFile = ""] = process.argv.slice(2);
const table = url.startsWith("sqlite:") ? sqliteTable(url.slice("sqlite:".length)) : await postgresTable(url);
const html = htmlFile === "" ? "" : readFileSync(htmlFile, "utf8");
for (let page = 0; page < Number(pages); page += 1) {
  const body = article(page, { pages: Number(pages), bytes: Number(bytes) });
  await table.insert({ slug: slugOf(page), title: `Page ${page}`, body, html, version: 1 });
}

const server = Fastify();
server.get<{ Params: { slug: string } }>("/api/pages/:slug", async ({ params }, reply) => {
  const page = await table.select(params.slug);
  if (page === undefined) return reply.code(404).send();
  const { html: _, ...fields } = page;
  return reply.header("etag", `"${page.version}"`).send(fields);
});
server.get<{ Params: { slug: string } }>("/:slug", async ({ params }, reply) => {
  const page = await table.select(params.slug);
  return reply.type("text/html; charset=utf-8").send(page?.html ?? "");
});
server.patch<{ Params: { slug: string }; Body: { body: string } }>(
  "/api/pages/:slug",
  async ({ params, headers, body }, reply) => {
    const version = Number(headers["if-match"]?.replaceAll('"', ""));
    if (!(await table.update(params.slug, version, body.body))) return reply.code(412).send();
    return reply
      .header("etag", `"${version + 1}"`)
      .send({ ...body, slug: params.slug, version: version + 1 });
  },
);
console.log(`The server is at ${await server.listen({ host: "127.0.0.1", port: 0 })}`);
