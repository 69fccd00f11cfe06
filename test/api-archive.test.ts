// Archiving and unarchiving pages, over HTTP.
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

const get = (url: string) => ok(wiki.ask("GET", url));
const byTwo = () => ({ id: two.id, name: "Editor Two" });
const idsOf = (pages: readonly Page[]) => pages.map(({ id }) => id);

describe.each(ADDRESSED)("a page, %s", (by) => {
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

  describe("archiving", () => {
    const archivePage = () => done(send("DELETE", `${address}?summary=Stale`, { base: 1, as: two }));

    it("releases the slug, removes the page from lists, and keeps its history", async () => {
      const archived = await archivePage();
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

    it("is reported at the last slug of the page, with its id", async () => {
      await archivePage();
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

    it("makes the page refuse edits", async () => {
      await archivePage();
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

    it("requires If-Match, and is refused if the page changed since", async () => {
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

describe("unarchiving", () => {
  it("returns a page to its last slug or another", async () => {
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

  it("is refused for a used or invalid slug, a wrong If-Match, and readers", async () => {
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

it("lists archived pages in parts, the last archived first", async () => {
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
