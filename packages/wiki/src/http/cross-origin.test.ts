import { describe, expect, test } from "vitest";
import { senderOf } from "./cross-origin.ts";

const host = "wiki.example.org";

describe("the sender of a request", () => {
  test.each([
    ["same-origin", { "sec-fetch-site": "same-origin" }],
    ["same-origin", { "sec-fetch-site": "none" }],
    ["same-origin", { "sec-fetch-site": "same-origin", origin: "null" }],
    ["cross-origin", { "sec-fetch-site": "same-site" }],
    ["cross-origin", { "sec-fetch-site": "cross-site" }],
    ["cross-origin", { "sec-fetch-site": "cross-site", origin: "https://wiki.example.org" }],
    ["cross-origin", { "sec-fetch-site": "anything" }],
    ["cross-origin", { "sec-fetch-site": "same-origin, same-origin" }],
    ["cross-origin", { "sec-fetch-site": "" }],
    ["unknown", {}],
    ["unknown", { referer: "https://wiki.example.org/" }],
  ])("is %s by %j", (sender, headers: Record<string, string>) => {
    expect(senderOf(headers, host)).toBe(sender);
  });

  test.each([
    ["same-origin", "https://wiki.example.org", host],
    ["same-origin", "http://wiki.example.org", "WIKI.Example.org"],
    ["same-origin", "https://wiki.example.org", "wiki.example.org:443"],
    ["same-origin", "http://wiki.example.org", "wiki.example.org:80"],
    ["same-origin", "http://wiki:3000", "wiki:3000"],
    ["same-origin", "http://[::1]:3000", "[::1]:3000"],
    ["cross-origin", "http://wiki:3001", "wiki:3000"],
    ["cross-origin", "https://wiki.example.org:8443", host],
    ["cross-origin", "https://wiki.example.org.evil.example", host],
    ["cross-origin", "https://other.wiki.example.org", host],
    ["cross-origin", "https://example.org", host],
    ["cross-origin", "https://evil.example", host],
    ["cross-origin", "null", host],
    ["cross-origin", "", host],
    ["cross-origin", "wiki.example.org", host],
    ["cross-origin", "https://wiki.example.org", ""],
  ])("is %s by Origin %j and Host %j", (sender, origin, host) => {
    expect(senderOf({ origin }, host)).toBe(sender);
  });

  test.each([
    ["same-origin", "https://wiki.example.org", "https://wiki.example.org"],
    ["same-origin", "http://wiki.example.org", "http://wiki.example.org"],
    ["same-origin", "https://backend:3000", "https://wiki.example.org"],
    ["same-origin", "http://backend:3000", "http://wiki.example.org"],
    ["cross-origin", "http://wiki.example.org", "https://wiki.example.org"],
    ["cross-origin", "http://backend:3000", "https://wiki.example.org"],
    ["cross-origin", "https://wiki.example.org:8443", "https://wiki.example.org"],
    ["cross-origin", "https://evil.example", "https://wiki.example.org"],
    ["cross-origin", "null", "https://wiki.example.org"],
  ])(
    "is %s by Origin %j if the base URL is %j and the proxy sends another Host",
    (sender, origin, baseUrl) => {
      expect(senderOf({ origin }, "backend:3000", baseUrl)).toBe(sender);
    },
  );
});
