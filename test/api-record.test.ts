// History, diffs and authorship, over HTTP.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  ADDRESSED,
  addressOf,
  type CommandRequest,
  command,
  done,
  ok,
  openRecordWiki,
  type Page,
  type RecordWiki,
  refusal,
  TIME,
} from "./fixtures/record-wiki.ts";
import { type Account, openWikiServer } from "./fixtures/wiki-server.ts";

const SAVE = expect.stringMatching(/^[0-9a-f-]{36}$/);

describe("the history over the API", () => {
  let wiki: RecordWiki;
  let one: Account;
  let two: Account;

  beforeAll(async () => {
    wiki = await openRecordWiki("SQLite");
    ({ one, two } = wiki);
  });
  afterAll(() => wiki.close());

  const get = (url: string) => ok(wiki.ask("GET", url));
  const byOne = () => ({ id: one.id, name: "Editor One" });
  const byTwo = () => ({ id: two.id, name: "Editor Two" });

  describe.each(ADDRESSED)("of a page, %s", (by) => {
    let page: Page;
    let id: string;
    let slug: string;
    let address: string;

    beforeEach(async () => {
      page = await wiki.newPage();
      ({ id, slug } = page);
      address = addressOf(page, by);
    });

    const send = (...request: CommandRequest) => command(wiki, page, ...request);
    const edit = (payload: Record<string, unknown>, base: number, as = one) =>
      done(send("PATCH", `/api/pages/by-id/${id}`, { as, payload, base }));

    describe("its list of changes", () => {
      it("contains author, time, summary and changes of each event, newest first", async () => {
        await edit({ title: "Sourdough", body: "Flour\nWater\n", summary: " Less " }, 1, two);
        const { items, next } = await get(`${address}/history`);
        expect(next).toBeNull();
        expect(items).toEqual([
          {
            version: 3,
            position: page.position + 2,
            kind: "body-updated",
            at: TIME,
            by: byTwo(),
            summary: "Less",
            sizeDelta: -5,
            saveId: SAVE,
          },
          {
            version: 2,
            position: page.position + 1,
            kind: "title-updated",
            title: "Sourdough",
            at: TIME,
            by: byTwo(),
            summary: "Less",
            sizeDelta: 0,
            saveId: items[0].saveId,
          },
          {
            version: 1,
            position: page.position - 2,
            kind: "created",
            title: "Bread",
            slug,
            at: TIME,
            by: byOne(),
            summary: "First",
            sizeDelta: 17,
            saveId: SAVE,
          },
        ]);
        expect(items[2].saveId).not.toBe(items[0].saveId);
      });

      it("is returned in parts, and empty for a limit of 0", async () => {
        for (const version of [1, 2, 3, 4]) await edit({ title: `Title ${version}` }, version);
        const found: number[][] = [];
        for (let before = 99; ; ) {
          const part = await get(`${address}/history?limit=2&before=${before}`);
          found.push(part.items.map(({ version }: Page) => version));
          if (part.next === null) break;
          before = part.next;
        }
        expect(found).toEqual([[5, 4], [3, 2], [1]]);
        expect(await get(`${address}/history?limit=0`)).toEqual({ items: [], next: null });
        expect(await get(`${address}/history?before=1`)).toEqual({ items: [], next: null });
        expect(await get(`${address}/history?before=0`)).toEqual({ items: [], next: null });
      });

      it("names the versions that were merged, restored and undone", async () => {
        await edit({ body: "Rye flour\nWater\nSalt\n" }, 1, two);
        const merged = await edit({ body: "Flour\nWater\nSalt\nTime\n" }, 1);
        expect(merged).toMatchObject({ merged: true, body: "Rye flour\nWater\nSalt\nTime\n" });
        await done(send("POST", `${address}/undo`, { payload: { version: 2, summary: "No rye" }, base: 3 }));
        await done(send("POST", `${address}/restore`, { payload: { version: 2 }, base: 4 }));
        const { items } = await get(`${address}/history`);
        expect(items).toMatchObject([
          { version: 5, kind: "restored", of: { first: 2, last: 2 }, summary: null },
          { version: 4, kind: "undone", of: { first: 2, last: 2 }, summary: "No rye", sizeDelta: -4 },
          { version: 3, kind: "body-updated", merged: { base: 1, current: 2 } },
          { version: 2, kind: "body-updated", by: byTwo() },
          { version: 1, kind: "created" },
        ]);
        for (const item of items.slice(3)) expect(item).not.toHaveProperty("merged");
        for (const item of items.slice(2)) expect(item).not.toHaveProperty("of");
      });
    });

    describe("its diff", () => {
      const sides = (body: readonly { op: string; text: string }[]) =>
        ["insert", "delete"].map((other) =>
          body
            .filter(({ op }) => op !== other)
            .map(({ text }) => text)
            .join(""),
        );

      it("contains both bodies, and titles and slugs that differ", async () => {
        const before = "Flour\nWater\nSalt\n";
        const after = "Flour\r\nWater\n\0 Salz \ud83d\n";
        const moved = `${slug}/brot`;
        await edit({ title: "Brot", slug: moved, body: after }, 1);
        await edit({ slug }, 4);
        const all = await get(`${address}/diff?from=1&to=5`);
        expect(all).toMatchObject({ from: 1, to: 5, title: ["Bread", "Brot"] });
        expect(all).not.toHaveProperty("slug");
        expect(sides(all.body)).toEqual([before, after]);
        const back = await get(`${address}/diff?from=5&to=1`);
        expect(sides(back.body)).toEqual([after, before]);
        expect(await get(`${address}/diff?from=2&to=3`)).toEqual({
          from: 2,
          to: 3,
          slug: [slug, moved],
          body: [{ op: "equal", text: before }],
        });
      });

      it("compares the last event by default, and version 1 with an empty page", async () => {
        await edit({ body: "Flour\nWater\nSalt\nTime\n" }, 1);
        expect(await get(`${address}/diff`)).toEqual({
          from: 1,
          to: 2,
          body: [
            { op: "equal", text: "Flour\nWater\nSalt\n" },
            { op: "insert", text: "Time\n" },
          ],
        });
        const first = {
          from: 0,
          to: 1,
          title: ["", "Bread"],
          slug: ["", slug],
          body: [{ op: "insert", text: "Flour\nWater\nSalt\n" }],
        };
        expect(await get(`${address}/diff?to=1`)).toEqual(first);
        expect(await get(`${address}/diff?from=0&to=1`)).toEqual(first);
        expect(await get(`${address}/diff?from=0&to=0`)).toEqual({ from: 0, to: 0, body: [] });
        expect(await get(`${address}/diff?from=2`)).toMatchObject({ from: 2, to: 2 });
      });
    });

    describe("its authorship", () => {
      it("covers the body with its authors, at any version", async () => {
        await edit({ body: "Flour\nCold water\nSalt\n" }, 1, two);
        const { version, runs } = await get(`${address}/blame`);
        expect(version).toBe(2);
        expect(runs.map(({ text }: { text: string }) => text).join("")).toBe("Flour\nCold water\nSalt\n");
        expect(new Set(runs.map(({ by }: { by: { name: string } }) => by.name))).toEqual(
          new Set(["Editor One", "Editor Two"]),
        );
        expect(runs[0]).toEqual({
          text: expect.stringMatching(/^Flour\n/),
          version: 1,
          by: byOne(),
          at: TIME,
        });
        expect(await get(`${address}/blame?version=1`)).toEqual({
          version: 1,
          runs: [{ text: "Flour\nWater\nSalt\n", version: 1, by: byOne(), at: TIME }],
        });
      });

      it("keeps the first author of restored text", async () => {
        await edit({ body: "" }, 1, two);
        await done(send("POST", `${address}/restore`, { as: two, payload: { version: 1 }, base: 2 }));
        expect(await get(`${address}/blame`)).toMatchObject({
          version: 3,
          runs: [{ version: 1, by: byOne() }],
        });
        expect(await get(`${address}/blame?version=2`)).toEqual({ version: 2, runs: [] });
      });
    });

    it("has no ETag, because names of people can change", async () => {
      for (const path of ["/history", "/diff", "/blame"]) {
        const headers = { "if-none-match": "*" };
        const answer = await wiki.ask("GET", address + path, { headers });
        expect([answer.statusCode, answer.headers.etag]).toEqual([200, undefined]);
      }
    });

    it("returns 404 for missing pages and versions, and 400 for invalid numbers", async () => {
      for (const path of ["/diff?from=9", "/diff?to=2", "/blame?version=2", "?version=2"]) {
        expect(await refusal(wiki.ask("GET", address + path))).toEqual([404, "page-not-found"]);
      }
      for (const path of [
        "/history?before=-1",
        "/history?limit=201",
        "/history?colour=red",
        "/diff?from=-1",
        "/diff?to=x",
        "/blame?version=0",
        "/blame?version=",
        "/diff?from=",
        "/diff?to=",
        "/history?before=",
      ]) {
        expect(await refusal(wiki.ask("GET", address + path))).toEqual([400, "invalid-request"]);
      }
      const none = by === "by slug" ? "/api/pages/none" : `/api/pages/by-id/${randomUUID()}`;
      for (const part of ["/history", "/diff", "/blame", "/backlinks"]) {
        expect(await refusal(wiki.ask("GET", none + part))).toEqual([404, "page-not-found"]);
      }
      for (const part of ["/restore", "/undo"]) {
        const answer = send("POST", none + part, { payload: { version: 1 }, base: 1 });
        expect(await refusal(answer)).toEqual([404, "page-not-found"]);
      }
      expect(await refusal(send("DELETE", none, { base: 1 }))).toEqual([404, "page-not-found"]);
    });
  });

  describe("of the wiki", () => {
    const create = (title: string, body = "", as = one) =>
      ok(wiki.ask("POST", "/api/pages", { as, payload: { title, body } }));
    const edit = (page: Page, payload: Record<string, unknown>, as = one) =>
      done(command(wiki, page, "PATCH", `/api/pages/by-id/${page.id}`, { as, payload, base: page.version }));
    const archive = (page: Page) =>
      done(command(wiki, page, "DELETE", `/api/pages/by-id/${page.id}`, { base: page.version }));

    it("redirects all routes of a former slug, with the query", async () => {
      const page = await create("Bread");
      await edit(page, { slug: "a/loaf & more".replaceAll(" ", "-") });
      const present = "/api/pages/a%2Floaf-%26-more";
      for (const [method, path] of [
        ["GET", "?version=1"],
        ["GET", "/history?limit=1"],
        ["GET", "/diff?from=0&to=1"],
        ["GET", "/blame?version=1"],
        ["GET", "/backlinks?limit=1"],
        ["DELETE", "?summary=x"],
        ["POST", "/restore"],
        ["POST", "/undo"],
      ] as const) {
        const payload = method === "POST" ? { payload: { version: 1 } } : {};
        const answer = await wiki.ask(method, `/api/pages/bread${path}`, { as: one, ...payload });
        expect([answer.statusCode, answer.headers.location]).toEqual([308, present + path]);
      }
    });

    it("lists the pages that had a slug", async () => {
      const first = await create("Rye");
      await edit(first, { slug: "a/loaf" });
      const second = await create("Rye", "", two);
      await archive(second);
      const { items, next } = await get("/api/slugs/RYE/history");
      const firstNow = { id: first.id, slug: "a/loaf", title: "Rye", archived: false };
      const secondNow = { id: second.id, slug: "rye", title: "Rye", archived: true };
      expect(items).toMatchObject([
        { change: 4, page: null, by: { id: one.id } },
        { change: 3, page: secondNow, by: { id: two.id } },
        { change: 2, page: null, by: { id: one.id } },
        { change: 1, page: firstNow, by: { id: one.id }, at: TIME },
      ]);
      expect(next).toBeNull();
      const positions = items.map(({ position }: Page) => position);
      expect(positions).toEqual(positions.toSorted((a: number, b: number) => b - a));
      const part = await get("/api/slugs/rye/history?limit=2");
      expect(part).toEqual({ items: items.slice(0, 2), next: 3 });
      expect(await get("/api/slugs/rye/history?limit=2&before=3")).toEqual({
        items: items.slice(2),
        next: null,
      });
      expect(await get("/api/slugs/a%2Floaf/history")).toMatchObject({ items: [{ page: firstNow }] });
      expect(await get("/api/slugs/never/history")).toEqual({ items: [], next: null });
      expect(await refusal(wiki.ask("GET", "/api/slugs/rye/history?before="))).toEqual([
        400,
        "invalid-request",
      ]);
      expect(await refusal(wiki.ask("GET", "/api/slugs/a%20b/history"))).toEqual([400, "invalid-slug"]);
    });

    it("lists changes by person, page and kind", async () => {
      const before = await wiki.wiki.content.position();
      const bread = await create("Bread", "Flour\n");
      const salt = await create("Salt", "", two);
      const edited = await edit(bread, { title: "Loaf", body: "Flour\nWater\n" }, two);
      const { position } = await archive(edited);
      const list = async (query: string) => {
        const { items } = await get(`/api/changes?after=${position}&${query}`);
        return items
          .filter(({ position }: Page) => position > before)
          .map(({ kind, page }: { kind: string; page: { title: string } }) => `${page.title} ${kind}`);
      };
      const all = [
        "Loaf archived",
        "Loaf body-updated",
        "Loaf title-updated",
        "Salt created",
        "Loaf created",
      ];
      expect(await list("")).toEqual(all);
      expect(await list(`person=${two.id}`)).toEqual(all.slice(1, 4));
      expect(await list(`person=${two.id.toUpperCase()}&kind=created`)).toEqual(["Salt created"]);
      expect(await list(`page=${salt.id}`)).toEqual(["Salt created"]);
      expect(await list(`page=${bread.id}&person=${one.id}`)).toEqual(["Loaf archived", "Loaf created"]);
      expect(await list("kind=archived&limit=1")).toEqual(["Loaf archived"]);
      expect(await list(`person=${randomUUID()}`)).toEqual([]);
      const { items, next } = await get(`/api/changes?page=${bread.id}&limit=2&before=${position - 1}`);
      expect(items).toMatchObject([
        {
          version: 3,
          kind: "body-updated",
          sizeDelta: 6,
          page: { id: bread.id, slug: bread.slug, title: "Loaf" },
        },
        { version: 2, kind: "title-updated", title: "Loaf", saveId: items[0].saveId },
      ]);
      expect(next).toBe(items[1].position);
      for (const query of ["person=me", "page=bread", "kind=eaten", "person=", "before="]) {
        expect(await refusal(wiki.ask("GET", `/api/changes?${query}`))).toEqual([400, "invalid-request"]);
      }
    });
  });
});

it("the authorship of a page does not wait for the views", async () => {
  const wiki = await openRecordWiki("SQLite");
  const page = await wiki.newPage();
  const url = `/api/pages/by-id/${page.id}`;
  const { runner } = wiki.wiki.views;
  await runner.waitFor(undefined, page.position, { timeoutMs: 60_000 });
  const known = await ok(wiki.ask("GET", `${url}/blame`));
  await runner.stop();
  const payload = { body: "Flour\nWater\nSalt\nTime\n" };
  await done(command(wiki, page, "PATCH", url, { as: wiki.two, payload, base: 1 }));
  const { runs } = await ok(wiki.ask("GET", `${url}/blame`));
  const by = { id: wiki.two.id, name: "Editor Two" };
  expect(runs).toEqual([known.runs[0], { text: "Time\n", version: 2, by, at: TIME }]);
  expect(runs[1].at).toBe((await ok(wiki.ask("GET", `${url}/history?limit=1`))).items[0].at);
  await wiki.close();
});

it("a wiki for members hides the history from strangers", async () => {
  const wiki = await openWikiServer("memory", { PALIMPSEST_READING: "members" });
  const writer = await wiki.account("editor");
  const { id } = (await wiki.ask("POST", "/api/pages", { as: writer, payload: { title: "Page" } })).json();
  for (const path of [
    "/api/pages/page/history",
    "/api/pages/none/history",
    `/api/pages/by-id/${id}/history`,
    "/api/pages/page/diff",
    `/api/pages/by-id/${id}/diff`,
    "/api/pages/page/blame",
    `/api/pages/by-id/${id}/blame`,
    "/api/pages/page?at=2999-01-01",
    "/api/slugs/page/history",
    "/api/archived-pages",
    "/api/changes?kind=created",
  ]) {
    const answer = await wiki.ask("GET", path);
    expect([path, answer.statusCode, answer.json().code]).toEqual([path, 401, "authentication-required"]);
    const member = await wiki.ask("GET", path, { as: writer });
    expect([path, member.statusCode]).toEqual([path, path.includes("none") ? 404 : 200]);
  }
  await wiki.close();
});
