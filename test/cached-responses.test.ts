import { connect } from "node:net";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { asUser } from "@palimpsest/eventsourcing";
import type { FastifyInstance } from "fastify";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { page as pageSchema } from "../packages/wiki/src/api/schemas.ts";
import type { PageDetails } from "../packages/wiki/src/application/pages.ts";
import { createWiki, createWikiServer, type Wiki } from "../packages/wiki/src/create-wiki.ts";
import { SYSTEM } from "../packages/wiki/src/domain/user.ts";
import { addresses } from "../packages/wiki/src/web/addresses.ts";
import { configFrom } from "./config.ts";

const PASSWORD = "a long enough password";
/** Has characters that HTML escapes, and some outside ASCII. */
const NAME = 'Zoë "Ed" <Itor> & Sons';
const BODY = `# Title\n\n[[First]] and [[Wanted]]\n\n${"Some words of a text, é and 漢.\n\n".repeat(200)}`;

let wiki: Wiki;
let page: PageDetails;
let cookie: string;
let token: string;
const servers: FastifyInstance[] = [];

beforeAll(async () => {
  wiki = await createWiki(
    configFrom({ PALIMPSEST_DATABASE_URL: "memory:", PALIMPSEST_PORT: "0", PALIMPSEST_LOG_LEVEL: "silent" }),
  );
  wiki.views.runner.start();
  const editor = { email: "one@example.org", name: NAME, password: PASSWORD, role: "editor" } as const;
  const person = await wiki.identity.addUser(editor);
  ({ token } = await wiki.identity.createToken(person.id, { name: "test" }));
  const { setCookies } = await wiki.identity.signIn(editor);
  cookie = setCookies.map((one) => one.split(";")[0]).join("; ");
  ({ page } = await asUser(person.id, () => wiki.content.addPage({ title: "First", body: BODY })));
  await asUser(SYSTEM, () => wiki.content.addPage({ title: "Welcome", body: "[[First]]" }));
  await viewsComplete();
});

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

afterAll(() => wiki?.close());

async function viewsComplete(): Promise<void> {
  await wiki.views.runner.waitFor(undefined, await wiki.content.position(), { timeoutMs: 60_000 });
}

/** Starts a server with an empty cache. */
async function newServer(): Promise<{ port: number; hits(): Promise<number> }> {
  const server = await createWikiServer(wiki);
  servers.push(server);
  const address = await server.listen({ host: "127.0.0.1", port: 0 });
  return {
    port: Number(new URL(address).port),
    async hits() {
      const { body } = await server.inject("/metrics");
      return Number(/^palimpsest_response_cache_hits_total (\d+)$/m.exec(body)?.[1]);
    },
  };
}

/** Sends a request and resolves to all bytes of the response. */
function exchange(port: number, path: string, headers: Record<string, string> = {}, method = "GET") {
  const lines = Object.entries({ host: "wiki", connection: "close", ...headers });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return new Promise<Buffer>((resolve, reject) => {
    let received = Buffer.alloc(0);
    const socket = connect(port, "127.0.0.1");
    socket
      .on("error", reject)
      .on("data", (chunk) => {
        received = Buffer.concat([received, chunk]);
        // The server does not close a connection that is kept alive.
        const { headers, body } = parsed(received);
        if (headers.connection === "keep-alive" && body.length >= Number(headers["content-length"]))
          socket.end();
      })
      .on("close", () => resolve(received))
      .write(`${method} ${path} HTTP/1.1\r\n${head}\r\n`);
  });
}

function parsed(bytes: Buffer) {
  const end = bytes.indexOf("\r\n\r\n");
  const [statusLine = "", ...lines] = bytes.toString("latin1", 0, end).split("\r\n");
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 2)]),
  );
  return { status: Number(statusLine.split(" ")[1]), headers, body: bytes.subarray(end + 4) };
}

/** Returns the bytes with an equal Date in all responses. */
function withoutDate(bytes: Buffer): string {
  return bytes.toString("latin1").replace(/\r\ndate: [^\r]*/i, "\r\nDate: now");
}

const anonymous = () => ({});
const session = () => ({ cookie });
const bearer = () => ({ authorization: `Bearer ${token}` });

describe("a cached response", () => {
  it.each([
    ["a page", "/first", anonymous],
    ["home", "/", anonymous],
    ["a page for a person with a session", "/first", session],
    ["a page for a person with a token", "/first", bearer],
    ["the list of pages", "/-/pages", anonymous],
    ["the changes of one kind", "/-/changes?kind=created", session],
    ["the history of a page", addresses.history("ID"), session],
    ["a version of a page", addresses.pageById("ID", 1), anonymous],
    ["a rendered difference", addresses.diff("ID", 0, 1, "rendered"), anonymous],
    ["the authors of a page", addresses.authorship("ID"), session],
    ["a page of the API", "/api/pages/first", anonymous],
    ["a page of the API for a person with a token", "/api/pages/first", bearer],
    ["a page for a visitor with a cookie of another application", "/first", () => ({ cookie: "other=1" })],
  ])("has the same bytes as the response that the routes make: %s", async (_name, address, credentials) => {
    const path = address.replace("ID", page.id);
    const etag = parsed(await exchange((await newServer()).port, path, credentials())).headers.etag ?? "";
    const cases: readonly (readonly [headers: Record<string, string>, method?: string])[] = [
      [{}],
      [{}, "HEAD"],
      [{ "accept-encoding": "gzip, deflate, br" }],
      [{ "accept-encoding": "gzip, deflate, br" }, "HEAD"],
      [{ "accept-encoding": "gzip;q=0.5, br;q=0" }],
      [{ "accept-encoding": "identity" }],
      [{ "accept-encoding": "gzip", "x-no-compression": "1" }],
      [{ "if-none-match": etag }],
      [{ "if-none-match": `"other", ${etag}`, "accept-encoding": "br" }],
      [{ "if-none-match": '"other"' }],
      [{ connection: "keep-alive" }],
    ];
    const warm = await newServer();
    await exchange(warm.port, path, credentials());
    for (const [index, [headers, method]] of cases.entries()) {
      const all = { ...headers, ...credentials() };
      const cold = await newServer();
      const [made, cached] = [
        await exchange(cold.port, path, all, method),
        await exchange(warm.port, path, all, method),
      ];
      expect(withoutDate(cached), JSON.stringify([headers, method])).toBe(withoutDate(made));
      expect(await warm.hits()).toBe(index + 1);
      expect(await cold.hits()).toBe(0);
    }
  });

  it("contains the name of the person who reads", async () => {
    const { port, hits } = await newServer();
    const other = { email: "two@example.org", name: "Second", password: PASSWORD, role: "editor" } as const;
    await wiki.identity.addUser(other);
    const { setCookies } = await wiki.identity.signIn(other);
    const otherCookie = setCookies.map((one) => one.split(";")[0]).join("; ");
    const read = async (headers: Record<string, string>) =>
      parsed(await exchange(port, "/first", { "accept-encoding": "br", ...headers }));
    const responses = [await read({ cookie }), await read({ cookie: otherCookie }), await read({ cookie })];
    expect(await hits()).toBe(2);
    const texts = responses.map(({ body }) => brotliDecompressSync(body).toString());
    expect(texts[0]).toContain("Zoë &quot;Ed&quot; &lt;Itor> &amp; Sons</a>");
    expect(texts[1]).toContain(">Second</a>");
    expect(texts[1]).not.toContain("&lt;Itor> &amp; Sons</a>");
    expect(texts[2]).toBe(texts[0]);
    expect(responses[0]?.headers.etag).not.toBe(responses[1]?.headers.etag);
    const anonymousText = brotliDecompressSync((await read({})).body).toString();
    expect(anonymousText).toContain("Sign in");
    expect(anonymousText).not.toContain("Sign out");
  });

  it("has the same text in every encoding", async () => {
    const { port } = await newServer();
    const read = async (encoding: string) =>
      parsed(await exchange(port, "/first", { "accept-encoding": encoding }));
    const [plain, gzip, brotli] = [await read("identity"), await read("gzip"), await read("br")];
    expect(gunzipSync(gzip.body).equals(plain.body)).toBe(true);
    expect(brotliDecompressSync(brotli.body).equals(plain.body)).toBe(true);
    expect(plain.headers).toMatchObject({ vary: "accept-encoding", "cache-control": "private, no-cache" });
    // Compressed further after many responses.
    for (let turn = 0; turn < 30; turn += 1) await read("br");
    const later = await read("br");
    expect(brotliDecompressSync(later.body).equals(plain.body)).toBe(true);
    expect(later.headers.etag).toBe(plain.headers.etag);
  });

  it.each([
    ["a notice", "/first", { cookie: "palimpsest.notice=saved.1" }],
    ["a query", "/first?x=1", {}],
    ["an encoding that is not cached", "/first", { "accept-encoding": "deflate" }],
    ["an invalid token", "/first", { authorization: "Bearer none" }],
    ["a body", "/first", { "content-length": "0" }],
    ["a query of a list that the list does not read", "/-/pages?x=1", {}],
    ["a write that a list may have to wait for", "/-/changes", { cookie: "palimpsest.written=1" }],
    ["an earlier date", "/-/at/2026-01-01T00:00:00.000Z/first", {}],
  ])("does not answer a request with %s", async (_name, path, headers: Record<string, string>) => {
    const { port, hits } = await newServer();
    await exchange(port, "/first");
    await exchange(port, "/-/changes");
    for (let turn = 0; turn < 2; turn += 1) await exchange(port, path, headers);
    expect(await hits()).toBe(0);
  });

  it("matches the schema of the API, and has the position of the request", async () => {
    const { port, hits } = await newServer();
    const paths = ["/api/pages/first", `/api/pages/by-id/${page.id}`];
    for (const turn of [1, 2]) {
      for (const path of paths) {
        const { body, headers } = parsed(await exchange(port, path));
        const json = JSON.parse(body.toString());
        expect(pageSchema.parse(json)).toEqual(json);
        expect(json).toMatchObject({ id: page.id, position: await wiki.content.position() });
        expect(headers).toMatchObject({
          "content-type": "application/json; charset=utf-8",
          etag: `"${page.id}.${page.version}"`,
        });
      }
      expect(await hits()).toBe((turn - 1) * paths.length);
      await asUser(SYSTEM, () => wiki.content.addPage({ title: "Raises the position" }));
    }
  });

  it("answers no request of a person whose session has ended", async () => {
    const { port } = await newServer();
    const reader = { email: "three@example.org", name: "Third", password: PASSWORD, role: "reader" } as const;
    await wiki.identity.addUser(reader);
    const { setCookies } = await wiki.identity.signIn(reader);
    const own = { cookie: setCookies.map((one) => one.split(";")[0]).join("; ") };
    const read = async () => parsed(await exchange(port, "/first", own)).body.toString();
    expect(await read()).toContain(">Third</a>");
    await wiki.identity.signOut(own.cookie);
    expect(await read()).not.toContain("Third");
  });
});

describe("the response cache", () => {
  const read = async (port: number, path = "/first") => parsed(await exchange(port, path)).body.toString();
  const edit = (id: string, edit: Record<string, string>) =>
    asUser(SYSTEM, () => wiki.content.editPage(id, edit));
  const write = (title: string, body = "") => asUser(SYSTEM, () => wiki.content.addPage({ title, body }));

  it("keeps a page when another page changes", async () => {
    const { port, hits } = await newServer();
    await read(port);
    await write("Unrelated", "text");
    await read(port);
    await viewsComplete();
    await read(port);
    expect(await hits()).toBe(2);
  });

  it("shows an edit at once", async () => {
    const { port } = await newServer();
    const { page: edited } = await write("Edited", "before");
    expect(await read(port, "/edited")).toContain("before");
    await edit(edited.id, { body: "after" });
    expect(await read(port, "/edited")).toContain("after");
    await edit(edited.id, { title: "New title" });
    expect(await read(port, "/edited")).toContain("<title>New title");
    expect(JSON.parse(await read(port, "/api/pages/edited"))).toMatchObject({
      title: "New title",
      version: 3,
    });
    await edit(edited.id, { title: "Last title" });
    expect(JSON.parse(await read(port, "/api/pages/edited"))).toMatchObject({
      title: "Last title",
      version: 4,
    });
  });

  it("does not keep a response that a write made old before it was complete", async () => {
    const { port, hits } = await newServer();
    const { page: edited } = await write("Edited meanwhile", "before");
    vi.spyOn(wiki.views.site, "backlinks").mockImplementationOnce(async () => {
      await edit(edited.id, { body: "after" });
      // Another request makes the server read the new event before the first response is complete.
      await read(port, "/first");
      return [];
    });
    await read(port, "/edited-meanwhile");
    expect(await read(port, "/edited-meanwhile")).toContain("after");
    expect(await hits()).toBe(0);
  });

  it("shows a renamed, archived and unarchived page at once", async () => {
    const { port } = await newServer();
    const { page: moved } = await write("Moved", "text");
    const status = async (path: string) => parsed(await exchange(port, path)).status;
    expect([await status("/moved"), await status("/moved-2")]).toEqual([200, 404]);
    await edit(moved.id, { slug: "moved-2" });
    expect([await status("/moved"), await status("/moved-2")]).toEqual([308, 200]);
    await asUser(SYSTEM, () => wiki.content.archivePage(moved.id));
    expect([await status("/moved"), await status("/moved-2")]).toEqual([404, 404]);
    await asUser(SYSTEM, () => wiki.content.unarchivePage(moved.id, { slug: "moved" }));
    expect([await status("/moved"), await status("/moved-2")]).toEqual([200, 308]);
  });

  it("marks a link when its page begins to exist, and when it ends", async () => {
    const { port } = await newServer();
    await write("Linking", "[[Target page]]");
    const isWanted = async () => /class="[^"]*wanted/.test(await read(port, "/linking"));
    expect(await isWanted()).toBe(true);
    const { page: target } = await write("Target page");
    expect(await isWanted()).toBe(false);
    await viewsComplete();
    expect(await isWanted()).toBe(false);
    await edit(target.id, { slug: "elsewhere" });
    await viewsComplete();
    expect(await isWanted()).toBe(false);
    await asUser(SYSTEM, () => wiki.content.archivePage(target.id));
    await viewsComplete();
    expect(await isWanted()).toBe(true);
  });

  it("lists a page that links here as soon as the view contains it", async () => {
    const { port } = await newServer();
    await read(port);
    const { page: linking } = await write("Linking here", "[[First]]");
    await viewsComplete();
    expect(await read(port)).toContain("Linking here");
    await edit(linking.id, { title: "Renamed title" });
    await viewsComplete();
    expect(await read(port)).toContain("Renamed title");
    await edit(linking.id, { body: "" });
    await viewsComplete();
    expect(await read(port)).not.toContain("Renamed title");
  });

  it("mentions the former page of an address as it is now", async () => {
    const { port } = await newServer();
    const { page: former } = await write("Former", "text");
    await edit(former.id, { slug: "former-2" });
    await asUser(SYSTEM, () => wiki.content.addPage({ title: "Newer", slug: "former" }));
    expect(await read(port, "/former")).toContain("Former</bdi>");
    await edit(former.id, { title: "Another title" });
    expect(await read(port, "/former")).toContain("Another title</bdi>");
  });

  it("answers 304 until the page changes", async () => {
    const { port } = await newServer();
    const first = parsed(await exchange(port, "/first"));
    const again = async () =>
      parsed(await exchange(port, "/first", { "if-none-match": first.headers.etag ?? "" })).status;
    expect(await again()).toBe(304);
    await edit(page.id, { body: `${BODY}!` });
    expect(await again()).toBe(200);
    await edit(page.id, { body: BODY });
  });
});
