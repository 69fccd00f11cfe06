import { renderToString } from "preact-render-to-string";
import { expect, test } from "vitest";
import { strings } from "../strings/strings.ts";
import { type PageVersionProps, pageVersion } from "./version.tsx";

const props: PageVersionProps = {
  id: "id",
  slug: "a/b",
  title: "<b>A</b>",
  archived: false,
  version: 2,
  latest: 3,
  at: "2026-03-03T12:00:00.000Z",
  by: "Editor One",
  html: "<p>Text</p>",
};
const version = (changed: Partial<PageVersionProps>) =>
  renderToString(pageVersion({ ...props, ...changed }).body);

test("a version says which it is, when and by whom, and what is around it", () => {
  const html = version({});
  expect(pageVersion(props).title).toBe("<b>A</b>, version 2");
  expect(html).toMatch(/Version 2 of 3, saved <time[^>]*>3 March 2026, 12:00 UTC<\/time> by <bdi>Editor One/);
  expect(html).toContain('href="/-/page/id?version=1" rel="prev"');
  expect(html).toContain('href="/-/page/id?version=3" rel="next"');
  expect(html).toContain('href="/-/page/id/diff?from=2&amp;to=3"');
  expect(html).toContain('href="/-/at/2026-03-03T12:00:00.000Z/a/b"');
});

test("the first has none before it, and the last none after", () => {
  expect(version({ version: 1 })).not.toContain('rel="prev"');
  expect(version({ version: 3 })).not.toContain('rel="next"');
  expect(version({ version: 3 })).not.toContain(strings.common.seeChangesSince);
});

test("that archived the page leads to the wiki of then, where it has no address", () => {
  const html = version({ archived: true });
  expect(html).toContain(strings.pageVersion.archivedIt);
  expect(html).toContain('href="/-/at/2026-03-03T12:00:00.000Z/"');
});

test("without a text says so", () => {
  expect(version({ html: "" })).toContain(strings.common.emptyVersion);
});
