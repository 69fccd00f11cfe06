// Drafts, over HTTP.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
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

let wiki: RecordWiki;
let one: Account;
let two: Account;
let reader: Account;

beforeAll(async () => {
  wiki = await openRecordWiki("SQLite");
  ({ one, two, reader } = wiki);
});
afterAll(() => wiki.close());

const create = (title: string, body = "", as = one) =>
  ok(wiki.ask("POST", "/api/pages", { as, payload: { title, body } }));
const edit = (page: Page, payload: Record<string, unknown>, as = one) =>
  done(command(wiki, page, "PATCH", `/api/pages/by-id/${page.id}`, { as, payload, base: page.version }));

describe("a draft", () => {
  const url = (id: string) => `/api/pages/by-id/${id}/draft`;
  const content = { title: " Unfinished ", body: "a\r\nb\rc\0\ud83d", summary: "why", baseVersion: 1 };

  it("is stored, read and deleted by its author only, outside the event log", async () => {
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

  it("has an id, so that a page can have several drafts", async () => {
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

  it("that resolves a conflict contains the version in conflict, and is not replaced", async () => {
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

  it("is refused beyond 50 drafts of a page", async () => {
    const { id: pageId } = await create("Bread");
    const put = () => wiki.ask("PUT", url(pageId), { as: one, payload: { ...content, id: randomUUID() } });
    for (let count = 0; count < 50; count++) await ok(put());
    expect(await refusal(put())).toEqual([409, "too-many-drafts"]);
    await wiki.ask("DELETE", url(pageId), { as: one });
    await ok(put());
  });

  it("is refused to readers, and for invalid versions, fields and sizes", async () => {
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
    const put = (payload: Record<string, unknown>) => refusal(wiki.ask("PUT", url(id), { as: one, payload }));
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
