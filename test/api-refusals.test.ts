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
  // Nothing of what was refused here was stored.
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

describe("a request to create", () => {
  it.each([
    ["malformed JSON", "{", "malformed-body"],
    ["JSON with more behind it", '{"title":"x"} x', "malformed-body"],
    ["an empty body", "", "malformed-body"],
    ["a prototype", '{"title":"x","__proto__":{"admin":true}}', "malformed-body"],
    ["a constructor", '{"title":"x","constructor":{"prototype":{}}}', "malformed-body"],
    ["null", "null", "invalid-request"],
    ["a list", "[]", "invalid-request"],
    ["a text", '"title"', "invalid-request"],
    ["no title", "{}", "invalid-request"],
    ["a title that is no text", '{"title":1}', "invalid-request"],
    ["a body that is no text", '{"title":"x","body":null}', "invalid-request"],
    ["an unknown field", '{"title":"x","colour":"red"}', "invalid-request"],
    ["a field that is the wiki's own", '{"title":"x","createdBy":"me"}', "invalid-request"],
    ["an empty title", '{"title":" "}', "invalid-title"],
    ["a line break in the title", '{"title":"a\\nb"}', "invalid-title"],
  ])("with %s is refused", async (_, payload, code) => {
    expectProblem(await post(payload), 400, code);
  });

  it("names the field that is wrong or unknown", async () => {
    expectProblem(await post({ title: "x", colour: "red" }), 400, "invalid-request", "colour");
    expectProblem(await post({ title: 1 }), 400, "invalid-request", "title");
  });

  it.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/xml",
  ])("of the type %s is refused", async (type) => {
    expectProblem(await post('{"title":"x"}', { "content-type": type }), 415, "unsupported-media-type");
  });

  it("in another encoding than UTF-8 is refused, not stored as something else", async () => {
    const headers = { authorization: `Bearer ${editor.token}`, "content-type": "application/json" };
    for (const encoding of ["latin1", "utf16le"] as const) {
      const payload = Buffer.from('{"title":"x","body":"café"}', encoding);
      const answer = await wiki.server.inject({ method: "POST", url: "/api/pages", headers, payload });
      expectProblem(answer, 400, "malformed-body");
    }
  });

  it("with a title of 100 KB is refused", async () => {
    expectProblem(await post({ title: "x".repeat(100 * 1024) }), 400, "invalid-title", /102400.*1 to 500/);
    expect((await post({ title: "" })).json().why).toBe("is empty");
  });

  it("with a summary of over 500 characters is refused", async () => {
    expectProblem(await post({ title: "x", summary: "x".repeat(501) }), 413, "limit-exceeded", /501.*500/);
  });

  it("with a body over 10 MB is refused", async () => {
    const answer = await post({ title: "x", body: "é".repeat(5 * 1024 * 1024 + 1) });
    expectProblem(answer, 413, "limit-exceeded", "10485762 bytes of body: at most 10485760");
  });

  it("of 50 MB is refused", async () => {
    expectProblem(await post({ title: "x", body: "x".repeat(50 * 1024 * 1024) }), 413, "limit-exceeded");
  });

  it("of over 64 MB is refused", async () => {
    expectProblem(await post({ title: "x", body: "x".repeat(64 * 1024 * 1024) }), 413, "body-too-large");
  });

  it("of a stranger, over 64 KB, is refused before it is read", async () => {
    const payload = { title: "x", body: "x".repeat(64 * 1024) };
    expectProblem(await wiki.ask("POST", "/api/pages", { payload }), 401, "authentication-required", "65536");
  });

  it("with an Idempotency-Key that is empty or too long is refused", async () => {
    for (const key of ["", "k".repeat(201)]) {
      expectProblem(
        await post({ title: "x" }, { "idempotency-key": key }),
        400,
        "invalid-request",
        "idempotency-key",
      );
    }
  });
});

describe("a hostile slug", () => {
  const slugs = [
    "",
    " ",
    "a b",
    "a\0b",
    "a\u202eb",
    "\ud83d",
    "a//b",
    "/a",
    "a/",
    ".",
    "..",
    "../../etc/passwd",
    "a/./b",
    "a\\b",
    "a?b",
    "a#b",
    "a%2fb",
    "-",
    "-/edit",
    "API/pages",
    "healthz",
    ".well-known/x",
    "robots.txt",
    "x".repeat(201),
    "é".repeat(101),
  ];

  it.each(slugs)("%j is refused in a body", async (slug) => {
    const answer = await post({ title: "x", slug });
    expectProblem(answer, 400, "invalid-slug", "is not a valid slug");
    expect(answer.json().value).toBe(slug);
  });

  // An address cannot hold an empty segment's slug or half of a surrogate pair.
  it.each(slugs.filter((slug) => slug !== "" && slug !== "\ud83d" && slug !== "." && slug !== ".."))(
    "%j is refused in an address",
    async (slug) => {
      const address = `/api/pages/${encodeURIComponent(slug)}`;
      expectProblem(await wiki.ask("GET", address), 400, "invalid-slug");
      const payload = { title: "x" };
      expectProblem(await wiki.ask("PATCH", address, { as: editor, payload }), 400, "invalid-slug");
    },
  );

  it.each(["%zz", "%", "%ff", "a%C3"])(
    "an address that cannot be decoded, %s, is refused",
    async (segment) => {
      for (const address of [`/api/pages/${segment}`, `/api/pages/by-id/${segment}`]) {
        expectProblem(await wiki.ask("GET", address), 400, "invalid-request");
      }
    },
  );
});

describe("a query", () => {
  it.each([
    "/api/pages?limit=201",
    "/api/pages?limit=-1",
    "/api/pages?limit=1.5",
    "/api/pages?limit=many",
    "/api/pages?limit=1&limit=2",
    "/api/pages?limit=0x10",
    "/api/pages?limit=1e1",
    "/api/pages?limit=%201",
    "/api/pages?limit=",
    "/api/pages?gt=",
    "/api/pages?lte=",
    "/api/pages?after=",
    "/api/pages?at=",
    "/api/pages?desc=",
    "/api/pages/page?version=",
    "/api/search?cursor=",
    "/api/changes?before=",
    "/api/notifications?start=",
    "/api/pages?gt=-1",
    "/api/pages?lte=99999999999999999999",
    "/api/pages?desc=yes",
    "/api/pages?after=x",
    "/api/pages?colour=red",
    "/api/pages?__proto__=1",
    "/api/pages/page?version=0",
    "/api/pages/page?version=x",
    "/api/pages/page?at=x&colour=red",
    "/api/pages/page?limit=1",
  ])("rejects %s and names the parameter", async (address) => {
    const names = [...new URLSearchParams(address.slice(address.indexOf("?"))).keys()];
    const answer = await wiki.ask("GET", address);
    expectProblem(
      answer,
      400,
      "invalid-request",
      new RegExp(`^(${names.join("|")})( is .+)?: |^the query: Unrecognized key.*"(${names.join("|")})"`),
    );
  });

  it("is rejected with its value and the reason", async () => {
    const answer = await wiki.ask("GET", "/api/pages?limit=abc");
    expectProblem(answer, 400, "invalid-request", /^limit is "abc": /);
  });
});

describe("an address of the API that is not there", () => {
  it.each([
    ["GET", "/api"],
    ["GET", "/api/"],
    ["GET", "/api/nothing"],
    ["GET", "/api/pages/a/b"],
    ["GET", "/api/pages/by-id/x/y"],
    ["GET", `/api/pages/${"x".repeat(5_000)}`],
    ["DELETE", "/api/pages"],
    ["PUT", "/api/pages/page"],
    ["POST", "/api/notifications"],
  ] as const)("%s %s is a problem too", async (method, address) => {
    const answer = await wiki.ask(method, address);
    expectProblem(answer, 404, "not-found", `No route has the address ${method}`);
    expect(answer.json().detail.length).toBeLessThan(300);
  });
});

describe("every answer", () => {
  it("has the security headers, an error's too", async () => {
    for (const address of ["/api/pages", "/api/pages/none", "/api/nothing", "/healthz", "/readyz"]) {
      const { headers } = await wiki.ask("GET", address);
      expect(headers["content-security-policy"]).toContain("default-src 'none'");
      expect(headers).toMatchObject({ "x-content-type-options": "nosniff", "x-frame-options": "DENY" });
    }
  });

  it("of the health of the server is short", async () => {
    expect((await wiki.ask("GET", "/healthz")).json()).toEqual({ status: "ok" });
    expect((await wiki.ask("GET", "/readyz")).json()).toEqual({ status: "ready" });
  });
});

describe("a server whose database cannot be asked", () => {
  it("is healthy and not ready, and answers with problems", async () => {
    const closed = await openWikiServer("SQLite");
    await closed.wiki.content.close();
    expect((await closed.ask("GET", "/healthz")).statusCode).toBe(200);
    for (const address of ["/readyz", "/api/pages", "/api/pages/page"]) {
      expectProblem(await closed.ask("GET", address), 503, "recorder-closed");
    }
    await closed.close();
  });
});
