import { renderToString } from "preact-render-to-string";
import { expect, test } from "vitest";
import { strings } from "../strings/strings.ts";
import { type SlugHistoryProps, slugHistory } from "./slug-history.tsx";

const page = { id: "id", slug: "a/b", title: "<b>A</b>", archived: false };
const from = "2026-03-03T12:00:00.000Z";
const until = "2026-03-04T12:00:00.000Z";
const holding = { page, from, until, by: "Editor One" };
const history = (holdings: SlugHistoryProps["holdings"], omitted = 0) =>
  renderToString(slugHistory({ slug: "a/b", holdings, omitted }).body);

test("the history of an address lists the pages that had it, the times, and links to the wiki at these times", () => {
  const html = history([{ ...holding, until: null }]);
  expect(html).toContain('<a class="title" href="/a/b"><bdi>&lt;b>A&lt;/b></bdi></a>');
  expect(html).toMatch(/3 March 2026, 12:00 UTC<\/time> – now/);
  expect(html).toContain("Assigned by <bdi>Editor One");
  expect(html).toContain('href="/-/at/2026-03-03T12:00:00.000Z/a/b"');
});

test("a page that has moved is listed with its current address, an archived page links by its id", () => {
  expect(history([{ ...holding, page: { ...page, slug: "c" } }])).toContain("now at <bdi>/c</bdi>");
  const html = history([{ ...holding, page: { ...page, archived: true } }]);
  expect(html).toContain('<a class="title" href="/-/page/id">');
  expect(html).toContain(strings.slugs.archived);
});

test("the history of an address says that no page has or had it, and how many entries are not shown", () => {
  const free = history([{ ...holding, page: null, until: null }]);
  expect(free).toContain("No page has this address now.");
  expect(free).toContain("Released by <bdi>Editor One");
  expect(history([])).toContain("No page has had this address.");
  expect(history([holding], 1_200)).toContain(strings.slugs.notShown(1_200));
});
