import fc from "fast-check";
import { expect, test } from "vitest";
import { addresses } from "./addresses.ts";

test("encodes slugs but keeps their segments", () => {
  expect(addresses.page("handbook/on-call")).toBe("/handbook/on-call");
  expect(addresses.editPage("a b/ü?#%")).toBe("/-/edit/a%20b/%C3%BC%3F%23%25");
  expect(addresses.newPage("a/b&c")).toBe("/-/new?slug=a%2Fb%26c");
  expect(addresses.newPage()).toBe("/-/new");
});

test("adds positions and queries to addresses", () => {
  expect(addresses.search()).toBe("/-/search");
  expect(addresses.search("c++ & more")).toBe("/-/search?q=c%2B%2B%20%26%20more");
  expect(addresses.search("a", "20")).toBe("/-/search?q=a&cursor=20");
  expect(addresses.changes({}, "17")).toBe("/-/changes?before=17");
  expect(addresses.backlinks("a b/c")).toBe("/-/links/a%20b/c");
  expect(addresses.backlinks("a", "50")).toBe("/-/links/a?cursor=50");
});

test("round-trips every slug and never leads out of the wiki", () => {
  const segment = fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => !/^\.{1,2}$|\//.test(text));
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1 }), (segments) => {
      const url = new URL(addresses.page(segments.join("/")), "http://wiki.test");
      expect(url.host).toBe("wiki.test");
      expect(url.search + url.hash).toBe("");
      expect(url.pathname.slice(1).split("/").map(decodeURIComponent)).toEqual(segments);
    }),
  );
});

test("encodes a lone surrogate", () => {
  expect(addresses.page("a\ud83d")).toBe("/a%EF%BF%BD");
});
