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

test("shows number, date and person of a version, with links to the adjacent versions", () => {
  const html = version({});
  expect(pageVersion(props).title).toBe("<b>A</b>, version 2");
  expect(html).toMatch(/Version 2 of 3, saved <time[^>]*>3 March 2026, 12:00 UTC<\/time> by <bdi>Editor One/);
  expect(html).toContain('href="/-/page/id?version=1" rel="prev"');
  expect(html).toContain('href="/-/page/id?version=3" rel="next"');
  expect(html).toContain('href="/-/page/id/diff?from=2&amp;to=3"');
  expect(html).toContain('href="/-/at/2026-03-03T12:00:00.000Z/a/b"');
});

test("has no link before the first or after the last version", () => {
  expect(version({ version: 1 })).not.toContain('rel="prev"');
  expect(version({ version: 3 })).not.toContain('rel="next"');
  expect(version({ version: 3 })).not.toContain(strings.common.seeChangesSince);
});

test("links to home at the date of a version that archived the page", () => {
  const html = version({ archived: true });
  expect(html).toContain(strings.pageVersion.archivedIt);
  expect(html).toContain('href="/-/at/2026-03-03T12:00:00.000Z/"');
});

test("says that a version is empty", () => {
  expect(version({ html: "" })).toContain(strings.common.emptyVersion);
});
