import { renderToString } from "preact-render-to-string";
import { describe, expect, test } from "vitest";
import { strings } from "../strings/strings.ts";
import { type ShowPageProps, showPage } from "./show.tsx";

const page: ShowPageProps = {
  id: "id",
  slug: "handbook/on-call",
  title: "On-call",
  version: 14,
  modifiedAt: "2026-03-03T23:59:00.000Z",
  modifiedBy: "Ada",
  html: "<p>Text</p>",
  headings: [],
};
const show = (props: Partial<ShowPageProps>) => renderToString(showPage({ ...page, ...props }).body);
const editBase = "id.14";
const headings = ["One", "Two", "Three"].map((text) => ({ level: 2, id: text.toLowerCase(), text }));

describe("a page", () => {
  test("shows its title, version, date and person", () => {
    const html = show({});
    expect(showPage(page).title).toBe("On-call");
    expect(html).toContain(">On-call</h1>");
    expect(html).toMatch(
      /Version 14, <time datetime="2026-03-03T23:59:00.000Z"[^>]*>3 March 2026<\/time> by <bdi>Ada/,
    );
    expect(html).toContain("<p>Text</p>");
  });

  test("says that its author is unknown", () => {
    expect(show({ modifiedBy: null })).toContain(strings.common.byUnknown);
  });

  test("links to the pages above it", () => {
    expect(show({})).toContain('<a href="/handbook" dir="auto">handbook</a>');
    expect(show({ slug: "welcome" })).not.toContain("crumbs");
  });

  test("links to edit and rename it for people who may", () => {
    expect(show({ editBase })).toContain('href="/-/edit/handbook/on-call"');
    expect(show({ editBase })).toContain('href="/-/rename/handbook/on-call"');
    expect(show({})).not.toMatch(/\/-\/(edit|rename)/);
  });

  test("links to its history and authors", () => {
    expect(show({})).toContain('href="/-/page/id/history"');
    expect(show({})).toContain('href="/-/page/id/authorship"');
  });

  test("has a form that archives the page, based on the shown version", () => {
    expect(show({})).not.toContain("/archive");
    const html = show({ editBase });
    expect(html).toMatch(/<form[^>]* method="post" action="\/-\/page\/id\/archive"/);
    expect(html).toContain('name="base" value="id.14"');
  });

  test("mentions the former page of its address", () => {
    const former = { id: "other", slug: "duty", title: "<b>Duty</b>", archived: false };
    expect(show({ former })).toContain(
      'This address used to lead to <a href="/duty"><bdi>&lt;b>Duty&lt;/b></bdi></a>',
    );
    expect(show({ former })).toContain('href="/-/slug/handbook/on-call"');
    expect(show({ former: { ...former, archived: true } })).toMatch(
      /<a href="\/-\/page\/other">.*which is archived/,
    );
  });

  test("has a table of contents of two levels for three or more headings", () => {
    expect(show({ headings: headings.slice(1) })).not.toContain("On this page");
    const html = show({ headings: [...headings, { level: 4, id: "deep", text: "Deep" }] });
    expect(html).toContain('<a href="#two" dir="auto">Two</a>');
    expect(html).not.toContain("#deep");
  });

  test("lists pages that link to it, with a link to all of them", () => {
    const backlinks = [{ slug: "a/b", title: "<b>A</b>" }];
    expect(show({})).not.toContain("Linked from");
    expect(show({ backlinks })).toContain('<a href="/a/b" dir="auto">&lt;b>A&lt;/b></a>');
    expect(show({ backlinks })).not.toContain("/-/links/");
    expect(show({ backlinks, moreBacklinks: true })).toContain('href="/-/links/handbook/on-call"');
  });

  test("says that it is empty, and links editors to the form", () => {
    expect(show({ html: "" })).toContain(strings.common.emptyPage);
    expect(show({ html: "" })).not.toContain(strings.common.editPage);
    expect(show({ html: "\n", editBase })).toContain(strings.common.editPage);
  });

  test.each(["created", "unchanged", "addressChanged", "unarchived"] as const)(
    "shows the notice %s",
    (kind) => {
      expect(show({ notice: { kind } })).toContain(`role="status">${strings.page[kind]}`);
    },
  );

  test.each(["saved", "restored", "undone"] as const)("shows the notice %s with the version", (kind) => {
    const html = show({ notice: { kind, version: 14 } });
    expect(html).toContain(`role="status">${strings.page[kind](14)}`);
  });

  test("links to the changes of others and of the reader after a merge", () => {
    const html = show({ notice: { kind: "merged", base: 11, current: 13, version: 14 } });
    expect(html).toContain('href="/-/page/id/diff?from=11&amp;to=13"');
    expect(html).toContain('href="/-/page/id/diff?from=13&amp;to=14"');
  });
});
