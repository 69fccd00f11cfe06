import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { strings } from "../packages/wiki/src/web/strings/strings.ts";
import { type Account, openWikiServer, type WikiServer } from "./fixtures/wiki-server.ts";

let wiki: WikiServer;
let editor: Account;

beforeAll(async () => {
  wiki = await openWikiServer();
  editor = await wiki.account("editor", "Editor One");
  wiki.wiki.views.runner.start();
});
afterAll(() => wiki.close());

describe("an invalid percent-encoding", () => {
  it.each([
    ["/%E0%A4%A", 404, strings.missing.impossible],
    ["/a%20b/%", 404, strings.missing.impossible],
    ["/%ff?q=%zz", 404, strings.missing.impossible],
    ["/-/at/2020-01-01T00%3A00%3A00.000Z/%E0%A4%A", 404, strings.missing.impossible],
    ["/-/at/2020%zz/a", 400, strings.earlier.invalid("2020%zz")],
    ["/-/edit/%zz", 400, "can’t be an address"],
    ["/-/slug/%zz", 400, "can’t be an address"],
  ])("shows a problem screen for %s", async (url, status, words) => {
    const headers = { accept: "text/html" };
    const answer = await wiki.ask("GET", url, { as: editor, headers });
    expect(answer.statusCode).toBe(status);
    expect(answer.headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(answer.headers["content-security-policy"]).toBeDefined();
    expect(answer.body).toContain(words);
    expect(answer.body).toContain("Editor One");
  });

  it("returns a problem document from the API", async () => {
    for (const url of ["/api/pages/%zz", "/api/%E0%A4%A"]) {
      const answer = await wiki.ask("GET", url, { headers: { accept: "text/html" } });
      expect(answer.statusCode).toBe(400);
      expect(answer.headers["content-type"]).toBe("application/problem+json; charset=utf-8");
      expect(answer.json().code).toBe("invalid-request");
    }
  });

  it("differs from an encoded percent sign and from UTF-8", async () => {
    const answer = await wiki.ask("GET", "/caf%C3%A9/100%2525");
    expect(answer.body).toContain(strings.missing.impossible);
    expect((await wiki.ask("GET", "/caf%C3%A9")).body).toContain('<code dir="auto">/café</code>');
  });
});
