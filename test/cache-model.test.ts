// Several servers on one database, as processes of one wiki: none shows a page older than an acknowledged write.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asUser, CodedError } from "@palimpsest/eventsourcing";
import Sqlite from "better-sqlite3";
import fc from "fast-check";
import type { FastifyInstance } from "fastify";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { SlugResolution } from "../packages/wiki/src/application/pages.ts";
import { createWiki, createWikiServer, type Wiki } from "../packages/wiki/src/create-wiki.ts";
import { addresses } from "../packages/wiki/src/web/addresses.ts";
import { configFrom } from "./config.ts";
import { killProcesses, startProcess } from "./fixtures/processes.ts";
import { dropSchemas, type NewSchema, newSchema } from "./postgres-schemas.ts";

const SECRET = "the same in every process, and long enough";
const SLUGS = ["a", "b", "c", "d"];
/** Links name the first two, which several pages can have. The last is a new title each time. */
const TITLES = ["First title", "Second title", "New title"];

/** The links of a body. */
interface Links {
  readonly slugs: readonly number[];
  readonly titles: readonly number[];
  /** Slugs and titles of pages that the body shows. */
  readonly embeds: readonly number[];
}

/**
 * A change of the wiki by one of two processes. Slugs and titles are indexes of `SLUGS` and `TITLES`, pages are indexes of
 * the created ones.
 */
type Change =
  | { readonly kind: "create"; readonly slug: number; readonly title: number; readonly links: Links }
  | { readonly kind: "body"; readonly page: number; readonly links: Links }
  | { readonly kind: "title"; readonly page: number; readonly title: number }
  | { readonly kind: "slug"; readonly page: number; readonly slug: number }
  | { readonly kind: "archive"; readonly page: number }
  | { readonly kind: "unarchive"; readonly page: number; readonly slug: number }
  | { readonly kind: "name" };

const slug = fc.nat(SLUGS.length - 1);
const page = fc.nat(5);
const title = fc.nat(TITLES.length - 1);
const links: fc.Arbitrary<Links> = fc.record({
  slugs: fc.uniqueArray(slug, { maxLength: 3 }),
  titles: fc.uniqueArray(fc.nat(TITLES.length - 2), { maxLength: 2 }),
  embeds: fc.uniqueArray(fc.nat(SLUGS.length + TITLES.length - 2), { maxLength: 2 }),
});
const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("create" as const), slug, title, links }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("body" as const), page, links }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("title" as const), page, title }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("slug" as const), page, slug }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("archive" as const), page }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("unarchive" as const), page, slug }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("name" as const) }) },
);
/** Whether all views are awaited and all screens compared after the change. */
const step = fc.record({ change, process: fc.nat(1), isSettled: fc.boolean() });

interface Database {
  config(): Record<string, string>;
  rename(personId: string, name: string): Promise<void>;
  remove(): Promise<void>;
}

const DATABASES: Record<string, () => Promise<Database>> = {
  async SQLite() {
    const folder = await mkdtemp(join(tmpdir(), "palimpsest-test-"));
    const path = join(folder, "wiki.db");
    return {
      config: () => ({ PALIMPSEST_DATABASE_URL: `sqlite:${path}`, PALIMPSEST_DATA_DIR: folder }),
      async rename(personId, name) {
        const database = new Sqlite(path);
        database.prepare(`UPDATE "user" SET "name" = ? WHERE "id" = ?`).run(name, personId);
        database.close();
      },
      remove: () => rm(folder, { recursive: true }),
    };
  },
  async PostgreSQL() {
    const folder = await mkdtemp(join(tmpdir(), "palimpsest-test-"));
    const database: NewSchema = { ...newSchema(), schema: `cache_model_${Date.now()}` };
    return {
      config: () => ({
        PALIMPSEST_DATABASE_URL: database.url,
        PALIMPSEST_DATABASE_SCHEMA: database.schema,
        PALIMPSEST_DATA_DIR: folder,
      }),
      async rename(personId, name) {
        const client = new pg.Client({ connectionString: database.url });
        await client.connect();
        await client.query(`SET search_path TO ${pg.escapeIdentifier(database.schema)}`);
        await client.query(`UPDATE "user" SET "name" = $1 WHERE "id" = $2`, [name, personId]);
        await client.end();
      },
      async remove() {
        await dropSchemas([database, { ...database, schema: `${database.schema}_views` }]);
        await rm(folder, { recursive: true });
      },
    };
  },
};

interface Process {
  readonly wiki: Wiki;
  readonly server: FastifyInstance;
  readonly address: string;
}

describe.each(Object.keys(DATABASES))("processes with caches, on %s", (kind) => {
  let database: Database;
  let processes: Process[] = [];
  /** Its server is asked through `inject`, which bypasses the cache. */
  let uncached: Process;
  let personId: string;
  let runs = 0;

  beforeAll(async () => {
    database = (await DATABASES[kind]?.()) as Database;
    // One after another, so that the tables are created once.
    for (let number = 0; number < 3; number += 1) {
      const fixed = { PALIMPSEST_SECRET: SECRET, PALIMPSEST_LOG_LEVEL: "silent", PALIMPSEST_PORT: "0" };
      const wiki = await createWiki(configFrom({ ...database.config(), ...fixed }));
      const server = await createWikiServer(wiki);
      processes.push({ wiki, server, address: await server.listen({ host: "127.0.0.1", port: 0 }) });
    }
    [uncached] = processes.splice(2) as [Process];
    uncached.wiki.views.runner.start();
    const person = { email: "one@example.org", name: "Name 0", password: "long enough password" };
    personId = (await uncached.wiki.identity.addUser({ ...person, role: "editor" })).id;
  });

  afterEach(killProcesses);

  afterAll(async () => {
    for (const { server, wiki } of [...processes, uncached]) {
      await server.close();
      await wiki.close();
    }
    processes = [];
    await database.remove();
  });

  const get = (at: Process, path: string, headers: Record<string, string> = {}) =>
    fetch(at.address + path, { redirect: "manual", headers });

  /** Returns the title with an index in the run with this prefix. */
  const titleOf = (prefix: string, index: number) =>
    `${TITLES[index]} ${prefix}${index === TITLES.length - 1 ? ` ${++runs}` : ""}`;

  /** Applies a change, unless the wiki refuses it. Each text is new. */
  const apply = async (at: Process, one: Change, ids: string[], prefix: string) => {
    const { content } = at.wiki;
    const nameOf = (index: number) => `${prefix}-${SLUGS[index]}`;
    const targetOf = (index: number) =>
      index < SLUGS.length ? nameOf(index) : titleOf(prefix, index - SLUGS.length);
    const bodyOf = ({ slugs, titles, embeds }: Links) => {
      const targets = [...slugs.map(nameOf), ...titles.map((index) => titleOf(prefix, index))];
      const links = targets.map((target) => `[[${target}]]`).join(" ");
      return `text-${++runs}-end ${links}${embeds.map((index) => `\n\n![[${targetOf(index)}]]`).join("")}`;
    };
    const id = ids[("page" in one ? one.page : 0) % ids.length] ?? "";
    try {
      await asUser(personId, async () => {
        switch (one.kind) {
          case "create": {
            const [slug, title] = [nameOf(one.slug), titleOf(prefix, one.title)];
            const fields = { slug, title, body: bodyOf(one.links) };
            ids.push((await content.addPage(fields)).page.id);
            return;
          }
          case "body":
            return content.editPage(id, { body: bodyOf(one.links) });
          case "title":
            return content.editPage(id, { title: titleOf(prefix, one.title) });
          case "slug":
            return content.editPage(id, { slug: nameOf(one.slug) });
          case "archive":
            return content.archivePage(id);
          case "unarchive":
            return content.unarchivePage(id, { slug: nameOf(one.slug) });
          case "name":
            return database.rename(personId, `Name ${++runs}`);
        }
      });
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      expect(["slug-conflict", "page-archived", "page-not-found"]).toContain(error.code);
    }
  };

  /** The parts of an answer that are exact at every time. */
  const exactParts = async (at: Process, slugName: string) => {
    const [html, json] = [await get(at, `/${slugName}`), await get(at, `/api/pages/${slugName}`)];
    const text = await html.text();
    const page = json.status === 200 ? ((await json.json()) as Record<string, unknown>) : {};
    return {
      status: [html.status, json.status],
      location: [html.headers.get("location"), json.headers.get("location")],
      ...(html.status === 200
        ? {
            title: [/<title>(.*?) · /.exec(text)?.[1], page.title],
            text: [/text-\d+-end/.exec(text)?.[0], /text-\d+-end/.exec(String(page.body))?.[0]],
            version: [Number(/Version (\d+)/.exec(text)?.[1]), page.version],
          }
        : {}),
    };
  };

  const expectedParts = (found: SlugResolution) => {
    const twice = <Value>(value: Value) => [value, value];
    if (found.kind === "nothing" || found.kind === "archived") {
      return { status: twice(404), location: twice(null) };
    }
    const { title, slug: current, body, version } = found.page;
    if (found.kind === "moved") {
      return { status: twice(308), location: [`/${current}`, `/api/pages/${current}`] };
    }
    return {
      status: twice(200),
      location: twice(null),
      title: twice(title),
      text: twice(/text-\d+-end/.exec(body)?.[0]),
      version: twice(version),
    };
  };

  it("show the same as a process without a cache, after every acknowledged write", async () => {
    let turn = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 8 }), async (steps) => {
        turn += 1;
        const prefix = `m${turn}`;
        const names = SLUGS.map((name) => `${prefix}-${name}`);
        const ids: string[] = [];
        const first = {
          kind: "create",
          slug: 0,
          title: 0,
          links: { slugs: [0, 1], titles: [1], embeds: [1] },
        } as const;
        await apply(processes[0] as Process, first, ids, prefix);
        for (const { change: one, process: number, isSettled } of steps) {
          await apply(processes[number] as Process, one, ids, prefix);
          for (const name of names) {
            const expected = expectedParts(await uncached.wiki.content.resolveSlug(name));
            for (const at of processes) expect(await exactParts(at, name), name).toEqual(expected);
          }
          if (isSettled) await expectSameScreens(prefix, names, ids);
        }
      }),
      { numRuns: 5, endOnFailure: true },
    );
    const metrics = await Promise.all(
      processes.map(async ({ server }) => (await server.inject("/metrics")).body),
    );
    for (const text of metrics) {
      const [, hits] = /^palimpsest_response_cache_hits_total (\d+)$/m.exec(text) ?? [];
      expect(Number(hits)).toBeGreaterThan(20);
    }
  });

  /** Compares the bytes of all screens once the views are complete, and names known to all processes. */
  const expectSameScreens = async (prefix: string, names: readonly string[], ids: readonly string[]) => {
    const position = await uncached.wiki.content.position();
    await uncached.wiki.views.runner.waitFor(undefined, position, { timeoutMs: 60_000 });
    const paths = [
      ...names.flatMap((name) => [`/${name}`, addresses.backlinks(name)]),
      ...ids.flatMap((id) => [
        addresses.history(id),
        addresses.diff(id),
        addresses.authorship(id),
        addresses.pageById(id, 1),
      ]),
      ...[0, 1].map((index) => addresses.choosePage(titleOf(prefix, index))),
      ...[addresses.allPages(), addresses.changes(), addresses.wanted(), addresses.orphans()],
    ];
    for (const path of paths) {
      for (const at of processes) {
        // A process may notice another name up to a second later.
        await vi.waitFor(
          async () => {
            const expected = await uncached.server.inject(path);
            expect(await (await get(at, path)).text(), path).toBe(expected.body);
          },
          { timeout: 10_000, interval: 100 },
        );
      }
    }
  };

  it("show no page older than a write that was acknowledged before the request, while others write", async () => {
    const slugs = ["hot-1", "hot-2", "hot-3"];
    const acknowledged = new Map<string, number>();
    const ids = new Map<string, string>();
    for (const name of slugs) {
      const { page: created } = await asUser(personId, () =>
        uncached.wiki.content.addPage({ title: name, slug: name }),
      );
      ids.set(name, created.id);
      acknowledged.set(name, created.version);
    }
    const all = [...processes, uncached];
    let isWriting = true;
    const write = async (at: Process, writer: number) => {
      for (let turn = 0; turn < 40; turn += 1) {
        const name = slugs[(turn + writer) % slugs.length] as string;
        const body = `By ${writer} in turn ${turn}. [[hot-${(turn % 3) + 1}]]`;
        const { page: edited } = await asUser(personId, () =>
          at.wiki.content.editPage(ids.get(name) as string, { body }),
        );
        acknowledged.set(name, Math.max(edited.version, acknowledged.get(name) ?? 0));
      }
    };
    let reads = 0;
    const read = async (at: Process, reader: number) => {
      for (let turn = 0; isWriting; turn += 1) {
        const name = slugs[(turn + reader) % slugs.length] as string;
        const least = acknowledged.get(name) ?? 0;
        const version =
          turn % 2 === 0
            ? Number(/Version (\d+)/.exec(await (await get(at, `/${name}`)).text())?.[1])
            : Number(((await (await get(at, `/api/pages/${name}`)).json()) as { version: number }).version);
        expect(version).toBeGreaterThanOrEqual(least);
        reads += 1;
      }
    };
    const readers = all.flatMap((at, index) => [read(at, index), read(at, index + 1)]);
    try {
      await Promise.all(all.map(write));
    } finally {
      isWriting = false;
      await Promise.all(readers);
    }
    expect(reads).toBeGreaterThan(20);
    for (const at of all) {
      for (const [name, version] of acknowledged) {
        expect(await (await get(at, `/${name}`)).text()).toMatch(new RegExp(`Version ${version}\\b`));
      }
    }
  });

  it("show every write of another process at once, as programs", async () => {
    const { token } = await uncached.wiki.identity.createToken(personId, { name: "test" });
    const env = { ...database.config(), PALIMPSEST_SECRET: SECRET, PALIMPSEST_PORT: "0" };
    const serve = async () => {
      const { until } = startProcess("packages/wiki/bin/palimpsest.js", ["serve"], env);
      const [address = ""] = await until(/http:\/\/[\d.]+:\d+/);
      return address;
    };
    const [writing, reading] = await Promise.all([serve(), serve()]);
    const send = async (method: string, path: string, body: unknown, headers = {}) => {
      const all = { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers };
      const response = await fetch(writing + path, { method, headers: all, body: JSON.stringify(body) });
      expect(response.ok).toBe(true);
      return response.headers.get("etag") ?? "";
    };
    let etag = await send("POST", "/api/pages", { title: "Written", slug: "written", body: "text 0" });
    for (let turn = 1; turn <= 30; turn += 1) {
      const body = `text ${turn}`;
      etag = await send("PATCH", "/api/pages/written", { body }, { "if-match": etag });
      const [html, json, signedIn] = await Promise.all([
        fetch(`${reading}/written`),
        fetch(`${reading}/api/pages/written`),
        fetch(`${reading}/written`, { headers: { authorization: `Bearer ${token}` } }),
      ]);
      expect(await html.text()).toContain(`>${body}</p>`);
      expect(await json.json()).toMatchObject({ body });
      expect(await signedIn.text()).toContain(`>${body}</p>`);
      // The second answer comes from the cache.
      expect(await (await fetch(`${reading}/written`)).text()).toContain(`>${body}</p>`);
    }
  });
});
