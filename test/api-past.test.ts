// The wiki as it was at an instant, over HTTP.
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Account, openWikiServer, type WikiServer } from "./fixtures/wiki-server.ts";

describe.each(["memory", "SQLite"] as const)("the past over the API, on %s", (kind) => {
  let wiki: WikiServer;
  let editor: Account;
  let bread: string;
  let other: string;
  /** Instants after: nothing, the first pages, the rename, the slug's new holder, the archiving. */
  const instants: string[] = [];
  /** The positions at these instants. */
  const positions: number[] = [];

  const ok = async (answer: ReturnType<WikiServer["ask"]>) => {
    const { statusCode, body } = await answer;
    expect([200, 201], body).toContain(statusCode);
    return JSON.parse(body);
  };
  const write = (method: "POST" | "PATCH" | "DELETE", url: string, payload?: object, etag?: string) =>
    ok(
      wiki.ask(method, url, {
        as: editor,
        ...(payload === undefined ? {} : { payload: { ...payload } }),
        ...(etag === undefined ? {} : { headers: { "if-match": `"${etag}"` } }),
      }),
    );
  /** Nothing else is recorded in the millisecond that is remembered. */
  const remember = async () => {
    await pause(5);
    instants.push(new Date().toISOString());
    positions.push(await wiki.wiki.content.position());
    await pause(5);
  };

  beforeAll(async () => {
    instants.length = 0;
    positions.length = 0;
    wiki = await openWikiServer(kind);
    wiki.wiki.views.runner.start();
    editor = await wiki.account("editor");
    await remember();
    const first = { title: "Bread", slug: "bread", body: "Flour, see [[Salt]] and [[Yeast]].\n" };
    bread = (await write("POST", "/api/pages", first)).id;
    await write("POST", "/api/pages", { title: "Salt", slug: "salt", body: "White.\n" });
    await remember();
    await write("PATCH", "/api/pages/bread", { slug: "a/loaf", title: "Loaf", body: "Rye.\n" }, `${bread}.1`);
    await remember();
    other = (await write("POST", "/api/pages", { title: "Another bread", slug: "bread" })).id;
    await remember();
    await write("DELETE", "/api/pages/bread", undefined, `${other}.1`);
    await remember();
  });
  afterAll(() => wiki.close());

  const at = (index: number, url: string) =>
    wiki.ask("GET", `${url}${url.includes("?") ? "&" : "?"}at=${encodeURIComponent(instants[index] ?? "")}`);
  const slugs = async (answer: ReturnType<WikiServer["ask"]>) =>
    (await ok(answer)).items.map(
      (item: { slug?: string; page?: { slug: string } }) => item.slug ?? item.page?.slug,
    );

  it("has a page as it was, by slug and by id", async () => {
    const first = await ok(at(1, "/api/pages/bread"));
    expect(first).toMatchObject({ id: bread, title: "Bread", slug: "bread", version: 1, archived: false });
    expect(first.position).toBe(positions[1]);
    expect(await ok(at(1, `/api/pages/by-id/${bread}`))).toEqual(first);
    expect((await at(1, "/api/pages/bread")).headers.etag).toBe(`"${bread}.1"`);
    expect(await ok(at(2, `/api/pages/by-id/${bread}`))).toMatchObject({ title: "Loaf", version: 4 });
    expect(await ok(at(3, "/api/pages/bread"))).toMatchObject({ id: other, title: "Another bread" });
    expect(await ok(at(4, `/api/pages/by-id/${other}`))).toMatchObject({ archived: true });
  });

  it("sends a slug on to the one that its page had then", async () => {
    const moved = await at(2, "/api/pages/bread");
    expect([moved.statusCode, moved.headers.location]).toEqual([
      308,
      `/api/pages/a%2Floaf?at=${encodeURIComponent(instants[2] ?? "")}`,
    ]);
    expect(await ok(wiki.ask("GET", String(moved.headers.location)))).toMatchObject({ id: bread });
    const links = await at(2, "/api/pages/bread/backlinks?limit=3");
    expect(links.headers.location).toMatch(/^\/api\/pages\/a%2Floaf\/backlinks\?limit=3&at=/);
  });

  it("knows no page before it was made, and says which one was archived", async () => {
    for (const [index, url] of [
      [0, "/api/pages/bread"],
      [0, `/api/pages/by-id/${bread}`],
      [0, `/api/pages/by-id/${bread}/backlinks`],
      [1, "/api/pages/a%2Floaf"],
      [2, `/api/pages/by-id/${other}`],
    ] as const) {
      const answer = await at(index, url);
      expect([answer.statusCode, answer.json().code]).toEqual([404, "page-not-found"]);
      expect(answer.json()).not.toHaveProperty("archivedPageId");
    }
    const archived = await at(4, "/api/pages/bread");
    expect([archived.statusCode, archived.json().archivedPageId]).toEqual([404, other]);
  });

  it("lists, finds and links what was there", async () => {
    const lists = async (index: number) => ({
      pages: await slugs(at(index, "/api/pages")),
      flour: await slugs(at(index, "/api/search?q=flour")),
      bread: await slugs(at(index, "/api/search?q=bread")),
      wanted: await slugs(at(index, "/api/wanted-pages")),
      orphans: await slugs(at(index, "/api/orphans")),
    });
    expect(await lists(0)).toEqual({ pages: [], flour: [], bread: [], wanted: [], orphans: [] });
    expect(await lists(1)).toEqual({
      pages: ["bread", "salt"],
      flour: ["bread"],
      bread: ["bread"],
      wanted: ["yeast"],
      orphans: ["bread"],
    });
    expect(await lists(3)).toEqual({
      pages: ["a/loaf", "salt", "bread"],
      flour: [],
      bread: ["bread"],
      wanted: [],
      orphans: ["bread", "a/loaf", "salt"],
    });
    expect(await lists(4)).toMatchObject({
      pages: ["a/loaf", "salt"],
      bread: [],
      orphans: ["a/loaf", "salt"],
    });
    expect(await slugs(at(1, "/api/pages/salt/backlinks"))).toEqual(["bread"]);
    expect(await slugs(at(2, "/api/pages/salt/backlinks"))).toEqual([]);
    const salt = (await ok(wiki.ask("GET", "/api/pages/salt"))).id;
    expect(await slugs(at(1, `/api/pages/by-id/${salt}/backlinks`))).toEqual(["bread"]);
    const part = await ok(at(3, "/api/pages?limit=1&desc=true"));
    expect(part).toMatchObject({ items: [{ slug: "bread", logPosition: 3 }], next: 2 });
  });

  it("is the present in the future, and at the end of a day", async () => {
    const present = await ok(wiki.ask("GET", "/api/pages/a%2Floaf"));
    for (const instant of ["2999-01-01", "2999-01-01T00:00Z", "2999-01-01T00:00:00.000%2B02:00"]) {
      expect(await ok(wiki.ask("GET", `/api/pages/a%2Floaf?at=${instant}`))).toEqual(present);
      expect(await slugs(wiki.ask("GET", `/api/orphans?at=${instant}`))).toEqual(["a/loaf", "salt"]);
    }
  });

  it.each(["yesterday", "2026-02-30", "2026-03-03T12:00:00", "0", "", "2026-03-03T25:00Z"])(
    "is of no instant such as %j",
    async (text) => {
      for (const path of [
        "/api/pages",
        "/api/pages/salt",
        `/api/pages/by-id/${bread}`,
        "/api/pages/salt/backlinks",
        `/api/pages/by-id/${bread}/backlinks`,
        "/api/search",
        "/api/wanted-pages",
        "/api/orphans",
      ]) {
        const answer = await wiki.ask("GET", `${path}?at=${encodeURIComponent(text)}`);
        expect([answer.statusCode, answer.json().code]).toEqual([400, "invalid-request"]);
        expect(answer.json().detail).toContain("ISO 8601");
        expect(answer.json().detail).toContain(JSON.stringify(text));
      }
    },
  );

  it("is not of a version too, nor of what has no past", async () => {
    for (const path of [
      "/api/pages/salt?version=1&",
      `/api/pages/by-id/${bread}?version=1&`,
      "/api/pages/salt/history?",
      "/api/changes?",
    ]) {
      const answer = await wiki.ask("GET", `${path}at=2999-01-01`);
      expect([answer.statusCode, answer.json().code]).toEqual([400, "invalid-request"]);
    }
    const { detail } = (await wiki.ask("GET", "/api/pages/salt?version=1&at=2999-01-01")).json();
    expect(detail).toContain("`version` or `at`");
  });
});
