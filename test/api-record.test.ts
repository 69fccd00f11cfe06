// What an event-sourced wiki can tell and take back, over HTTP.
import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Account, openWikiServer, type WikiServer } from "./fixtures/wiki-server.ts";

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const SAVE = expect.stringMatching(/^[0-9a-f-]{36}$/);

interface Page {
  readonly id: string;
  readonly version: number;
  readonly position: number;
}

describe.each([
  ["memory", "by slug"],
  ["memory", "by id"],
  ["SQLite", "by slug"],
  ["SQLite", "by id"],
] as const)("the record of a page, on %s, %s", (kind, by) => {
  let wiki: WikiServer;
  let one: Account;
  let two: Account;
  let reader: Account;
  let id: string;
  let address: string;

  beforeEach(async () => {
    wiki = await openWikiServer(kind);
    wiki.wiki.views.runner.start();
    one = await wiki.account("editor", "Editor One");
    two = await wiki.account("editor", "Editor Two");
    reader = await wiki.account("reader");
    const payload = { title: "Bread", slug: "bread", body: "Flour\nWater\nSalt\n", summary: "First" };
    ({ id } = (await wiki.ask("POST", "/api/pages", { as: one, payload })).json());
    address = by === "by slug" ? "/api/pages/bread" : `/api/pages/by-id/${id}`;
  });
  afterEach(() => wiki.close());

  const send = async (
    method: "POST" | "PATCH" | "DELETE",
    path: string,
    options: { as?: Account; payload?: Record<string, unknown>; base?: number | string } = {},
  ) => {
    const { as = one, payload, base } = options;
    const ifMatch = typeof base === "number" ? `"${id}.${base}"` : base;
    return wiki.ask(method, path, {
      as,
      ...(payload === undefined ? {} : { payload }),
      ...(ifMatch === undefined ? {} : { headers: { "if-match": ifMatch } }),
    });
  };
  const done = async (answer: ReturnType<typeof send>): Promise<Page> => {
    const { statusCode, headers, body } = await answer;
    expect(statusCode, body).toBe(200);
    const page = JSON.parse(body);
    expect(headers.etag).toBe(`"${page.id}.${page.version}"`);
    expect(headers["palimpsest-position"]).toBe(String(page.position));
    return page;
  };
  const refusal = async (answer: ReturnType<typeof send>) => {
    const { statusCode, headers, body } = await answer;
    expect(headers["content-type"]).toBe("application/problem+json; charset=utf-8");
    return [statusCode, JSON.parse(body).code];
  };
  const edit = (payload: Record<string, unknown>, base: number, as = one) =>
    done(send("PATCH", `/api/pages/by-id/${id}`, { as, payload, base }));
  const get = async (url: string) => {
    const answer = await wiki.ask("GET", url);
    expect(answer.statusCode, answer.body).toBe(200);
    return answer.json();
  };
  const byOne = () => ({ id: one.id, name: "Editor One" });
  const byTwo = () => ({ id: two.id, name: "Editor Two" });

  describe("its history", () => {
    it("tells each event with who, when, why and what it changed, the newest first", async () => {
      await edit({ title: "Sourdough", body: "Flour\nWater\n", summary: " Less " }, 1, two);
      const { items, next } = await get(`${address}/history`);
      expect(next).toBeNull();
      expect(items).toEqual([
        {
          version: 3,
          position: 5,
          kind: "body-updated",
          at: TIME,
          by: byTwo(),
          summary: "Less",
          sizeDelta: -5,
          saveId: SAVE,
        },
        {
          version: 2,
          position: 4,
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
          position: 1,
          kind: "created",
          title: "Bread",
          slug: "bread",
          at: TIME,
          by: byOne(),
          summary: "First",
          sizeDelta: 17,
          saveId: SAVE,
        },
      ]);
      expect(items[2].saveId).not.toBe(items[0].saveId);
    });

    it("comes in parts, and without any where none are wanted", async () => {
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

    it("names what was merged, restored and undone", async () => {
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

    it("is not sent to who has it", async () => {
      const { headers } = await wiki.ask("GET", `${address}/history`);
      const again = () =>
        wiki.ask("GET", `${address}/history`, { headers: { "if-none-match": String(headers.etag) } });
      expect([(await again()).statusCode, (await again()).body]).toEqual([304, ""]);
      await edit({ title: "Sourdough" }, 1);
      expect((await again()).statusCode).toBe(200);
    });
  });

  describe("a difference", () => {
    const sides = (body: readonly { op: string; text: string }[]) =>
      ["insert", "delete"].map((other) =>
        body
          .filter(({ op }) => op !== other)
          .map(({ text }) => text)
          .join(""),
      );

    it("has both texts, and the title and the slug where they differ", async () => {
      const before = "Flour\nWater\nSalt\n";
      const after = "Flour\r\nWater\n\0 Salz \ud83d\n";
      await edit({ title: "Brot", slug: "brot", body: after }, 1);
      await edit({ slug: "bread" }, 4);
      const all = await get(`${address}/diff?from=1&to=5`);
      expect(all).toMatchObject({ from: 1, to: 5, title: ["Bread", "Brot"] });
      expect(all).not.toHaveProperty("slug");
      expect(sides(all.body)).toEqual([before, after]);
      const back = await get(`${address}/diff?from=5&to=1`);
      expect(sides(back.body)).toEqual([after, before]);
      expect(await get(`${address}/diff?from=2&to=3`)).toEqual({
        from: 2,
        to: 3,
        slug: ["bread", "brot"],
        body: [{ op: "equal", text: before }],
      });
    });

    it("is of the last event unless said, and of the first against nothing", async () => {
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
        slug: ["", "bread"],
        body: [{ op: "insert", text: "Flour\nWater\nSalt\n" }],
      };
      expect(await get(`${address}/diff?to=1`)).toEqual(first);
      expect(await get(`${address}/diff?from=0&to=1`)).toEqual(first);
      expect(await get(`${address}/diff?from=0&to=0`)).toEqual({ from: 0, to: 0, body: [] });
      expect(await get(`${address}/diff?from=2`)).toMatchObject({ from: 2, to: 2 });
    });

    it("is not sent to who has it", async () => {
      const url = `${address}/diff?from=0&to=1`;
      const { headers } = await wiki.ask("GET", url);
      const again = await wiki.ask("GET", url, { headers: { "if-none-match": String(headers.etag) } });
      expect([again.statusCode, again.body]).toEqual([304, ""]);
    });
  });

  describe("its authorship", () => {
    it("covers the body with who wrote what, at any version", async () => {
      await edit({ body: "Flour\nCold water\nSalt\n" }, 1, two);
      const { version, runs } = await get(`${address}/blame`);
      expect(version).toBe(2);
      expect(runs.map(({ text }: { text: string }) => text).join("")).toBe("Flour\nCold water\nSalt\n");
      expect(new Set(runs.map(({ by }: { by: { name: string } }) => by.name))).toEqual(
        new Set(["Editor One", "Editor Two"]),
      );
      expect(runs[0]).toEqual({ text: expect.stringMatching(/^Flour\n/), version: 1, by: byOne(), at: TIME });
      expect(await get(`${address}/blame?version=1`)).toEqual({
        version: 1,
        runs: [{ text: "Flour\nWater\nSalt\n", version: 1, by: byOne(), at: TIME }],
      });
    });

    it("keeps the first author of what was brought back", async () => {
      await edit({ body: "" }, 1, two);
      await done(send("POST", `${address}/restore`, { as: two, payload: { version: 1 }, base: 2 }));
      expect(await get(`${address}/blame`)).toMatchObject({
        version: 3,
        runs: [{ version: 1, by: byOne() }],
      });
      expect(await get(`${address}/blame?version=2`)).toEqual({ version: 2, runs: [] });
    });

    it("says who before the views know, and when as they do", async () => {
      await wiki.wiki.views.runner.waitFor(undefined, 3, { timeoutMs: 5_000 });
      const known = await get(`${address}/blame`);
      await wiki.wiki.views.runner.stop();
      await edit({ body: "Flour\nWater\nSalt\nTime\n" }, 1, two);
      const { runs } = await get(`${address}/blame`);
      expect(runs).toEqual([known.runs[0], { text: "Time\n", version: 2, by: byTwo(), at: TIME }]);
      expect(runs[1].at).toBe((await get(`${address}/history?limit=1`)).items[0].at);
    });
  });

  describe("restoring", () => {
    it("is an edit, and answers with the page", async () => {
      await edit({ title: "Brot", body: "Mehl\n" }, 1);
      const restored = await done(
        send("POST", `${address}/restore`, { as: two, payload: { version: 1, summary: "Back" }, base: 3 }),
      );
      expect(restored).toMatchObject({ title: "Bread", version: 4, modifiedBy: byTwo() });
      expect(restored).not.toHaveProperty("merged");
      expect(await get(address)).toEqual(restored);
      const again = await done(send("POST", `${address}/restore`, { payload: { version: 1 }, base: 4 }));
      expect(again).toMatchObject({ version: 4, modifiedBy: byTwo() });
    });

    it("keeps what others changed elsewhere, and is refused where they changed the same", async () => {
      await edit({ body: "Flour\nWater\n" }, 1);
      await edit({ title: "Theirs" }, 2, two);
      const restored = await done(send("POST", `${address}/restore`, { payload: { version: 1 }, base: 2 }));
      expect(restored).toMatchObject({ title: "Theirs", body: "Flour\nWater\nSalt\n", merged: true });
      await edit({ body: "Flour\nWater\nPepper\n" }, 4, two);
      const refused = await send("POST", `${address}/restore`, { payload: { version: 2 }, base: 4 });
      expect(refused.statusCode).toBe(409);
      expect(refused.json()).toMatchObject({
        code: "edit-conflict",
        baseVersion: 4,
        yours: { body: "Flour\nWater\n" },
        conflicts: [{ field: "body", theirs: expect.stringContaining("Pepper") }],
      });
    });
  });

  describe("undoing", () => {
    it("takes one whole save back and keeps the later ones", async () => {
      await edit({ title: "Brot", body: "Rye flour\nWater\nSalt\n" }, 1);
      await edit({ body: "Rye flour\nWater\nSalt\nTime\n" }, 3, two);
      const undone = await done(send("POST", `${address}/undo`, { payload: { version: 2 }, base: 4 }));
      expect(undone).toMatchObject({ title: "Bread", body: "Flour\nWater\nSalt\nTime\n", version: 5 });
      const again = await done(send("POST", `${address}/undo`, { payload: { version: 3 }, base: 5 }));
      expect(again).toMatchObject({ version: 5 });
    });

    it("is refused with the conflict where it does not fit any more", async () => {
      await edit({ body: "Rye flour\nWater\nSalt\n" }, 1);
      await edit({ body: "Spelt\nWater\nSalt\n" }, 2, two);
      const answer = await send("POST", `${address}/undo`, { payload: { version: 2 }, base: 3 });
      expect(answer.statusCode).toBe(409);
      expect(answer.json()).toMatchObject({
        code: "edit-conflict",
        conflicts: [{ field: "body", base: "Rye flour\n", theirs: "Spelt\n", yours: "Flour\n" }],
      });
    });

    it("is refused of what made the page", async () => {
      const answer = send("POST", `${address}/undo`, { payload: { version: 1 }, base: 1 });
      expect(await refusal(answer)).toEqual([422, "undo-refused"]);
    });
  });

  it.each(["restore", "undo"])("%s needs a version and one's own state of the page", async (command) => {
    const url = `${address}/${command}`;
    const payload = { version: 1 };
    expect(await refusal(send("POST", url, { payload }))).toEqual([428, "if-match-required"]);
    expect(await refusal(send("POST", url, { payload, base: "*" }))).toEqual([428, "if-match-required"]);
    expect(await refusal(send("POST", url, { payload, base: 2 }))).toEqual([412, "base-version-unknown"]);
    const other = `"${randomUUID()}.1"`;
    expect(await refusal(send("POST", url, { payload, base: other }))).toEqual([412, "if-match-failed"]);
    for (const wrong of [{}, { version: 0 }, { version: "1" }, { version: 1, colour: "red" }]) {
      expect(await refusal(send("POST", url, { payload: wrong, base: 1 }))).toEqual([400, "invalid-request"]);
    }
    expect(await refusal(send("POST", url, { payload: { version: 9 }, base: 1 }))).toEqual([
      404,
      "page-not-found",
    ]);
    expect(await refusal(send("POST", url, { as: reader, payload, base: 1 }))).toEqual([403, "forbidden"]);
    const stranger = wiki.ask("POST", url, { payload, headers: { "if-match": `"${id}.1"` } });
    expect(await refusal(stranger)).toEqual([401, "authentication-required"]);
    expect(await get(address)).toMatchObject({ version: 1, position: 3 });
  });

  it("of versions that are not there is not told", async () => {
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

  describe("archiving", () => {
    const gone = () => done(send("DELETE", `${address}?summary=Stale`, { base: 1, as: two }));

    it("releases the slug and leaves the lists, and keeps the record", async () => {
      const archived = await gone();
      expect(archived).toMatchObject({ id, slug: "bread", archived: true, version: 2, modifiedBy: byTwo() });
      const after = `after=${archived.position}`;
      expect(await get(`/api/pages?${after}`)).toEqual({ items: [], next: null });
      expect((await get(`/api/search?q=flour&${after}`)).total).toBe(0);
      expect(await get(`/api/archived-pages?${after}`)).toEqual({
        items: [{ id, slug: "bread", title: "Bread", at: TIME, by: byTwo() }],
        next: null,
      });
      expect(await get(`/api/pages/by-id/${id}`)).toEqual(archived);
      expect((await get(`/api/pages/by-id/${id}/history`)).items[0]).toMatchObject({
        kind: "archived",
        summary: "Stale",
      });
      expect(await get(`/api/pages/by-id/${id}/blame`)).toMatchObject({ runs: [{ version: 1 }] });
      await wiki.ask("POST", "/api/pages", { as: one, payload: { title: "Another", slug: "bread" } });
      expect((await get("/api/pages/bread")).title).toBe("Another");
    });

    it("is told at the address that the page had, with its id", async () => {
      await gone();
      for (const [method, path, payload] of [
        ["GET", "", undefined],
        ["GET", "?version=1", undefined],
        ["GET", "/history", undefined],
        ["GET", "/diff", undefined],
        ["GET", "/blame", undefined],
        ["GET", "/backlinks", undefined],
        ["PATCH", "", {}],
        ["DELETE", "", undefined],
        ["POST", "/restore", { version: 1 }],
        ["POST", "/undo", { version: 1 }],
      ] as const) {
        const answer = await wiki.ask(method, `/api/pages/bread${path}`, {
          as: one,
          ...(payload === undefined ? {} : { payload }),
        });
        expect(answer.statusCode).toBe(404);
        expect(answer.json()).toMatchObject({ code: "page-not-found", page: "bread", archivedPageId: id });
      }
    });

    it("refuses edits until the page is back", async () => {
      await gone();
      const byId = `/api/pages/by-id/${id}`;
      for (const answer of [
        send("PATCH", byId, { payload: { title: "New" }, base: 2 }),
        send("POST", `${byId}/restore`, { payload: { version: 1 }, base: 2 }),
      ]) {
        const { statusCode, body } = await answer;
        expect([statusCode, JSON.parse(body)]).toMatchObject([409, { code: "page-archived", pageId: id }]);
      }
      const undo = send("POST", `${byId}/undo`, { payload: { version: 2 }, base: 2 });
      expect(await refusal(undo)).toEqual([422, "undo-refused"]);
      expect(await done(send("DELETE", byId, { base: 2 }))).toMatchObject({ version: 2, archived: true });
    });

    it("needs one's own state of the page, and is refused when that changed", async () => {
      expect(await refusal(send("DELETE", address))).toEqual([428, "if-match-required"]);
      expect(await refusal(send("DELETE", address, { base: 2 }))).toEqual([412, "base-version-unknown"]);
      expect(await refusal(send("DELETE", address, { base: `"${randomUUID()}.1"` }))).toEqual([
        412,
        "if-match-failed",
      ]);
      expect(await refusal(send("DELETE", `${address}?colour=red`, { base: 1 }))).toEqual([
        400,
        "invalid-request",
      ]);
      expect(await refusal(send("DELETE", address, { as: reader, base: 1 }))).toEqual([403, "forbidden"]);
      expect(await refusal(wiki.ask("DELETE", address))).toEqual([401, "authentication-required"]);
      await edit({ body: "New\n" }, 1, two);
      expect(await refusal(send("DELETE", address, { base: 1 }))).toEqual([409, "edit-conflict"]);
      expect(await get(address)).toMatchObject({ version: 2, archived: false });
    });
  });
});

describe.each(["memory", "SQLite"] as const)("the record of the wiki, on %s", (kind) => {
  let wiki: WikiServer;
  let one: Account;
  let two: Account;

  beforeEach(async () => {
    wiki = await openWikiServer(kind);
    wiki.wiki.views.runner.start();
    one = await wiki.account("editor", "Editor One");
    two = await wiki.account("editor", "Editor Two");
  });
  afterEach(() => wiki.close());

  const ok = async (answer: ReturnType<WikiServer["ask"]>) => {
    const { statusCode, body } = await answer;
    expect([200, 201], body).toContain(statusCode);
    return JSON.parse(body);
  };
  const create = (title: string, body = "", as = one) =>
    ok(wiki.ask("POST", "/api/pages", { as, payload: { title, body } }));
  const edit = ({ id, version }: Page, payload: Record<string, unknown>, as = one) =>
    ok(
      wiki.ask("PATCH", `/api/pages/by-id/${id}`, {
        as,
        payload,
        headers: { "if-match": `"${id}.${version}"` },
      }),
    );
  const archive = ({ id, version }: Page) =>
    ok(
      wiki.ask("DELETE", `/api/pages/by-id/${id}`, {
        as: one,
        headers: { "if-match": `"${id}.${version}"` },
      }),
    );
  const unarchive = (
    id: string,
    payload: Record<string, unknown> | undefined,
    headers: Record<string, string> = {},
  ) =>
    wiki.ask("POST", `/api/pages/by-id/${id}/unarchive`, {
      as: two,
      headers,
      ...(payload === undefined ? {} : { payload }),
    });
  const get = (url: string) => ok(wiki.ask("GET", url));
  const code = async (answer: ReturnType<WikiServer["ask"]>) => {
    const { statusCode, body } = await answer;
    return [statusCode, JSON.parse(body).code];
  };

  describe("bringing back", () => {
    it("puts a page where it was, or elsewhere", async () => {
      const page = await create("Bread");
      const archived = await archive(page);
      const back = await ok(unarchive(page.id, undefined));
      expect(back).toMatchObject({ slug: "bread", archived: false, version: 3, modifiedBy: { id: two.id } });
      expect(await get("/api/pages/bread")).toEqual(back);
      const again = await unarchive(page.id, { slug: "loaf" });
      expect([again.statusCode, again.json()]).toMatchObject([200, { slug: "bread", version: 3 }]);
      await archive(back);
      const moved = await unarchive(page.id, { slug: "Loaf", summary: "Baked again" });
      expect(moved.headers).toMatchObject({ etag: `"${page.id}.5"` });
      expect(moved.json()).toMatchObject({ slug: "loaf", archived: false, version: 5 });
      expect(moved.headers["palimpsest-position"]).toBe(String(moved.json().position));
      expect(moved.json().position).toBeGreaterThan(archived.position);
      const old = await wiki.ask("GET", "/api/pages/bread");
      expect([old.statusCode, old.headers.location]).toEqual([308, "/api/pages/loaf"]);
      const { items } = await get(`/api/archived-pages?after=${moved.json().position}`);
      expect(items).toEqual([]);
    });

    it("is refused where another page is, or on wrong terms", async () => {
      const page = await create("Bread");
      await archive(page);
      await create("Bread");
      expect(await code(unarchive(page.id, {}))).toEqual([409, "slug-conflict"]);
      expect(await code(unarchive(page.id, { slug: "a b" }))).toEqual([400, "invalid-slug"]);
      expect(await code(unarchive(page.id, { colour: "red" }))).toEqual([400, "invalid-request"]);
      expect(await code(unarchive(randomUUID(), {}))).toEqual([404, "page-not-found"]);
      const match = (etag: string) => unarchive(page.id, { slug: "loaf" }, { "if-match": etag });
      expect(await code(match(`"${page.id}.3"`))).toEqual([412, "base-version-unknown"]);
      expect(await code(match(`"${randomUUID()}.2"`))).toEqual([412, "if-match-failed"]);
      expect(await code(match("nonsense"))).toEqual([412, "if-match-failed"]);
      const reader = await wiki.account("reader");
      const url = `/api/pages/by-id/${page.id}/unarchive`;
      expect(await code(wiki.ask("POST", url, { as: reader }))).toEqual([403, "forbidden"]);
      expect(await code(wiki.ask("POST", url))).toEqual([401, "authentication-required"]);
      expect(await get(`/api/pages/by-id/${page.id}`)).toMatchObject({ archived: true, version: 2 });
      expect((await match(`"${page.id}.2"`)).json()).toMatchObject({ slug: "loaf", archived: false });
    });
  });

  it("lists archived pages in parts, the last one first", async () => {
    let position = 0;
    for (const title of ["One", "Two", "Three"]) ({ position } = await archive(await create(title)));
    const first = await get(`/api/archived-pages?limit=2&after=${position}`);
    expect(first.items.map(({ title }: { title: string }) => title)).toEqual(["Three", "Two"]);
    const rest = await get(`/api/archived-pages?limit=2&cursor=${first.next}`);
    expect(rest).toMatchObject({ items: [{ title: "One" }], next: null });
    expect(await get("/api/archived-pages?limit=0")).toEqual({ items: [], next: null });
    expect(await code(wiki.ask("GET", "/api/archived-pages?at=2000-01-01"))).toEqual([
      400,
      "invalid-request",
    ]);
  });

  it("sends everything below a former address on, with its query", async () => {
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

  it("tells which page had a slug, and since when", async () => {
    const first = await create("Bread");
    await edit(first, { slug: "a/loaf" });
    const second = await create("Bread", "", two);
    await archive(second);
    const { items } = await get("/api/slugs/BREAD/history");
    const firstNow = { id: first.id, slug: "a/loaf", title: "Bread", archived: false };
    const secondNow = { id: second.id, slug: "bread", title: "Bread", archived: true };
    expect(items).toMatchObject([
      { page: firstNow, by: { id: one.id }, at: TIME },
      { page: null, by: { id: one.id } },
      { page: secondNow, by: { id: two.id } },
      { page: null, by: { id: one.id } },
    ]);
    const positions = items.map(({ position }: Page) => position);
    expect(positions).toEqual(positions.toSorted((a: number, b: number) => a - b));
    expect(await get("/api/slugs/a%2Floaf/history")).toMatchObject({ items: [{ page: firstNow }] });
    expect(await get("/api/slugs/never/history")).toEqual({ items: [] });
    expect(await code(wiki.ask("GET", "/api/slugs/a%20b/history"))).toEqual([400, "invalid-slug"]);
  });

  it("lists changes by person, page and kind", async () => {
    const bread = await create("Bread", "Flour\n");
    const salt = await create("Salt", "", two);
    const edited = await edit(bread, { title: "Loaf", body: "Flour\nWater\n" }, two);
    const { position } = await archive(edited);
    const list = async (query: string) => {
      const { items } = await get(`/api/changes?after=${position}&${query}`);
      return items.map(
        ({ kind, page }: { kind: string; page: { title: string } }) => `${page.title} ${kind}`,
      );
    };
    const all = ["Loaf archived", "Loaf body-updated", "Loaf title-updated", "Salt created", "Loaf created"];
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
        page: { id: bread.id, slug: "bread", title: "Loaf" },
      },
      { version: 2, kind: "title-updated", title: "Loaf", saveId: items[0].saveId },
    ]);
    expect(next).toBe(items[1].position);
    for (const query of ["person=me", "page=bread", "kind=eaten", "person="]) {
      expect(await code(wiki.ask("GET", `/api/changes?${query}`))).toEqual([400, "invalid-request"]);
    }
  });

  describe("a draft", () => {
    const url = (id: string) => `/api/pages/by-id/${id}/draft`;
    const content = { title: " Unfinished ", body: "a\r\nb\rc\0\ud83d", summary: "why", baseVersion: 1 };

    it("is kept, read and forgotten by its own person, outside the record", async () => {
      const page = await create("Bread");
      const kept = await ok(wiki.ask("PUT", url(page.id), { as: one, payload: content }));
      expect(kept).toEqual({ pageId: page.id, currentVersion: 1, savedAt: TIME, ...content });
      expect(await ok(wiki.ask("GET", url(page.id), { as: one }))).toEqual(kept);
      expect(await code(wiki.ask("GET", url(page.id), { as: two }))).toEqual([404, "draft-not-found"]);
      expect(await wiki.wiki.content.position()).toBe(3);
      await edit(page, { title: "Loaf" }, two);
      expect(await ok(wiki.ask("GET", url(page.id), { as: one }))).toEqual({ ...kept, currentVersion: 2 });
      const { summary: _, ...rest } = content;
      const payload = { ...rest, body: "", baseVersion: 2 };
      expect(await ok(wiki.ask("PUT", url(page.id), { as: one, payload }))).toMatchObject({
        ...payload,
        summary: "",
      });
      for (const _ of [1, 2]) {
        const removed = await wiki.ask("DELETE", url(page.id), { as: one });
        expect([removed.statusCode, removed.body]).toEqual([204, ""]);
      }
      expect(await code(wiki.ask("GET", url(page.id), { as: one }))).toEqual([404, "draft-not-found"]);
    });

    it("is refused to who may not write, and of what cannot become an edit", async () => {
      const { id } = await create("Bread");
      const reader = await wiki.account("reader");
      for (const method of ["GET", "PUT", "DELETE"] as const) {
        const options = method === "PUT" ? { payload: content } : {};
        expect(await code(wiki.ask(method, url(id), options))).toEqual([401, "authentication-required"]);
        expect(await code(wiki.ask(method, url(id), { as: reader, ...options }))).toEqual([403, "forbidden"]);
        const none = wiki.ask(method, url(randomUUID()), { as: one, ...options });
        expect(await code(none)).toEqual([404, "page-not-found"]);
      }
      const put = (payload: Record<string, unknown>) => code(wiki.ask("PUT", url(id), { as: one, payload }));
      expect(await put({ ...content, baseVersion: 2 })).toEqual([412, "base-version-unknown"]);
      expect(await put({ ...content, baseVersion: 0 })).toEqual([400, "invalid-request"]);
      expect(await put({ ...content, userId: two.id })).toEqual([400, "invalid-request"]);
      expect(await put({ title: "x" })).toEqual([400, "invalid-request"]);
      expect(await put({ ...content, body: "x".repeat(10 * 1024 * 1024 + 1) })).toEqual([
        413,
        "limit-exceeded",
      ]);
      expect(await code(wiki.ask("GET", url(id), { as: one }))).toEqual([404, "draft-not-found"]);
    });
  });
});

it("where reading is for members, a stranger learns nothing of the record", async () => {
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
