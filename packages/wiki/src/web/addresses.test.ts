import fc from "fast-check";
import { expect, test } from "vitest";
import { addresses } from "./addresses.ts";

test("a slug keeps its segments, and whatever else is in it is encoded", () => {
  expect(addresses.page("handbook/on-call")).toBe("/handbook/on-call");
  expect(addresses.editPage("a b/ü?#%")).toBe("/-/edit/a%20b/%C3%BC%3F%23%25");
  expect(addresses.newPage("a/b&c")).toBe("/-/new?slug=a%2Fb%26c");
  expect(addresses.newPage()).toBe("/-/new");
});

test("a part of a list says where it begins, and a search what for", () => {
  expect(addresses.search()).toBe("/-/search");
  expect(addresses.search("c++ & more")).toBe("/-/search?q=c%2B%2B%20%26%20more");
  expect(addresses.search("a", "20")).toBe("/-/search?q=a&cursor=20");
  expect(addresses.changes({}, "17")).toBe("/-/changes?before=17");
  expect(addresses.backlinks("a b/c")).toBe("/-/links/a%20b/c");
  expect(addresses.backlinks("a", "50")).toBe("/-/links/a?cursor=50");
});

test("every slug leads back to itself and never out of the wiki", () => {
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

test("half of a surrogate pair is no reason to fail", () => {
  expect(addresses.page("a\ud83d")).toBe("/a%EF%BF%BD");
});
