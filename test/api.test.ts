import { randomUUID } from "node:crypto";
import { asUser } from "@palimpsest/eventsourcing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Account, openWikiServer, type WikiServer } from "./fixtures/wiki-server.ts";

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const UUID = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

let wiki: WikiServer;
let editor: Account;
let byEditor: { id: string; name: string };

beforeAll(async () => {
  wiki = await openWikiServer("SQLite");
  editor = await wiki.account("editor", "Ada");
  byEditor = { id: editor.id, name: "Ada" };
});
afterAll(() => wiki.close());

const create = async (page: Record<string, unknown>) => {
  const created = await wiki.ask("POST", "/api/pages", { as: editor, payload: page });
  expect(created.statusCode).toBe(201);
  return { page: created.json(), etag: String(created.headers.etag), headers: created.headers };
};
const patch = (url: string, etag: string, payload: Record<string, unknown>) =>
  wiki.ask("PATCH", url, { as: editor, payload, headers: { "if-match": etag } });
const position = () => wiki.wiki.content.position();

describe("the API of pages", () => {
  it("creates a page and responds with it, its address and its position", async () => {
    const before = await position();
    const { page, headers } = await create({
      title: "The Fox",
      slug: "Animals/Fox",
      body: "Quick\r\n",
      summary: "s",
    });
    expect(page).toEqual({
      id: UUID,
      slug: "animals/fox",
      title: "The Fox",
      body: "Quick\r\n",
      version: 1,
      archived: false,
      createdAt: TIME,
      createdBy: byEditor,
      modifiedAt: TIME,
      modifiedBy: byEditor,
      position: before + 3,
    });
    expect(headers).toMatchObject({
      "content-type": "application/json; charset=utf-8",
      location: "/api/pages/animals%2Ffox",
      etag: `"${page.id}.1"`,
      "palimpsest-position": String(before + 3),
    });
    const read = await wiki.ask("GET", String(headers.location));
    expect(read.json()).toEqual(page);
    expect(read.headers.etag).toBe(headers.etag);
  });

  it("makes a missing slug from the title, and a missing body empty", async () => {
    expect((await create({ title: "The Cat" })).page).toMatchObject({ slug: "the-cat", body: "" });
    expect((await create({ title: "The Cat" })).page).toMatchObject({ slug: "the-cat-2" });
  });

  it("refuses a slug that another page has, and stores nothing", async () => {
    await create({ title: "One", slug: "used" });
    const before = await position();
    const payload = { title: "Two", slug: "USED" };
    const refused = await wiki.ask("POST", "/api/pages", { as: editor, payload });
    expect(refused.statusCode).toBe(409);
    expect(refused.json()).toEqual({
      type: "about:blank",
      title: "Slug in use",
      status: 409,
      detail: 'Slug "used" is used by another page. Choose another slug.',
      code: "slug-conflict",
      slug: "used",
    });
    expect(await position()).toBe(before);
  });

  it("creates one page for one Idempotency-Key", async () => {
    const before = await position();
    const payload = { title: "The Key", slug: "key", body: "Quick" };
    const ask = (as: Account, body = payload) =>
      wiki.ask("POST", "/api/pages", { as, payload: body, headers: { "idempotency-key": "k1" } });
    const answers = await Promise.all(upTo(4).map(() => ask(editor)));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([201, 201, 201, 201]);
    expect(new Set(answers.map((answer) => answer.json().id)).size).toBe(1);
    const other = await ask(editor, { ...payload, body: "Slow" });
    expect([other.statusCode, other.json().code]).toEqual([422, "idempotency-key-reused"]);
    expect(other.json().key).toBe("k1");
    const someoneElse = await ask(await wiki.account("editor"));
    expect([someoneElse.statusCode, someoneElse.json().code]).toEqual([409, "slug-conflict"]);
    expect(await position()).toBe(before + 3);
  });

  it("reads a page by any spelling of its slug, by its id, and at an earlier version", async () => {
    const { page, etag } = await create({ title: "The Café", slug: "café/by-id", body: "one" });
    await patch("/api/pages/caf%C3%A9%2Fby-id", etag, { body: "two" });
    const current = (await wiki.ask("GET", `/api/pages/by-id/${page.id}`)).json();
    expect(current).toMatchObject({ body: "two", version: 2, position: page.position + 1 });
    for (const slug of ["café%2Fby-id", "CAF%C3%89%2fBY-ID", "cafe%CC%81%2Fby-id"]) {
      expect((await wiki.ask("GET", `/api/pages/${slug}`)).json()).toEqual(current);
    }
    for (const address of ["/api/pages/caf%C3%A9%2Fby-id", `/api/pages/by-id/${page.id}`]) {
      const former = await wiki.ask("GET", `${address}?version=1`);
      expect(former.json()).toEqual({ ...page, position: page.position + 1 });
      expect(former.headers.etag).toBe(etag);
      expect((await wiki.ask("GET", `${address}?version=3`)).json().code).toBe("page-not-found");
    }
    await create({ title: "Named as the segment", slug: "by-id" });
    expect((await wiki.ask("GET", "/api/pages/by-id")).json().title).toBe("Named as the segment");
  });

  it("responds with 304 to a current ETag", async () => {
    const { page, etag } = await create({ title: "Cached", slug: "cached" });
    for (const address of ["/api/pages/cached", `/api/pages/by-id/${page.id}`]) {
      for (const header of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
        const unchanged = await wiki.ask("GET", address, { headers: { "if-none-match": header } });
        expect([unchanged.statusCode, unchanged.body, unchanged.headers.etag]).toEqual([304, "", etag]);
      }
      const other = await wiki.ask("GET", address, { headers: { "if-none-match": `"${page.id}.2"` } });
      expect(other.statusCode).toBe(200);
    }
  });

  it("responds to HEAD with the headers of GET", async () => {
    const { page, etag } = await create({ title: "Head", slug: "head" });
    for (const address of ["/api/pages/head", `/api/pages/by-id/${page.id}`]) {
      const head = await wiki.ask("HEAD", address);
      const get = await wiki.ask("GET", address);
      expect([head.statusCode, head.body, head.headers.etag]).toEqual([200, "", etag]);
      expect(head.headers["content-length"]).toBe(get.headers["content-length"]);
    }
    expect((await wiki.ask("HEAD", "/api/pages/none")).statusCode).toBe(404);
    expect((await wiki.ask("HEAD", "/api/pages")).statusCode).toBe(200);
  });

  it("redirects a former slug, for any method, until another page takes it", async () => {
    const { page, etag } = await create({ title: "The Fox", slug: "a/fox" });
    const moved = await patch("/api/pages/a%2Ffox", etag, { slug: "b/fox" });
    expect(moved.json()).toMatchObject({ slug: "b/fox", version: 2, position: page.position + 3 });
    for (const [method, query] of [
      ["GET", ""],
      ["GET", "?version=1"],
      ["HEAD", ""],
      ["PATCH", ""],
    ] as const) {
      const options = method === "PATCH" ? { as: editor, payload: { title: "New" } } : {};
      const redirect = await wiki.ask(method, `/api/pages/a%2Ffox${query}`, options);
      expect([redirect.statusCode, redirect.headers.location]).toEqual([308, `/api/pages/b%2Ffox${query}`]);
    }
    await create({ title: "Another", slug: "a/fox" });
    expect((await wiki.ask("GET", "/api/pages/a%2Ffox")).json().title).toBe("Another");
    const edit = await patch("/api/pages/a%2Ffox", String(moved.headers.etag), { title: "New" });
    expect([edit.statusCode, edit.json().code]).toEqual([412, "if-match-failed"]);
    expect((await wiki.ask("GET", `/api/pages/by-id/${page.id}`)).json().title).toBe("The Fox");
  });

  it("returns every text exactly, lone surrogates and NUL included", async () => {
    const body = "a\r\nb\rc\n\0\ud83d\ude00\ud83d|\ude00\u2028\u2029\ufeff</script>\u0007";
    const payload = `{"title":"T\\ud83d","slug":"exact","body":${JSON.stringify(body)}}`;
    const created = await wiki.ask("POST", "/api/pages", { as: editor, payload });
    expect(created.json()).toMatchObject({ title: "T\ud83d", body });
    expect((await wiki.ask("GET", "/api/pages/exact")).json()).toMatchObject({ title: "T\ud83d", body });
    const edited = await patch("/api/pages/exact", String(created.headers.etag), { body: `${body}\ude00` });
    expect(edited.json().body).toBe(`${body}\ude00`);
    expect((await wiki.ask("GET", "/api/pages/exact")).json().body).toBe(`${body}\ude00`);
  });

  it("never returns a position after the page that it shows", async () => {
    const { content } = wiki.wiki;
    const { page } = await create({ title: "Shown", slug: "shown" });
    const resolve = content.resolveSlug.bind(content);
    content.resolveSlug = async (slug) => {
      const resolution = await resolve(slug);
      content.resolveSlug = resolve;
      await create({ title: "Created while the page is read" });
      return resolution;
    };
    expect((await wiki.ask("GET", "/api/pages/shown")).json().position).toBe(page.position);
  });

  it("returns 404 for a page that does not exist", async () => {
    for (const address of ["none", `by-id/${randomUUID()}`, "by-id/no-uuid", `by-id/${"x".repeat(1_000)}`]) {
      for (const method of ["GET", "PATCH"] as const) {
        const options = method === "PATCH" ? { as: editor, payload: {} } : {};
        const answer = await wiki.ask(method, `/api/pages/${address}`, options);
        expect([answer.statusCode, answer.json().code]).toEqual([404, "page-not-found"]);
      }
    }
  });
});

describe("the list of pages", () => {
  let listed: WikiServer;

  beforeAll(async () => {
    listed = await openWikiServer();
    const { content } = listed.wiki;
    const { id } = await listed.account("editor", "Ada");
    byEditor = { id, name: "Ada" };
    await asUser(id, async () => {
      for (const number of upTo(201)) await content.createPage(`Page ${number}`, `page-${number}`, "text");
    });
  });
  afterAll(() => listed.close());

  const list = async (query: string | URLSearchParams) =>
    (await listed.ask("GET", `/api/pages?${query}`)).json();

  it("has pages without their bodies, in consecutive parts", async () => {
    const all = await list("limit=5&lte=5");
    expect(all.next).toBeNull();
    expect(all.items[0]).toEqual({
      id: UUID,
      slug: "page-1",
      title: "Page 1",
      version: 1,
      archived: false,
      createdAt: TIME,
      createdBy: byEditor,
      modifiedAt: TIME,
      modifiedBy: byEditor,
      logPosition: 1,
    });
    for (const [query, parts] of [
      ["lte=5&limit=2", [[1, 2], [3, 4], [5]]],
      ["lte=5&limit=2&desc=true", [[5, 4], [3, 2], [1]]],
      ["lte=5&limit=5", [[1, 2, 3, 4, 5]]],
      ["limit=0", [[]]],
      ["gt=2&lte=4", [[3, 4]]],
      ["gt=2&lte=4&limit=1&desc=true", [[4], [3]]],
      ["gt=201", [[]]],
    ] as const) {
      const found: number[][] = [];
      const search = new URLSearchParams(query);
      for (let next: unknown; next !== null; search.set(search.has("desc") ? "lte" : "gt", String(next))) {
        const part = await list(search);
        found.push(part.items.map(({ logPosition }: { logPosition: number }) => logPosition));
        next = part.next;
      }
      expect(found).toEqual(parts);
    }
  });

  it("has 50 pages by default and 200 at most", async () => {
    expect((await list("")).items).toHaveLength(50);
    expect((await list("limit=200")).items).toHaveLength(200);
    expect((await listed.ask("GET", "/api/pages?limit=201")).statusCode).toBe(400);
  });
});

describe("waiting for a position", () => {
  it("responds once the position is recorded", async () => {
    const { page } = await create({ title: "Early", slug: "early" });
    const later = wiki.ask("GET", `/api/pages/early?after=${page.position + 3}`);
    await create({ title: "Another" });
    expect((await later).json()).toMatchObject({ id: page.id, position: page.position + 3 });
  });

  it("ends with 503 after a bounded time", async () => {
    const { page } = await create({ title: "Late", slug: "late" });
    const addresses = ["/api/pages/late", `/api/pages/by-id/${page.id}`, "/api/pages"];
    const next = page.position + 1;
    const answers = await Promise.all(
      addresses.map((address) => wiki.ask("GET", `${address}?after=${next}`)),
    );
    for (const answer of answers) {
      expect([answer.statusCode, answer.json().code]).toEqual([503, "position-not-reached"]);
    }
    for (const address of addresses) {
      expect((await wiki.ask("GET", `${address}?after=${page.position}`)).statusCode).toBe(200);
    }
  });
});

describe("the notification log", () => {
  it("is returned in parts, with the data of each event", async () => {
    const admin = await wiki.account("admin");
    const first = (await position()) + 1;
    const payload = { title: "The Log", slug: "log", body: "Quick", summary: "First" };
    const page = (await wiki.ask("POST", "/api/pages", { as: admin, payload })).json();
    const list = async (query: string) =>
      (await wiki.ask("GET", `/api/notifications?${query}`, { as: admin })).json();
    const { items, next } = await list(`start=${first}`);
    expect(next).toBeNull();
    expect(items[0]).toEqual({
      id: first,
      eventId: UUID,
      originatorId: page.id,
      originatorVersion: 1,
      topic: "Page.Created",
      timestamp: TIME,
      recordedAt: page.createdAt,
      data: { title: "The Log", slug: "log", body: "Quick", summary: "First", userId: admin.id },
    });
    expect(items.map(({ topic }: { topic: string }) => topic)).toEqual([
      "Page.Created",
      "PageLog.PageLogged",
      "Slug.Created",
    ]);
    expect((await list("")).items[0]).toMatchObject({ id: 1 });
    expect(await list(`start=${first}&limit=2`)).toEqual({ items: items.slice(0, 2), next: first + 2 });
    expect(await list(`start=${first + 2}&limit=2`)).toEqual({ items: items.slice(2), next: null });
    expect(await list(`start=${first + 1}&limit=2`)).toEqual({ items: items.slice(1), next: null });
    for (const query of [`start=${first + 3}`, "limit=0"]) {
      expect(await list(query)).toEqual({ items: [], next: null });
    }
  });
});
