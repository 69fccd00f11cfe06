import { renderToString } from "preact-render-to-string";
import { expect, test } from "vitest";
import { strings } from "../strings/strings.ts";
import { draftText } from "./draft-text.tsx";
import { draftsScreen } from "./drafts.tsx";

const savedAt = "2026-03-03T14:03:20.000Z";
const page = { id: "id", slug: "a/b", archived: false, baseVersion: 3, version: 3 };
const row = { title: "On-call", savedAt, id: "typed", draft: { id: "form" } };
const list = (drafts: Parameters<typeof draftsScreen>[0]["drafts"]) =>
  renderToString(draftsScreen({ drafts }).body);

test("links each draft to its form, and can delete it", () => {
  const html = list([
    { ...row, page },
    { ...row, title: " ", id: "", page: null },
  ]);
  expect(html).toContain('href="/-/edit/a/b?draft=typed"');
  expect(html).toContain('href="/-/new?draft="');
  expect(html).toContain(strings.common.untitled);
  expect(html).toContain('datetime="2026-03-03T14:03:20.000Z"');
  expect(html).toMatch(/name="page" value="id"[\s\S]*aria-label="Delete draft On-call"/);
  expect(html).toMatch(/name="page" value=""|name="page" value/);
});

test("mentions newer versions and archived pages", () => {
  const html = list([{ ...row, page: { ...page, version: 5 } }]);
  expect(html).toContain(strings.drafts.fromOlder(3, 5));
  expect(html).toContain('href="/-/page/id/diff?from=3&amp;to=5"');
  const archived = list([{ ...row, page: { ...page, archived: true } }]);
  expect(archived).toContain('href="/-/page/id/draft?draft=typed"');
  expect(list([])).toContain(strings.drafts.none);
});

test("shows the exact text of a draft", () => {
  const props = { ...row, page, body: "\n</pre> mine", summary: "Why" };
  const html = renderToString(draftText({ ...props, page: { ...page, archived: true } }).body);
  expect(html).toContain(">\n\n&lt;/pre> mine</pre>");
  expect(html).toContain('href="/-/page/id"');
  expect(renderToString(draftText(props).body)).toContain('href="/-/edit/a/b?draft=typed"');
});
