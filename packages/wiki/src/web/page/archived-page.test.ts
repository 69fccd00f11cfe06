import { renderToString } from "preact-render-to-string";
import { expect, test } from "vitest";
import { strings } from "../strings/strings.ts";
import { type ArchivedPageProps, archivedPage } from "./archived-page.tsx";

const props: ArchivedPageProps = {
  id: "id",
  slug: "a/b",
  title: "<b>A</b>",
  version: 4,
  html: "<p>Text</p>",
  archiving: { at: "2026-03-03T12:00:00.000Z", by: "Editor One", summary: "Out of <date>" },
};
const archived = (changed: Partial<ArchivedPageProps>) =>
  renderToString(archivedPage({ ...props, ...changed }).body);

test("shows an archived page with the person, date and summary of its archiving", () => {
  const html = archived({});
  expect(archivedPage(props).title).toBe("Archived: <b>A</b>");
  expect(html).toMatch(/Archived <time[^>]*>3 March 2026<\/time> by <bdi>Editor One<\/bdi>, as version 4/);
  expect(html).toContain("Out of &lt;date>");
  expect(html).toContain("<p>Text</p>");
  expect(html).toContain('href="/-/page/id/history"');
  expect(html).toContain('href="/-/slug/a/b"');
  expect(html).not.toContain("<form");
});

test("has a form to unarchive the page, for people who may edit", () => {
  const editBase = "id.4";
  const html = archived({ editBase });
  expect(html).toMatch(/<form[^>]* method="post" action="\/-\/page\/id\/unarchive"/);
  expect(html).toContain('name="base" value="id.4"');
  expect(html).toMatch(/name="slug"[^>]* value="a\/b"/);
  const taken = archived({ editBase, successor: { slug: "a/b", title: "<i>B</i>" } });
  expect(taken).toContain('which <a href="/a/b"><bdi>&lt;i>B&lt;/i></bdi></a> has now');
  expect(taken).toContain(strings.archivedPage.addressTaken("a/b"));
});

test("reports that the page was just archived, and an empty body", () => {
  expect(archived({ justArchived: true })).toContain(strings.page.archived);
  expect(archived({ html: "\n" })).toContain(strings.common.emptyPage);
});
