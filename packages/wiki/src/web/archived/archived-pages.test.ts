import { renderToString } from "preact-render-to-string";
import { expect, test } from "vitest";
import { type ArchivedPagesProps, archivedPages } from "./archived-pages.tsx";

const page = { id: "id", slug: "a/b", title: "<b>A</b>", at: "2026-03-03T12:00:00.000Z", by: "Editor One" };
const list = (props: Partial<ArchivedPagesProps>) =>
  renderToString(archivedPages({ pages: [], next: null, ...props }).body);

test("the list of archived pages links to each page by its id, with the date and the person", () => {
  const html = list({ pages: [page], next: "/-/archived?cursor=50" });
  expect(html).toContain('<a class="title" href="/-/page/id"><bdi>&lt;b>A&lt;/b></bdi></a>');
  expect(html).toMatch(/>3 March 2026<\/time> by <bdi>Editor One/);
  expect(html).toContain('href="/-/archived?cursor=50" rel="next"');
});

test("the list of archived pages says that no page is archived, or that no further pages follow", () => {
  expect(list({})).toContain('<a href="/-/pages">');
  expect(list({ continued: true })).toContain('<a href="/-/archived">');
});
