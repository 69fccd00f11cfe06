import fc from "fast-check";
import { expect, test } from "vitest";
import { addresses } from "./addresses.ts";

test("a slug keeps its segments, and whatever else is in it is encoded", () => {
  expect(addresses.page("handbook/on-call")).toBe("/handbook/on-call");
  expect(addresses.editPage("a b/ü?#%")).toBe("/-/edit/a%20b/%C3%BC%3F%23%25");
  expect(addresses.newPage("a/b&c")).toBe("/-/new?slug=a%2Fb%26c");
  expect(addresses.newPage()).toBe("/-/new");
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
