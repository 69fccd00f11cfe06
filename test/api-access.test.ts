import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Account, openWikiServer, PASSWORD, type WikiServer } from "./fixtures/wiki-server.ts";

let wiki: WikiServer;
let admin: Account;
let editor: Account;
let reader: Account;

beforeAll(async () => {
  wiki = await openWikiServer();
  admin = await wiki.account("admin");
  editor = await wiki.account("editor");
  reader = await wiki.account("reader");
  await wiki.ask("POST", "/api/pages", { as: editor, payload: { title: "Page" } });
});
afterAll(() => wiki.close());

const outcome = async (answer: ReturnType<WikiServer["ask"]>) => {
  const { statusCode, headers, body } = await answer;
  if (statusCode < 400) return statusCode;
  expect(headers["content-type"]).toBe("application/problem+json; charset=utf-8");
  return [statusCode, JSON.parse(body).code];
};

describe("a request that writes", () => {
  const changes = [
    ["POST", "/api/pages"],
    ["PATCH", "/api/pages/page"],
    ["PATCH", "/api/pages/none"],
    ["PATCH", "/api/pages/by-id/none"],
  ] as const;

  it.each(changes)("%s %s needs the token of an editor", async (method, url) => {
    const payload = { title: "New" };
    const stranger = await wiki.ask(method, url, { payload });
    expect([stranger.statusCode, stranger.json().code]).toEqual([401, "authentication-required"]);
    expect(stranger.headers["www-authenticate"]).toBe("Bearer");
    expect(await outcome(wiki.ask(method, url, { as: reader, payload }))).toEqual([403, "forbidden"]);
    const allowed = await wiki.ask(method, url, { as: editor, payload });
    expect([201, 404, 428]).toContain(allowed.statusCode);
    expect([201, 404, 428]).toContain((await wiki.ask(method, url, { as: admin, payload })).statusCode);
  });

  it("records the person whose token it has", async () => {
    const { modifiedBy } = (
      await wiki.ask("POST", "/api/pages", { as: admin, payload: { title: "X" } })
    ).json();
    expect(modifiedBy).toEqual({ id: admin.id, name: admin.name });
  });
});

describe("an invalid token", () => {
  it.each([
    "Bearer wrong",
    "Bearer ",
    "Bearer",
    "Basic YTpi",
    "",
    `Bearer ${"x".repeat(5_000)}`,
    "Bearer plm_' OR 1=1 --",
  ])("%j is refused, also for reading", async (authorization) => {
    for (const url of ["/api/pages", "/api/pages/page", "/api/notifications", "/api/nothing"]) {
      const answer = await wiki.ask("GET", url, { headers: { authorization } });
      expect([answer.statusCode, answer.json().code]).toEqual([401, "token-invalid"]);
      expect(answer.headers["www-authenticate"]).toBe("Bearer");
    }
  });

  it("is refused after it was revoked, or with one letter changed", async () => {
    const { identity } = wiki.wiki;
    const { id, token } = await identity.createToken(reader.id, { name: "short-lived" });
    const read = (text: string) =>
      outcome(wiki.ask("GET", "/api/pages", { headers: { authorization: `bearer ${text}` } }));
    expect(await read(token)).toBe(200);
    expect(await read(`${token}x`)).toEqual([401, "token-invalid"]);
    expect(await read(token.slice(0, -1))).toEqual([401, "token-invalid"]);
    await identity.revokeToken(reader.id, id);
    expect(await read(token)).toEqual([401, "token-invalid"]);
  });
});

describe("the notification log", () => {
  it("is readable by administrators only", async () => {
    expect(await outcome(wiki.ask("GET", "/api/notifications"))).toEqual([401, "authentication-required"]);
    for (const as of [reader, editor]) {
      expect(await outcome(wiki.ask("GET", "/api/notifications", { as }))).toEqual([403, "forbidden"]);
    }
    expect(await outcome(wiki.ask("GET", "/api/notifications", { as: admin }))).toBe(200);
  });
});

describe("a session cookie", () => {
  const cookieOf = async ({ email }: Account) => {
    const { setCookies } = await wiki.wiki.identity.signIn({ email, password: PASSWORD });
    return setCookies.map((cookie) => cookie.split(";")[0]).join("; ");
  };
  const create = async (headers: Record<string, string>) =>
    outcome(wiki.ask("POST", "/api/pages", { headers, payload: { title: "New" } }));

  it("authorises writes from the wiki's own origin only, and reads from any origin", async () => {
    const cookie = await cookieOf(editor);
    const host = "wiki.example.org";
    expect(await create({ cookie, host, "sec-fetch-site": "same-origin" })).toBe(201);
    expect(await create({ cookie, host, origin: "http://wiki.example.org" })).toBe(201);
    for (const foreign of [
      {},
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
      { origin: "https://evil.example" },
      { origin: "null" },
    ]) {
      expect(await create({ cookie, host, ...foreign })).toEqual([403, "cross-site-request"]);
      const read = wiki.ask("GET", "/api/pages", { headers: { cookie, host, ...foreign } });
      expect(await outcome(read)).toBe(200);
    }
  });

  it("has the rights of the person's role, or none if it is invalid", async () => {
    const headers = { "sec-fetch-site": "same-origin" };
    expect(await create({ ...headers, cookie: await cookieOf(reader) })).toEqual([403, "forbidden"]);
    expect(await create({ ...headers, cookie: "palimpsest.session_token=wrong.wrong" })).toEqual([
      401,
      "authentication-required",
    ]);
  });

  it("may come from any origin with a token, which no browser sends by itself", async () => {
    const payload = { title: "New" };
    const headers = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
    expect(await outcome(wiki.ask("POST", "/api/pages", { as: editor, payload, headers }))).toBe(201);
  });
});

describe("a wiki for members", () => {
  it("does not tell a stranger whether a page exists", async () => {
    const closed = await openWikiServer("memory", { PALIMPSEST_READING: "members" });
    const member = await closed.account("reader");
    const writer = await closed.account("editor");
    const { id } = (
      await closed.ask("POST", "/api/pages", { as: writer, payload: { title: "Page" } })
    ).json();
    for (const path of ["", "/page", "/none", `/by-id/${id}`, "/by-id/none"]) {
      const stranger = closed.ask("GET", `/api/pages${path}`);
      expect(await outcome(stranger)).toEqual([401, "authentication-required"]);
      const answer = await closed.ask("GET", `/api/pages${path}`, { as: member });
      expect(answer.statusCode).toBe(path.includes("none") ? 404 : 200);
    }
    await closed.close();
  });
});
