import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { csrfToken, csrfValid, isCrossSite, newCsrfCookieValue, sameText } from "./csrf.ts";

const secret = "a secret of the tests, long enough";

describe("the token of a form", () => {
  test("is valid for its browser and secret alone, and never the same twice", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (cookie, other) => {
        const token = csrfToken(cookie, secret);
        expect(csrfValid(token, cookie, secret)).toBe(true);
        expect(csrfToken(cookie, secret)).not.toBe(token);
        expect(csrfValid(token, other, secret)).toBe(cookie === other);
        expect(csrfValid(token, cookie, `${secret}!`)).toBe(false);
      }),
    );
  });

  test("is not valid once anything of it changed", () => {
    const cookie = newCsrfCookieValue();
    const token = csrfToken(cookie, secret);
    fc.assert(
      fc.property(fc.nat({ max: token.length - 1 }), fc.string({ maxLength: 3 }), (at, text) => {
        const changed = token.slice(0, at) + text + token.slice(at + 1);
        expect(csrfValid(changed, cookie, secret)).toBe(changed === token);
      }),
    );
  });

  test("hostile texts are not valid", () => {
    const cookie = newCsrfCookieValue();
    const token = csrfToken(cookie, secret);
    for (const text of [
      undefined,
      "",
      ".",
      "..",
      token.slice(16),
      `.${token}`,
      `${token}.`,
      "x".repeat(1_000_000),
    ])
      expect(csrfValid(text, cookie, secret)).toBe(false);
    expect(csrfValid(token, undefined, secret)).toBe(false);
    expect(csrfValid(csrfToken("", secret), "", secret)).toBe(false);
  });

  test("cookie values are long, and fit for a cookie", () => {
    expect(newCsrfCookieValue()).toMatch(/^[\w-]{32}$/);
    expect(newCsrfCookieValue()).not.toBe(newCsrfCookieValue());
  });
});

describe("a request from another site", () => {
  const host = "wiki.example.org";
  test.each([
    [{ "sec-fetch-site": "same-origin" }, false],
    [{ "sec-fetch-site": "none" }, false],
    [{ "sec-fetch-site": "same-site" }, true],
    [{ "sec-fetch-site": "cross-site" }, true],
    [{ "sec-fetch-site": "anything" }, true],
    [{ "sec-fetch-site": "cross-site", origin: "https://wiki.example.org" }, true],
    [{ "sec-fetch-site": "same-origin", origin: "null" }, false],
    [{ origin: "https://wiki.example.org" }, false],
    [{ origin: "http://WIKI.example.org:80" }, false],
    [{ origin: "https://wiki.example.org:8443" }, true],
    [{ origin: "https://wiki.example.org.evil.example" }, true],
    [{ origin: "https://evil.example" }, true],
    [{ origin: "null" }, true],
    [{ origin: "" }, true],
    [{ origin: "wiki.example.org" }, true],
    [{}, false],
  ])("%j: %j", (headers: Record<string, string>, expected) => {
    expect(isCrossSite(new Headers(headers), host)).toBe(expected);
  });

  test("ports count", () => {
    expect(isCrossSite(new Headers({ origin: "http://localhost:3000" }), "localhost:3000")).toBe(false);
    expect(isCrossSite(new Headers({ origin: "http://localhost:3001" }), "localhost:3000")).toBe(true);
    expect(isCrossSite(new Headers({ origin: "https://a.example" }), "a.example:443")).toBe(false);
    expect(isCrossSite(new Headers({ origin: "https://a.example" }), "")).toBe(true);
  });
});

test("texts are the same or not", () => {
  fc.assert(fc.property(fc.string(), fc.string(), (a, b) => sameText(a, b) === (a === b) && sameText(a, a)));
});
