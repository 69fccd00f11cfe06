// Reading the wiki at an earlier date, over HTTP.
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Account, openWikiServer, type WikiServer } from "./fixtures/wiki-server.ts";

describe("reading an earlier date", () => {
  let wiki: WikiServer;
  let editor: Account;
  let bread: string;
  let other: string;
  /** Instants: of the empty wiki, and after the first pages, the rename, the reuse of the slug, and the archiving. */
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
  /** Stores the current instant, with no event in the same millisecond. */
  const remember = async () => {
    await pause(5);
    instants.push(new Date().toISOString());
    positions.push(await wiki.wiki.content.position());
    await pause(5);
  };

  beforeAll(async () => {
    wiki = await openWikiServer("SQLite");
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

  it("returns the page at that date, by slug and by id", async () => {
    const first = await ok(at(1, "/api/pages/bread"));
    expect(first).toMatchObject({ id: bread, title: "Bread", slug: "bread", version: 1, archived: false });
    expect(first.position).toBe(positions[1]);
    expect(await ok(at(1, `/api/pages/by-id/${bread}`))).toEqual(first);
    expect((await at(1, "/api/pages/bread")).headers.etag).toBe(`"${bread}.1"`);
    expect(await ok(at(2, `/api/pages/by-id/${bread}`))).toMatchObject({ title: "Loaf", version: 4 });
    expect(await ok(at(3, "/api/pages/bread"))).toMatchObject({ id: other, title: "Another bread" });
    expect(await ok(at(4, `/api/pages/by-id/${other}`))).toMatchObject({ archived: true });
  });

  it("redirects a slug to the slug that its page had at that date", async () => {
    const moved = await at(2, "/api/pages/bread");
    expect([moved.statusCode, moved.headers.location]).toEqual([
      308,
      `/api/pages/a%2Floaf?at=${encodeURIComponent(instants[2] ?? "")}`,
    ]);
    expect(await ok(wiki.ask("GET", String(moved.headers.location)))).toMatchObject({ id: bread });
    const links = await at(2, "/api/pages/bread/backlinks?limit=3");
    expect(links.headers.location).toMatch(/^\/api\/pages\/a%2Floaf\/backlinks\?limit=3&at=/);
  });

  it("returns 404 before a page was created, and names the archived page of a slug", async () => {
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

  it("lists, searches and links the pages of that date", async () => {
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

  it("returns the current wiki for a future instant or day", async () => {
    const present = await ok(wiki.ask("GET", "/api/pages/a%2Floaf"));
    for (const instant of ["2999-01-01", "2999-01-01T00:00Z", "2999-01-01T00:00:00.000%2B02:00"]) {
      expect(await ok(wiki.ask("GET", `/api/pages/a%2Floaf?at=${instant}`))).toEqual(present);
      expect(await slugs(wiki.ask("GET", `/api/orphans?at=${instant}`))).toEqual(["a/loaf", "salt"]);
    }
  });

  it.each(["yesterday", "2026-02-30", "2026-03-03T12:00:00", "0", "", "2026-03-03T25:00Z"])(
    "refuses %j as an instant",
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

  it("refuses `at` together with `version`, and on routes without it", async () => {
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
