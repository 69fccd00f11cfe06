// Refused requests. The rules themselves are proved by the tests of the schemas, slugs, titles and limits.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Account, openWikiServer, type WikiServer } from "./fixtures/wiki-server.ts";

let wiki: WikiServer;
let editor: Account;

beforeAll(async () => {
  wiki = await openWikiServer();
  editor = await wiki.account("editor");
  await wiki.ask("POST", "/api/pages", { as: editor, payload: { title: "Page" } });
});
afterAll(async () => {
  // Refused requests stored nothing.
  expect(await wiki.wiki.content.position()).toBe(3);
  await wiki.close();
});

type Answer = Awaited<ReturnType<WikiServer["ask"]>>;

function expectProblem(answer: Answer, status: number, code: string, detail?: RegExp | string): void {
  expect([answer.statusCode, answer.json().code]).toEqual([status, code]);
  expect(answer.headers["content-type"]).toBe("application/problem+json; charset=utf-8");
  const { type, title, detail: found } = answer.json();
  expect(type).toBe("about:blank");
  expect(title).not.toBe("");
  if (detail !== undefined) expect(found).toMatch(detail);
  expect(answer.body).not.toMatch(/node_modules|\bat \w+ \(|\.ts:/);
}

const post = (payload: Record<string, unknown> | string, headers: Record<string, string> = {}) =>
  wiki.ask("POST", "/api/pages", { as: editor, payload, headers });

describe("a request to create a page", () => {
  it.each([
    ["malformed JSON", "{", "malformed-body"],
    ["text after the JSON", '{"title":"x"} x', "malformed-body"],
    ["an empty body", "", "malformed-body"],
    ["a prototype", '{"title":"x","__proto__":{"admin":true}}', "malformed-body"],
    ["a constructor", '{"title":"x","constructor":{"prototype":{}}}', "malformed-body"],
    ["null", "null", "invalid-request"],
    ["a list", "[]", "invalid-request"],
    ["an unknown field", '{"title":"x","createdBy":"me"}', "invalid-request"],
    ["a wrong type", '{"title":1}', "invalid-request"],
  ])("is refused with %s", async (_, payload, code) => {
    expectProblem(await post(payload), 400, code);
  });

  it("is refused with another content type than JSON", async () => {
    for (const type of [
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=x",
    ]) {
      expectProblem(await post('{"title":"x"}', { "content-type": type }), 415, "unsupported-media-type");
    }
  });

  it("is refused in another encoding than UTF-8", async () => {
    const headers = { authorization: `Bearer ${editor.token}`, "content-type": "application/json" };
    for (const encoding of ["latin1", "utf16le"] as const) {
      const payload = Buffer.from('{"title":"x","body":"café"}', encoding);
      const answer = await wiki.server.inject({ method: "POST", url: "/api/pages", headers, payload });
      expectProblem(answer, 400, "malformed-body");
    }
  });

  it("is refused with a title that is empty or too long, with the reason", async () => {
    expectProblem(await post({ title: "x".repeat(100 * 1024) }), 400, "invalid-title", /102400.*1 to 500/);
    expect((await post({ title: "" })).json().why).toBe("is empty");
  });

  it("is refused with a summary of more than 500 characters", async () => {
    expectProblem(await post({ title: "x", summary: "x".repeat(501) }), 413, "limit-exceeded", /501.*500/);
  });

  it("is refused with a body of more than 10 MB", async () => {
    const answer = await post({ title: "x", body: "é".repeat(5 * 1024 * 1024 + 1) });
    expectProblem(answer, 413, "limit-exceeded", "10485762 bytes of body: at most 10485760");
  });

  it("is refused with more than 64 MB", async () => {
    expectProblem(await post({ title: "x", body: "x".repeat(64 * 1024 * 1024) }), 413, "body-too-large");
  });

  it("is refused to a stranger with more than 64 KB, before it is read", async () => {
    const payload = { title: "x", body: "x".repeat(64 * 1024) };
    expectProblem(await wiki.ask("POST", "/api/pages", { payload }), 401, "authentication-required");
  });

  it("is refused with an empty or long Idempotency-Key", async () => {
    for (const key of ["", "k".repeat(201)]) {
      const answer = await post({ title: "x" }, { "idempotency-key": key });
      expectProblem(answer, 400, "invalid-request", "idempotency-key");
    }
  });
});

describe("an invalid slug", () => {
  it("is refused in a body, with its value", async () => {
    for (const slug of ["", "a//b", "../../etc/passwd", "\ud83d", "API/pages"]) {
      const answer = await post({ title: "x", slug });
      expectProblem(answer, 400, "invalid-slug", "is not a valid slug");
      expect(answer.json().value).toBe(slug);
    }
  });

  it("is refused in a URL", async () => {
    for (const slug of ["a//b", "../../etc/passwd", "a\0b", "API/pages"]) {
      const address = `/api/pages/${encodeURIComponent(slug)}`;
      expectProblem(await wiki.ask("GET", address), 400, "invalid-slug");
      const payload = { title: "x" };
      expectProblem(await wiki.ask("PATCH", address, { as: editor, payload }), 400, "invalid-slug");
    }
  });

  it("is refused if the URL cannot be decoded", async () => {
    for (const segment of ["%zz", "%", "%ff", "a%C3"]) {
      for (const address of [`/api/pages/${segment}`, `/api/pages/by-id/${segment}`]) {
        expectProblem(await wiki.ask("GET", address), 400, "invalid-request");
      }
    }
  });
});

describe("a query", () => {
  it.each([
    "/api/pages?limit=201",
    "/api/pages?limit=1&limit=2",
    "/api/pages?after=",
    "/api/pages?colour=red",
    "/api/pages?__proto__=1",
    "/api/pages/page?at=x&colour=red",
  ])("is refused if it is %s, and the parameter is named", async (address) => {
    const names = [...new URLSearchParams(address.slice(address.indexOf("?"))).keys()];
    expectProblem(
      await wiki.ask("GET", address),
      400,
      "invalid-request",
      new RegExp(`^(${names.join("|")})( is .+)?: |^the query: Unrecognized key.*"(${names.join("|")})"`),
    );
  });

  it("is refused with the value and the reason", async () => {
    const answer = await wiki.ask("GET", "/api/pages?limit=abc");
    expectProblem(answer, 400, "invalid-request", /^limit is "abc": /);
  });
});

it("an unknown address of the API is a problem document with a short message", async () => {
  for (const [method, address] of [
    ["GET", "/api"],
    ["GET", "/api/"],
    ["GET", "/api/nothing"],
    ["GET", "/api/pages/by-id/x/y"],
    ["GET", `/api/pages/${"x".repeat(5_000)}`],
    ["PUT", "/api/pages/page"],
  ] as const) {
    const answer = await wiki.ask(method, address);
    expectProblem(answer, 404, "not-found", `No route has the address ${method}`);
    expect(answer.json().detail.length).toBeLessThan(300);
  }
});

it("every response has the security headers", async () => {
  for (const address of ["/api/pages", "/api/pages/none", "/api/nothing", "/healthz", "/readyz"]) {
    const { headers } = await wiki.ask("GET", address);
    expect(headers["content-security-policy"]).toContain("default-src 'none'");
    expect(headers).toMatchObject({ "x-content-type-options": "nosniff", "x-frame-options": "DENY" });
  }
});

it("the health checks return a short JSON document", async () => {
  expect((await wiki.ask("GET", "/healthz")).json()).toEqual({ status: "ok" });
  expect((await wiki.ask("GET", "/readyz")).json()).toEqual({ status: "ready" });
});

it("a server with a closed database is healthy, not ready, and responds with problem documents", async () => {
  const closed = await openWikiServer("SQLite");
  await closed.account("reader");
  await closed.wiki.content.close();
  expect((await closed.ask("GET", "/healthz")).statusCode).toBe(200);
  for (const address of ["/readyz", "/api/pages", "/api/pages/page"]) {
    expectProblem(await closed.ask("GET", address), 503, "recorder-closed");
  }
  await closed.close();
});
