// What an event-sourced wiki can take back, over HTTP: restoring, undoing, archiving, bringing back, and drafts.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  command,
  done,
  ok,
  openRecordWiki,
  type Page,
  type RecordWiki,
  refusal,
  TIME,
} from "./fixtures/record-wiki.ts";
import type { Account } from "./fixtures/wiki-server.ts";

type Request = Parameters<typeof command> extends [unknown, unknown, ...infer Rest] ? Rest : never;

describe.each(["memory", "SQLite"] as const)("what can be taken back, on %s", (kind) => {
  let wiki: RecordWiki;
  let one: Account;
  let two: Account;
  let reader: Account;

  beforeAll(async () => {
    wiki = await openRecordWiki(kind);
    ({ one, two, reader } = wiki);
  });
  afterAll(() => wiki.close());

  const get = (url: string) => ok(wiki.ask("GET", url));
  const byTwo = () => ({ id: two.id, name: "Editor Two" });
  const idsOf = (pages: readonly Page[]) => pages.map(({ id }) => id);

  describe.each(["by slug", "by id"] as const)("of a page, %s", (by) => {
    let page: Page;
    let id: string;
    let slug: string;
    let address: string;

    beforeEach(async () => {
      page = await wiki.newPage();
      ({ id, slug } = page);
      address = by === "by slug" ? `/api/pages/${encodeURIComponent(slug)}` : `/api/pages/by-id/${id}`;
    });

    const send = (...request: Request) => command(wiki, page, ...request);
    const edit = (payload: Record<string, unknown>, base: number, as = one) =>
      done(send("PATCH", `/api/pages/by-id/${id}`, { as, payload, base }));

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
        expect((await answer).json()).toMatchObject({ version: 1, why: expect.stringContaining("created") });
      });
    });

    it.each(["restore", "undo"])("%s needs a version and one's own state of the page", async (command) => {
      const url = `${address}/${command}`;
      const payload = { version: 1 };
      expect(await refusal(send("POST", url, { payload }))).toEqual([428, "if-match-required"]);
      expect(await refusal(send("POST", url, { payload, base: "*" }))).toEqual([428, "if-match-required"]);
      const tooNew = send("POST", url, { payload, base: 2 });
      expect(await refusal(tooNew)).toEqual([412, "base-version-unknown"]);
      expect((await tooNew).json()).toMatchObject({ baseVersion: 2, currentVersion: 1 });
      const other = `"${randomUUID()}.1"`;
      expect(await refusal(send("POST", url, { payload, base: other }))).toEqual([412, "if-match-failed"]);
      for (const wrong of [{}, { version: 0 }, { version: "1" }, { version: 1, colour: "red" }]) {
        expect(await refusal(send("POST", url, { payload: wrong, base: 1 }))).toEqual([
          400,
          "invalid-request",
        ]);
      }
      expect(await refusal(send("POST", url, { payload: { version: 9 }, base: 1 }))).toEqual([
        404,
        "page-not-found",
      ]);
      expect(await refusal(send("POST", url, { as: reader, payload, base: 1 }))).toEqual([403, "forbidden"]);
      const stranger = wiki.ask("POST", url, { payload, headers: { "if-match": `"${id}.1"` } });
      expect(await refusal(stranger)).toEqual([401, "authentication-required"]);
      expect(await get(address)).toMatchObject({ version: 1, position: page.position });
    });

    describe("archiving", () => {
      const gone = () => done(send("DELETE", `${address}?summary=Stale`, { base: 1, as: two }));

      it("releases the slug and leaves the lists, and keeps the record", async () => {
        const archived = await gone();
        expect(archived).toMatchObject({
          id,
          slug,
          archived: true,
          version: 2,
          modifiedBy: byTwo(),
        });
        const after = `after=${archived.position}`;
        expect(idsOf((await get(`/api/pages?desc=true&${after}`)).items)).not.toContain(id);
        const found = await get(`/api/search?q=flour&limit=200&${after}`);
        expect(found.items.map((hit: { page: Page }) => hit.page.id)).not.toContain(id);
        expect((await get(`/api/archived-pages?${after}`)).items[0]).toEqual({
          id,
          slug,
          title: "Bread",
          at: TIME,
          by: byTwo(),
        });
        expect(await get(`/api/pages/by-id/${id}`)).toEqual(archived);
        expect((await get(`/api/pages/by-id/${id}/history`)).items[0]).toMatchObject({
          kind: "archived",
          summary: "Stale",
        });
        expect(await get(`/api/pages/by-id/${id}/blame`)).toMatchObject({ runs: [{ version: 1 }] });
        await wiki.ask("POST", "/api/pages", { as: one, payload: { title: "Another", slug } });
        expect((await get(`/api/pages/${encodeURIComponent(slug)}`)).title).toBe("Another");
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
          const answer = await wiki.ask(method, `/api/pages/${encodeURIComponent(slug)}${path}`, {
            as: one,
            ...(payload === undefined ? {} : { payload }),
          });
          expect(answer.statusCode).toBe(404);
          expect(answer.json()).toMatchObject({ code: "page-not-found", page: slug, archivedPageId: id });
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

  const create = (title: string, body = "", as = one) =>
    ok(wiki.ask("POST", "/api/pages", { as, payload: { title, body } }));
  const edit = (page: Page, payload: Record<string, unknown>, as = one) =>
    done(command(wiki, page, "PATCH", `/api/pages/by-id/${page.id}`, { as, payload, base: page.version }));
  const archive = (page: Page) =>
    done(command(wiki, page, "DELETE", `/api/pages/by-id/${page.id}`, { base: page.version }));
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
      expect(idsOf(items)).not.toContain(page.id);
    });

    it("is refused where another page is, or on wrong terms", async () => {
      const page = await create("Rye");
      await archive(page);
      await create("Rye");
      expect(await refusal(unarchive(page.id, {}))).toEqual([409, "slug-conflict"]);
      expect(await refusal(unarchive(page.id, { slug: "a b" }))).toEqual([400, "invalid-slug"]);
      expect(await refusal(unarchive(page.id, { colour: "red" }))).toEqual([400, "invalid-request"]);
      expect(await refusal(unarchive(randomUUID(), {}))).toEqual([404, "page-not-found"]);
      const match = (etag: string) => unarchive(page.id, { slug: "rye-loaf" }, { "if-match": etag });
      expect(await refusal(match(`"${page.id}.3"`))).toEqual([412, "base-version-unknown"]);
      expect(await refusal(match(`"${randomUUID()}.2"`))).toEqual([412, "if-match-failed"]);
      expect(await refusal(match("nonsense"))).toEqual([412, "if-match-failed"]);
      const url = `/api/pages/by-id/${page.id}/unarchive`;
      expect(await refusal(wiki.ask("POST", url, { as: reader }))).toEqual([403, "forbidden"]);
      expect(await refusal(wiki.ask("POST", url))).toEqual([401, "authentication-required"]);
      expect(await get(`/api/pages/by-id/${page.id}`)).toMatchObject({ archived: true, version: 2 });
      expect((await match(`"${page.id}.2"`)).json()).toMatchObject({ slug: "rye-loaf", archived: false });
    });
  });

  it("lists archived pages in parts, the last one first", async () => {
    let position = 0;
    for (const title of ["One", "Two", "Three"]) ({ position } = await archive(await create(title)));
    const titles: string[] = [];
    for (let next: string | null = "0"; next !== null; ) {
      const part = await get(`/api/archived-pages?limit=2&after=${position}&cursor=${next}`);
      expect(part.items.length).toBeLessThanOrEqual(2);
      titles.push(...part.items.map(({ title }: { title: string }) => title));
      next = part.next;
    }
    expect(titles.slice(0, 3)).toEqual(["Three", "Two", "One"]);
    expect(titles.filter((title) => title === "One")).toHaveLength(1);
    expect(await get("/api/archived-pages?limit=0")).toEqual({ items: [], next: null });
    expect(await refusal(wiki.ask("GET", "/api/archived-pages?at=2000-01-01"))).toEqual([
      400,
      "invalid-request",
    ]);
  });

  describe("a draft", () => {
    const url = (id: string) => `/api/pages/by-id/${id}/draft`;
    const content = { title: " Unfinished ", body: "a\r\nb\rc\0\ud83d", summary: "why", baseVersion: 1 };

    it("is kept, read and forgotten by its own person, outside the record", async () => {
      const page = await create("Bread");
      const kept = await ok(wiki.ask("PUT", url(page.id), { as: one, payload: content }));
      const more = { id: null, currentVersion: 1, madeFrom: [], metVersion: null, savedAt: TIME };
      expect(kept).toEqual({ pageId: page.id, ...more, ...content });
      expect(await ok(wiki.ask("GET", url(page.id), { as: one }))).toEqual(kept);
      expect(await refusal(wiki.ask("GET", url(page.id), { as: two }))).toEqual([404, "draft-not-found"]);
      expect(await wiki.wiki.content.position()).toBe(page.position);
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
      expect(await refusal(wiki.ask("GET", url(page.id), { as: one }))).toEqual([404, "draft-not-found"]);
    });

    it("stands beside others of the page, each with its id", async () => {
      const page = await create("Bread");
      const address = url(page.id);
      const [id, another] = [randomUUID(), randomUUID()];
      const put = (payload: Record<string, unknown>) => ok(wiki.ask("PUT", address, { as: one, payload }));
      const own = await put(content);
      const first = await put({ ...content, id: id.toUpperCase(), body: "First" });
      expect(first).toMatchObject({ id, body: "First" });
      expect(await ok(wiki.ask("GET", address, { as: one }))).toEqual(first);
      const later = await put({ ...content, body: "Own, later" });
      expect(later.id).toBe(own.id);
      for (const named of [id, id.toUpperCase()]) {
        expect(await ok(wiki.ask("GET", `${address}?id=${named}`, { as: one }))).toEqual(first);
      }
      expect(await ok(wiki.ask("GET", address, { as: one }))).toEqual(later);
      await wiki.ask("DELETE", `${address}?id=${another}`, { as: one });
      await wiki.ask("DELETE", `${address}?id=${id}`, { as: one });
      expect(await refusal(wiki.ask("GET", `${address}?id=${id}`, { as: one }))).toEqual([
        404,
        "draft-not-found",
      ]);
      expect(await ok(wiki.ask("GET", address, { as: one }))).toEqual(later);
    });

    it("of a settling says which version it met, and is not replaced by a text alone", async () => {
      const page = await create("Bread");
      await edit(page, { title: "Loaf" }, two);
      await edit({ ...page, version: 2 }, { title: "Brot" }, two);
      const conflicts = [{ name: "title", choice: "own", own: "Mine" }];
      const resolution = { theirsVersion: 3, conflicts };
      const texts = { title: "Rye", body: "", summary: "", slug: null };
      const id = randomUUID();
      const draft = {
        userId: one.id,
        pageId: page.id,
        id,
        baseVersion: 2,
        ancestorVersions: [1],
        resolution,
        ...texts,
      };
      const kept = await wiki.wiki.drafts.put(draft);
      const read = await ok(wiki.ask("GET", url(page.id), { as: one }));
      expect(read).toMatchObject({ id, title: "Rye", baseVersion: 2, madeFrom: [1], metVersion: 3 });
      const put = (payload: Record<string, unknown>) =>
        wiki.ask("PUT", url(page.id), { as: one, payload: { ...content, ...payload } });
      expect(await refusal(put({ id }))).toEqual([409, "draft-settling"]);
      expect(await wiki.wiki.drafts.get(one.id, page.id, id)).toStrictEqual(kept);
      const beside = await ok(put({ madeFrom: [1], baseVersion: 2 }));
      expect(beside).toMatchObject({ id: null, madeFrom: [1], metVersion: null });
      expect(await wiki.wiki.drafts.get(one.id, page.id, null)).toMatchObject({ ancestorVersions: [1] });
      await wiki.ask("DELETE", `${url(page.id)}?id=${id}`, { as: one });
      expect(await ok(put({ id }))).toMatchObject({ id, metVersion: null });
      expect(await refusal(put({ madeFrom: [4] }))).toEqual([412, "base-version-unknown"]);
      expect(await refusal(put({ madeFrom: [0] }))).toEqual([400, "invalid-request"]);
    });

    it("is one of 50 of a page", async () => {
      const { id: pageId } = await create("Bread");
      const put = () => wiki.ask("PUT", url(pageId), { as: one, payload: { ...content, id: randomUUID() } });
      for (let count = 0; count < 50; count++) await ok(put());
      expect(await refusal(put())).toEqual([409, "too-many-drafts"]);
      await wiki.ask("DELETE", url(pageId), { as: one });
      await ok(put());
    });

    it("is refused to who may not write, and of what cannot become an edit", async () => {
      const { id } = await create("Bread");
      for (const method of ["GET", "PUT", "DELETE"] as const) {
        const options = method === "PUT" ? { payload: content } : {};
        expect(await refusal(wiki.ask(method, url(id), options))).toEqual([401, "authentication-required"]);
        expect(await refusal(wiki.ask(method, url(id), { as: reader, ...options }))).toEqual([
          403,
          "forbidden",
        ]);
        const none = wiki.ask(method, url(randomUUID()), { as: one, ...options });
        expect(await refusal(none)).toEqual([404, "page-not-found"]);
      }
      const put = (payload: Record<string, unknown>) =>
        refusal(wiki.ask("PUT", url(id), { as: one, payload }));
      expect(await put({ ...content, baseVersion: 2 })).toEqual([412, "base-version-unknown"]);
      expect(await put({ ...content, baseVersion: 0 })).toEqual([400, "invalid-request"]);
      expect(await put({ ...content, userId: two.id })).toEqual([400, "invalid-request"]);
      expect(await put({ title: "x" })).toEqual([400, "invalid-request"]);
      expect(await put({ ...content, body: "x".repeat(10 * 1024 * 1024 + 1) })).toEqual([
        413,
        "limit-exceeded",
      ]);
      expect(await refusal(wiki.ask("GET", url(id), { as: one }))).toEqual([404, "draft-not-found"]);
    });
  });
});
