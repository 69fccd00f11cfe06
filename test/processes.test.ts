import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { NotificationLogReader } from "@palimpsest/eventsourcing";
import { sqliteRecorder } from "@palimpsest/eventsourcing/sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ContentManagement } from "../packages/wiki/src/application/content-management.ts";
import type { ListedPage } from "../packages/wiki/src/application/pages.ts";
import { createWiki } from "../packages/wiki/src/create-wiki.ts";
import { configFrom } from "./config.ts";
import { killProcesses, type RunningProcess, startProcess } from "./fixtures/processes.ts";

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "palimpsest-test-"));
  path = join(folder, "palimpsest.db");
});
afterEach(async () => {
  killProcesses();
  await rm(folder, { recursive: true });
});

/** Reads the whole wiki from its file, and checks its invariants. */
async function readWiki(): Promise<ListedPage[]> {
  const content = new ContentManagement({ recorder: await sqliteRecorder({ path }) });
  try {
    const ids: number[] = [];
    for await (const { id } of new NotificationLogReader(content.notificationLog).read({ start: 1 }))
      ids.push(id);
    expect(ids).toEqual(upTo(ids.length));
    const pages: ListedPage[] = [];
    for await (const page of content.getPages()) pages.push(page);
    expect(pages.map(({ logPosition }) => logPosition)).toEqual(upTo(pages.length));
    for (const { id, slug } of pages) expect((await content.getPageBySlug(slug)).id).toBe(id);
    return pages;
  } finally {
    await content.close();
  }
}

describe("several processes on one SQLite file", () => {
  /** Starts a writer for each list of arguments, and then all writers together; resolves to the last line of each. */
  async function runWriters(words: readonly (readonly string[])[]): Promise<(string | undefined)[]> {
    const writers = words.map((one) => startProcess("test/fixtures/writer.mjs", [path, ...one]));
    await Promise.all(writers.map(({ until }) => until(/open\n/)));
    for (const { child } of writers) child.stdin?.write("go\n");
    const ends = await Promise.all(writers.map(({ ended }) => ended));
    expect(ends, writers.map(({ written }) => written()).join("")).toEqual(writers.map(() => [0, null]));
    return writers.map(({ written }) => written().trimEnd().split("\n").at(-1));
  }

  it("create 200 pages each without an error", async () => {
    const outcomes = await runWriters(upTo(8).map((number) => ["create", `writer-${number}`, "200"]));
    expect(outcomes).toEqual(upTo(8).map(() => "done"));
    const pages = await readWiki();
    expect(pages).toHaveLength(1_600);
    const wanted = upTo(8).flatMap((number) => upTo(200).map((page) => `writer-${number}-${page - 1}`));
    expect(pages.map(({ slug }) => slug).toSorted()).toEqual(wanted.toSorted());
  });

  it("claim one slug, and exactly one process gets it", async () => {
    const outcomes = await runWriters(upTo(8).map(() => ["claim", "wanted"]));
    const expected = [...upTo(7).map(() => "SlugConflictError wanted"), "won"];
    expect(outcomes.toSorted()).toEqual(expected);
    expect((await readWiki()).map(({ slug }) => slug)).toEqual(["wanted"]);
  });

  it("edit one page and lose no edit", async () => {
    await runWriters([["create", "page", "5"]]);
    const outcomes = await runWriters(upTo(8).map(() => ["edit", "page-0", "10"]));
    expect(outcomes).toEqual(upTo(8).map(() => "done"));
    expect((await readWiki())[0]?.version).toBe(81);
  });
});

describe("the server", () => {
  let token: string;

  beforeEach(async () => {
    const wiki = await createWiki(configFrom({ PALIMPSEST_DATA_DIR: folder }));
    const { id } = await wiki.identity.addUser({
      email: "ada@example.org",
      name: "Ada",
      password: "correct horse battery",
      role: "editor",
    });
    ({ token } = await wiki.identity.createToken(id, { name: "tests" }));
    await wiki.close();
  });

  async function serve(): Promise<RunningProcess & { readonly address: string }> {
    const words = ["serve", "--port", "0", "--data-dir", folder, "--log-level", "error"];
    const server = startProcess("packages/wiki/bin/palimpsest.js", words);
    const [, address = ""] = await server.until(/Palimpsest is at (http:\S+)/);
    return { ...server, address };
  }

  const headers = () => ({ authorization: `Bearer ${token}`, "content-type": "application/json" });

  it("has each acknowledged page once after being killed during writes", async () => {
    const acknowledged = new Map<string, string>();
    const attempted: string[] = [];

    const create = async (address: string, title: string): Promise<void> => {
      const answer = await fetch(`${address}/api/pages`, {
        method: "POST",
        headers: { ...headers(), "idempotency-key": title },
        body: JSON.stringify({ title, body: `The body of ${title}.\n`.repeat(50) }),
      });
      expect(answer.status).toBe(201);
      acknowledged.set(title, ((await answer.json()) as { id: string }).id);
    };

    for (const [round, enough] of [1, 30, 100].entries()) {
      const server = await serve();
      // Repeats the requests that the previous server was killed during, with the same keys.
      for (const title of attempted) if (!acknowledged.has(title)) await create(server.address, title);
      const before = acknowledged.size;
      const stream = async (lane: number): Promise<void> => {
        for (let number = 1; ; number += 1) {
          const title = `Page ${round}-${lane}-${number}`;
          attempted.push(title);
          await create(server.address, title);
          if (acknowledged.size - before >= enough) server.child.kill("SIGKILL");
        }
      };
      const ends = await Promise.allSettled(upTo(6).map(stream));
      for (const end of ends)
        expect(end).toMatchObject({ status: "rejected", reason: { message: "fetch failed" } });
      expect(await server.ended).toEqual([null, "SIGKILL"]);
    }

    const pages = await readWiki();
    const titles = pages.map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
    const idOf = new Map(pages.map(({ title, id }) => [title, id]));
    for (const [title, id] of acknowledged) expect(idOf.get(title)).toBe(id);
    for (const { title, body, version } of pages) {
      expect(attempted).toContain(title);
      expect([body, version]).toEqual([`The body of ${title}.\n`.repeat(50), 1]);
    }
    expect(acknowledged.size).toBeGreaterThan(131);
  });

  it.each(["SIGTERM", "SIGINT"] as const)("finishes current requests on %s", async (signal) => {
    const server = await serve();
    const payload = JSON.stringify({ title: "Under way", body: "x".repeat(10_000) });
    const post = request(`${server.address}/api/pages`, {
      method: "POST",
      headers: { ...headers(), "content-length": payload.length, expect: "100-continue" },
    });
    post.flushHeaders();
    await once(post, "continue");
    post.write(payload.slice(0, 5_000));
    server.child.kill(signal);
    await server.until(/Stopping/);
    await expect(fetch(`${server.address}/healthz`)).rejects.toThrow("fetch failed");
    post.end(payload.slice(5_000));
    const [answer] = await once(post, "response");
    expect(answer.statusCode, await text(answer)).toBe(201);
    // Keeps clients from using the connection again, which would delay the end.
    expect(answer.headers.connection).toBe("close");
    expect(await server.ended).toEqual([0, null]);
    expect((await readWiki()).map(({ title }) => title)).toEqual(["Under way"]);
  });

  it("shows the pages of other processes at once", async () => {
    const [one, other] = [await serve(), await serve()];
    for (const number of upTo(10)) {
      const [from, to] = number % 2 === 0 ? [one, other] : [other, one];
      const body = JSON.stringify({ title: `Page ${number}` });
      const created = await fetch(`${from.address}/api/pages`, { method: "POST", headers: headers(), body });
      const { slug, position } = (await created.json()) as { slug: string; position: number };
      const read = await fetch(`${to.address}/api/pages/${slug}`);
      expect(await read.json()).toMatchObject({ title: `Page ${number}`, position });
    }
  });
});
