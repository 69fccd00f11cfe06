import { randomUUID } from "node:crypto";
import { asUser } from "@palimpsest/eventsourcing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Account, openWikiServer, type WikiServer } from "./fixtures/wiki-server.ts";

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const UUID = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe.each(["memory", "SQLite"] as const)("the API of pages, on %s", (kind) => {
  let wiki: WikiServer;
  let editor: Account;
  let byEditor: { id: string; name: string };

  beforeEach(async () => {
    wiki = await openWikiServer(kind);
    editor = await wiki.account("editor", "Ada");
    byEditor = { id: editor.id, name: "Ada" };
  });
  afterEach(() => wiki.close());

  const create = async (page: Record<string, unknown>) => {
    const created = await wiki.ask("POST", "/api/pages", { as: editor, payload: page });
    expect(created.statusCode).toBe(201);
    return { page: created.json(), etag: String(created.headers.etag), headers: created.headers };
  };
  const patch = (url: string, etag: string, payload: Record<string, unknown>) =>
    wiki.ask("PATCH", url, { as: editor, payload, headers: { "if-match": etag } });

  it("creates a page and answers with it, where it is and at which position", async () => {
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
      position: 3,
    });
    expect(headers).toMatchObject({
      "content-type": "application/json; charset=utf-8",
      location: "/api/pages/animals%2Ffox",
      etag: `"${page.id}.1"`,
      "palimpsest-position": "3",
    });
    const read = await wiki.ask("GET", String(headers.location));
    expect(read.json()).toEqual(page);
    expect(read.headers.etag).toBe(headers.etag);
  });

  it("makes the slug from the title, and the body empty, where they are left out", async () => {
    expect((await create({ title: "The Fox" })).page).toMatchObject({ slug: "the-fox", body: "" });
    expect((await create({ title: "The Fox" })).page).toMatchObject({ slug: "the-fox-2" });
  });

  it("refuses a slug in use, and stores nothing", async () => {
    await create({ title: "The Fox", slug: "fox" });
    const refused = await wiki.ask("POST", "/api/pages", {
      as: editor,
      payload: { title: "Two", slug: "FOX" },
    });
    expect(refused.statusCode).toBe(409);
    expect(refused.json()).toEqual({
      type: "about:blank",
      title: "Slug in use",
      status: 409,
      detail: 'Slug "fox" is used by another page. Choose another slug.',
      code: "slug-conflict",
      slug: "fox",
    });
    expect(await wiki.wiki.content.position()).toBe(3);
  });

  it("creates one page for one Idempotency-Key", async () => {
    const payload = { title: "The Fox", slug: "fox", body: "Quick" };
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
    expect(await wiki.wiki.content.position()).toBe(3);
  });

  it("lists pages without their bodies, in parts that follow each other", async () => {
    for (const number of upTo(5)) await create({ title: `Page ${number}`, body: "text" });
    const all = (await wiki.ask("GET", "/api/pages")).json();
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
      ["limit=2", [[1, 2], [3, 4], [5]]],
      ["limit=2&desc=true", [[5, 4], [3, 2], [1]]],
      ["limit=5", [[1, 2, 3, 4, 5]]],
      ["limit=0", [[]]],
      ["gt=2&lte=4", [[3, 4]]],
      ["gt=2&lte=4&limit=1&desc=true", [[4], [3]]],
      ["gt=9", [[]]],
    ] as const) {
      const found: number[][] = [];
      const search = new URLSearchParams(query);
      for (let next: unknown; next !== null; search.set(search.has("desc") ? "lte" : "gt", String(next))) {
        const part = (await wiki.ask("GET", `/api/pages?${search}`)).json();
        found.push(part.items.map(({ logPosition }: { logPosition: number }) => logPosition));
        next = part.next;
      }
      expect(found).toEqual(parts);
    }
  });

  it("lists 50 where no limit is given, and at most 200", async () => {
    const { content } = wiki.wiki;
    await asUser(editor.id, () => Promise.all(upTo(201).map((n) => content.createPage(`P${n}`, `p${n}`))));
    const lengthOf = async (query: string) =>
      (await wiki.ask("GET", `/api/pages?${query}`)).json().items.length;
    expect(await lengthOf("")).toBe(50);
    expect(await lengthOf("limit=200")).toBe(200);
    expect((await wiki.ask("GET", "/api/pages?limit=201")).statusCode).toBe(400);
  });

  it("reads a page by its slug in any spelling, by its id, and as it was", async () => {
    const { page, etag } = await create({ title: "The Fox", slug: "café/by-id", body: "one" });
    await patch("/api/pages/caf%C3%A9%2Fby-id", etag, { body: "two" });
    const present = (await wiki.ask("GET", `/api/pages/by-id/${page.id}`)).json();
    expect(present).toMatchObject({ body: "two", version: 2, position: 4 });
    for (const slug of ["café%2Fby-id", "CAF%C3%89%2fBY-ID", "cafe%CC%81%2Fby-id"]) {
      expect((await wiki.ask("GET", `/api/pages/${slug}`)).json()).toEqual(present);
    }
    for (const address of ["/api/pages/caf%C3%A9%2Fby-id", `/api/pages/by-id/${page.id}`]) {
      const former = await wiki.ask("GET", `${address}?version=1`);
      expect(former.json()).toEqual({ ...page, position: 4 });
      expect(former.headers.etag).toBe(etag);
      expect((await wiki.ask("GET", `${address}?version=3`)).json().code).toBe("page-not-found");
    }
    await create({ title: "Named as the segment", slug: "by-id" });
    expect((await wiki.ask("GET", "/api/pages/by-id")).json().title).toBe("Named as the segment");
  });

  it("sends nothing that the client has already", async () => {
    const { page, etag } = await create({ title: "The Fox", slug: "fox" });
    for (const address of ["/api/pages/fox", `/api/pages/by-id/${page.id}`]) {
      for (const header of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
        const unchanged = await wiki.ask("GET", address, { headers: { "if-none-match": header } });
        expect([unchanged.statusCode, unchanged.body, unchanged.headers.etag]).toEqual([304, "", etag]);
      }
      const other = await wiki.ask("GET", address, { headers: { "if-none-match": `"${page.id}.2"` } });
      expect(other.statusCode).toBe(200);
    }
  });

  it("tells all but the body for HEAD", async () => {
    const { page, etag } = await create({ title: "The Fox", slug: "fox" });
    for (const address of ["/api/pages/fox", `/api/pages/by-id/${page.id}`]) {
      const head = await wiki.ask("HEAD", address);
      const get = await wiki.ask("GET", address);
      expect([head.statusCode, head.body, head.headers.etag]).toEqual([200, "", etag]);
      expect(head.headers["content-length"]).toBe(get.headers["content-length"]);
    }
    expect((await wiki.ask("HEAD", "/api/pages/none")).statusCode).toBe(404);
    expect((await wiki.ask("HEAD", "/api/pages")).statusCode).toBe(200);
  });

  it("sends a former slug on to the present one, whatever the method, until another page has it", async () => {
    const { page, etag } = await create({ title: "The Fox", slug: "a/fox" });
    const moved = await patch("/api/pages/a%2Ffox", etag, { slug: "b/fox" });
    expect(moved.json()).toMatchObject({ slug: "b/fox", version: 2, position: 6 });
    for (const [method, query] of [
      ["GET", ""],
      ["GET", "?version=1"],
      ["HEAD", ""],
      ["PATCH", ""],
    ] as const) {
      const options = method === "PATCH" ? { as: editor, payload: { title: "New" } } : {};
      const sentOn = await wiki.ask(method, `/api/pages/a%2Ffox${query}`, options);
      expect([sentOn.statusCode, sentOn.headers.location]).toEqual([308, `/api/pages/b%2Ffox${query}`]);
    }
    await create({ title: "Another", slug: "a/fox" });
    expect((await wiki.ask("GET", "/api/pages/a%2Ffox")).json().title).toBe("Another");
    const edit = await patch("/api/pages/a%2Ffox", String(moved.headers.etag), { title: "New" });
    expect([edit.statusCode, edit.json().code]).toEqual([412, "if-match-failed"]);
    expect((await wiki.ask("GET", `/api/pages/by-id/${page.id}`)).json().title).toBe("The Fox");
  });

  it("keeps every text exactly, half a surrogate pair and NUL too", async () => {
    const body = "a\r\nb\rc\n\0\ud83d\ude00\ud83d|\ude00\u2028\u2029\ufeff</script>\u0007";
    const payload = `{"title":"T\\ud83d","slug":"exact","body":${JSON.stringify(body)}}`;
    const created = await wiki.ask("POST", "/api/pages", { as: editor, payload });
    expect(created.json()).toMatchObject({ title: "T\ud83d", body });
    expect((await wiki.ask("GET", "/api/pages/exact")).json()).toMatchObject({ title: "T\ud83d", body });
    const edited = await patch("/api/pages/exact", String(created.headers.etag), { body: `${body}\ude00` });
    expect(edited.json().body).toBe(`${body}\ude00`);
    expect((await wiki.ask("GET", "/api/pages/exact")).json().body).toBe(`${body}\ude00`);
  });

  it("waits for a position that others have yet to write", async () => {
    const { page } = await create({ title: "The Fox", slug: "fox" });
    const later = wiki.ask("GET", "/api/pages/fox?after=6");
    await create({ title: "Another" });
    expect((await later).json()).toMatchObject({ id: page.id, position: 6 });
  });

  it("never names a position whose changes it does not show", async () => {
    const { content } = wiki.wiki;
    await create({ title: "The Fox", slug: "fox" });
    const resolve = content.resolveSlug.bind(content);
    content.resolveSlug = async (slug) => {
      const found = await resolve(slug);
      content.resolveSlug = resolve;
      await create({ title: "Meanwhile" });
      return found;
    };
    expect((await wiki.ask("GET", "/api/pages/fox")).json().position).toBe(3);
  });

  it("knows no page that is not there", async () => {
    for (const address of ["none", `by-id/${randomUUID()}`, "by-id/no-uuid", `by-id/${"x".repeat(1_000)}`]) {
      for (const method of ["GET", "PATCH"] as const) {
        const options = method === "PATCH" ? { as: editor, payload: {} } : {};
        const answer = await wiki.ask(method, `/api/pages/${address}`, options);
        expect([answer.statusCode, answer.json().code]).toEqual([404, "page-not-found"]);
      }
    }
  });
});

describe("a position that nobody writes", () => {
  it("is waited for, for a bounded time", async () => {
    const wiki = await openWikiServer();
    const as = await wiki.account("editor");
    const { id } = (await wiki.ask("POST", "/api/pages", { as, payload: { title: "Fox" } })).json();
    const addresses = ["/api/pages/fox", `/api/pages/by-id/${id}`, "/api/pages"];
    const answers = await Promise.all(addresses.map((address) => wiki.ask("GET", `${address}?after=4`)));
    for (const answer of answers) {
      expect([answer.statusCode, answer.json().code]).toEqual([503, "position-not-reached"]);
    }
    for (const address of addresses) {
      expect((await wiki.ask("GET", `${address}?after=3`)).statusCode).toBe(200);
    }
    await wiki.close();
  });
});

describe("the API of notifications", () => {
  it("tells the log in parts, with the data of each event", async () => {
    const wiki = await openWikiServer();
    const admin = await wiki.account("admin");
    const payload = { title: "The Fox", slug: "fox", body: "Quick", summary: "First" };
    const page = (await wiki.ask("POST", "/api/pages", { as: admin, payload })).json();
    const list = async (query: string) =>
      (await wiki.ask("GET", `/api/notifications${query}`, { as: admin })).json();
    const { items, next } = await list("");
    expect(next).toBeNull();
    expect(items[0]).toEqual({
      id: 1,
      eventId: UUID,
      originatorId: page.id,
      originatorVersion: 1,
      topic: "Page.Created",
      timestamp: TIME,
      recordedAt: page.createdAt,
      data: { title: "The Fox", slug: "fox", body: "Quick", summary: "First", userId: admin.id },
    });
    expect(items.map(({ topic }: { topic: string }) => topic)).toEqual([
      "Page.Created",
      "PageLog.PageLogged",
      "Slug.Created",
    ]);
    expect(await list("?limit=2")).toEqual({ items: items.slice(0, 2), next: 3 });
    expect(await list("?start=3&limit=2")).toEqual({ items: items.slice(2), next: null });
    expect(await list("?start=2&limit=2")).toEqual({ items: items.slice(1), next: null });
    for (const query of ["?start=4", "?limit=0"])
      expect(await list(query)).toEqual({ items: [], next: null });
    await wiki.close();
  });
});
