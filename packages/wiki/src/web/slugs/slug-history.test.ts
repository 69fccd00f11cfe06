import { renderToString } from "preact-render-to-string";
import { expect, test } from "vitest";
import { type SlugHistoryProps, slugHistory } from "./slug-history.tsx";

const page = { id: "id", slug: "a/b", title: "<b>A</b>", archived: false };
const from = "2026-03-03T12:00:00.000Z";
const until = "2026-03-04T12:00:00.000Z";
const holding = { page, from, until, by: "Editor One" };
const history = (holdings: SlugHistoryProps["holdings"], leftOut = 0) =>
  renderToString(slugHistory({ slug: "a/b", holdings, leftOut }).body);

test("an address says who had it and when, with the way to it then", () => {
  const html = history([{ ...holding, until: null }]);
  expect(html).toContain("A page has it now");
  expect(html).toContain('<a class="title" href="/a/b"><bdi>&lt;b>A&lt;/b></bdi></a>');
  expect(html).toMatch(/3 March 2026, 12:00 UTC<\/time> – now/);
  expect(html).toContain("Taken by <bdi>Editor One");
  expect(html).toContain('href="/-/at/2026-03-03T12:00:00.000Z/a/b"');
});

test("a page that moved on is named with its address of now, an archived one is found by its id", () => {
  expect(history([{ ...holding, page: { ...page, slug: "c" } }])).toContain("now at <bdi>/c</bdi>");
  const html = history([{ ...holding, page: { ...page, archived: true } }]);
  expect(html).toContain('<a class="title" href="/-/page/id">');
  expect(html).toContain("archived since");
});

test("that is free, or was never anybody's, or has a long history, says so", () => {
  const free = history([{ ...holding, page: null, until: null }]);
  expect(free).toContain("It is free now");
  expect(free).toContain("Released by <bdi>Editor One");
  expect(history([])).toContain("No page ever had it.");
  expect(history([holding], 1_200)).toContain("1,200 earlier changes are not shown.");
});
