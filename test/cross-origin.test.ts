// Changes are accepted from the wiki's own pages and from programs with a token: decisions/028.

import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { strings } from "../packages/wiki/src/web/strings/strings.ts";
import { type Account, openWikiServer, PASSWORD, type WikiServer } from "./fixtures/wiki-server.ts";

let wiki: WikiServer;
let editor: Account;
let cookie: string;
const host = "wiki.example.org";

beforeAll(async () => {
  wiki = await openWikiServer("memory", {
    PALIMPSEST_SIGN_UP: "open",
    PALIMPSEST_SIGN_INS_PER_MINUTE: "1000",
  });
  editor = await wiki.account("editor");
  const { setCookies } = await wiki.wiki.identity.signIn({ email: editor.email, password: PASSWORD });
  cookie = setCookies.map((one) => one.split(";")[0]).join("; ");
});
afterAll(() => wiki.close());

const send = async (
  method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE",
  url: string,
  headers: Record<string, string>,
  fields: Record<string, string> = {},
) => {
  const answer = await wiki.server.inject({
    ...{ method, url },
    headers: { host, "content-type": "application/x-www-form-urlencoded", ...headers },
    payload: new URLSearchParams(fields).toString(),
  });
  return { status: answer.statusCode, body: answer.body, cookies: answer.cookies.map(({ name }) => name) };
};

const foreign: Record<string, string>[] = [
  {},
  { "sec-fetch-site": "cross-site" },
  { "sec-fetch-site": "same-site" },
  { "sec-fetch-site": "cross-site", origin: "http://wiki.example.org" },
  { origin: "null" },
  { origin: "http://evil.example" },
  { origin: "http://sub.wiki.example.org" },
  { origin: "http://wiki.example.org:8080" },
  { origin: "http://wiki.example.org, http://evil.example" },
  { referer: "http://wiki.example.org/" },
  { "x-http-method-override": "GET" },
  { "content-type": "text/plain" },
];

const own: Record<string, string>[] = [
  { "sec-fetch-site": "same-origin" },
  { origin: "http://wiki.example.org" },
  { origin: "http://wiki.example.org", host: "WIKI.EXAMPLE.ORG" },
];

describe("a form", () => {
  it.each(foreign)("with the headers %j is refused to visitors", async (headers) => {
    for (const url of ["/-/sign-in", "/-/sign-up", "/-/first-administrator"]) {
      const fields = { name: "Mallory", email: editor.email, password: PASSWORD };
      const { status, body, cookies } = await send("POST", url, headers, fields);
      expect([url, status, cookies]).toEqual([url, 403, []]);
      expect(body).toContain(strings.errors["cross-site-request"].text);
    }
  });

  it.each(foreign)("with the headers %j is refused to people who are signed in", async (headers) => {
    const fields = { title: "Forged", body: "x", name: "Forged" };
    for (const [method, url] of [
      ["POST", "/-/new"],
      ["PUT", "/-/new/draft"],
      ["POST", "/-/new/draft"],
      ["POST", "/-/account/tokens"],
      ["POST", "/-/sign-out"],
    ] as const) {
      expect([url, (await send(method, url, { cookie, ...headers }, fields)).status]).toEqual([url, 403]);
    }
    expect((await wiki.wiki.content.resolveSlug("forged")).kind).toBe("nothing");
    expect(await wiki.wiki.drafts.list(editor.id)).toEqual([]);
    expect(await wiki.wiki.identity.listTokens(editor.id)).toHaveLength(1);
    expect(await wiki.wiki.identity.personOfSession(cookie)).not.toBeNull();
  });

  it.each(own)("with the headers %j is accepted", async (headers) => {
    const signedIn = await send("POST", "/-/sign-in", headers, { email: editor.email, password: PASSWORD });
    expect([signedIn.status, signedIn.cookies]).toEqual([303, ["palimpsest.session_token"]]);
    const created = await send("POST", "/-/new", { cookie, ...headers }, { title: "Written", body: "x" });
    expect([303, 422]).toContain(created.status);
    expect((await wiki.wiki.content.resolveSlug("written")).kind).not.toBe("nothing");
  });

  it("with a bearer token is accepted from any origin", async () => {
    const authorization = `Bearer ${editor.token}`;
    for (const headers of foreign.slice(0, 7)) {
      const { status } = await send("PUT", "/-/new/draft", { ...headers, authorization }, { title: "T" });
      expect(status).not.toBe(403);
    }
  });
});

describe("the API", () => {
  it.each(foreign)("with a session and the headers %j refuses changes", async (headers) => {
    for (const method of ["POST", "PUT", "PATCH", "DELETE"] as const) {
      const { status, body } = await send(method, "/api/pages", { cookie, ...headers });
      expect([status, JSON.parse(body).code]).toEqual([403, "cross-site-request"]);
    }
  });

  it("requires a token or a session", async () => {
    for (const headers of foreign.slice(0, 7)) {
      const json = { ...headers, "content-type": "application/json" };
      const answer = await wiki.ask("POST", "/api/pages", { headers: json, payload: { title: "New" } });
      expect([answer.statusCode, answer.json().code]).toEqual([401, "authentication-required"]);
    }
  });
});

describe("a wiki whose base URL is configured", () => {
  const statusOf = async (server: FastifyInstance, headers: Record<string, string>) =>
    (
      await server.inject({
        ...{ method: "POST", url: "/-/sign-in" },
        headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
        payload: "email=a",
      })
    ).statusCode;

  it("accepts forms of that origin behind a proxy that sends another Host", async () => {
    const other = await openWikiServer("memory", { PALIMPSEST_BASE_URL: "https://wiki.example.org" });
    await other.account("reader");
    const status = (origin: string) => statusOf(other.server, { origin, host: "backend:3000" });
    expect(await status("https://wiki.example.org")).toBe(422);
    for (const origin of ["http://wiki.example.org", "http://backend:3000", "https://evil.example", "null"]) {
      expect([origin, await status(origin)]).toEqual([origin, 403]);
    }
    await other.close();
  });
});

it.each(["/", "/-/sign-in", "/-/account"])(
  "%s sets no cookie and contains no secret of the session",
  async (url) => {
    const pages = await Promise.all([0, 1].map(() => send("GET", url, { cookie })));
    expect(pages[0]).toEqual(pages[1]);
    expect(pages[0]?.cookies).toEqual([]);
  },
);
