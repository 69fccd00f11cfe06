import { afterEach, describe, expect, it } from "vitest";
import { openWikiServer, type WikiServer } from "./fixtures/wiki-server.ts";

let wiki: WikiServer | undefined;
afterEach(() => wiki?.close());

describe("robots.txt", () => {
  it.each([
    ["public", "User-agent: *\nDisallow: /api/\nDisallow: /-/\nAllow: /-/assets/\nAllow: /-/pages\n"],
    ["members", "User-agent: *\nDisallow: /\n"],
  ])("of a wiki with reading %s tells crawlers what to read", async (reading, text) => {
    wiki = await openWikiServer("memory", { PALIMPSEST_READING: reading });
    const answer = await wiki.ask("GET", "/robots.txt");
    expect([answer.statusCode, answer.body]).toEqual([200, text]);
    expect(answer.headers["content-type"]).toBe("text/plain; charset=utf-8");
  });
});

describe("favicon.ico", () => {
  it("is an icon that browsers cache for a day", async () => {
    wiki = await openWikiServer();
    const answer = await wiki.ask("GET", "/favicon.ico");
    expect(answer.statusCode).toBe(200);
    expect(answer.headers["content-type"]).toMatch(/^image\/(vnd\.microsoft\.icon|x-icon)/);
    expect(answer.headers["cache-control"]).toBe("public, max-age=86400");
    // The format, and three images.
    expect([...answer.rawPayload.subarray(0, 6)]).toEqual([0, 0, 1, 0, 3, 0]);
  });
});
