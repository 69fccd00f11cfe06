import { renderToString } from "preact-render-to-string";
import { expect, test } from "vitest";
import { type ArchivedPagesProps, archivedPages } from "./archived-pages.tsx";

const page = { id: "id", slug: "a/b", title: "<b>A</b>", at: "2026-03-03T12:00:00.000Z", by: "Editor One" };
const list = (props: Partial<ArchivedPagesProps>) =>
  renderToString(archivedPages({ pages: [], next: null, ...props }).body);

test("archived pages are found by their ids, with who archived them and when", () => {
  const html = list({ pages: [page], next: "/-/archived?cursor=50" });
  expect(html).toContain('<a class="title" href="/-/page/id"><bdi>&lt;b>A&lt;/b></bdi></a>');
  expect(html).toMatch(/>3 March 2026<\/time> by <bdi>Editor One/);
  expect(html).toContain('href="/-/archived?cursor=50" rel="next"');
});

test("none, or no more of them, is said", () => {
  expect(list({})).toContain("No page is archived.");
  expect(list({ continued: true })).toContain('There are no more. <a href="/-/archived">');
});
