import { renderToString } from "preact-render-to-string";
import { describe, expect, test } from "vitest";
import { strings } from "../strings/strings.ts";
import { type EditPageProps, editPage } from "./edit.tsx";

const values = { title: "On-call", slug: "", body: "Text", summary: "Why" };
const page = { id: "id", version: 14, slug: "a/b", title: "On-call", base: "id.14" };
const draft = { id: "window" };
const edit = (props: Partial<EditPageProps>) =>
  renderToString(editPage({ page, values, draft, ...props }).body);

describe("the form that edits a page", () => {
  test("submits to the page's address with the base version", () => {
    const html = edit({});
    expect(html).toContain('method="post" action="/-/edit/a/b"');
    expect(html).toMatch(/name="base" value="id.14"/);
    expect(html).not.toContain('name="slug"');
    expect(html).toMatch(/value="save"[\s\S]*value="preview"/);
  });

  test("for a new page has a slug field and no base", () => {
    const html = edit({ page: null });
    expect(html).toContain('action="/-/new"');
    expect(html).toContain('name="slug"');
    expect(html).not.toContain('name="base"');
  });

  test("keeps the submitted text and shows errors beside the fields", () => {
    const hostile = `</textarea><script>"`;
    const props = {
      page: null,
      draft,
      values: { ...values, body: hostile },
      errors: { title: "No title." },
    };
    const html = edit(props);
    expect(editPage(props).title).toBe(strings.edit.notSaved(strings.common.newPage));
    expect(html).toContain('href="#-field-title"');
    expect(html).toMatch(/id="-field-title"[^>]*aria-invalid="true" aria-describedby="-field-title-error"/);
    expect(html).toContain("\n&lt;/textarea>&lt;script>&quot;</textarea>");
    expect(html).toContain('value="Why"');
  });

  test("shows an error of the whole form", () => {
    expect(edit({ errors: { form: "Too many at once." } })).toMatch(
      /role="alert"><p>Too many at once.<\/p><\/div>/,
    );
  });

  test("contains the ids of its own draft and of the draft that it was filled with", () => {
    expect(edit({})).toMatch(/data-draft="\/-\/page\/id\/draft"[\s\S]*name="draft" value="window"/);
    expect(edit({ page: null })).toMatch(/data-draft="\/-\/new\/draft"[\s\S]*name="draft" value="window"/);
    expect(edit({})).toMatch(/role="status" data-draft-state="true" data-messages/);
    expect(edit({})).not.toContain("filled-with");
    const openedRevision = { id: "other", savedAt: new Date(7) };
    expect(edit({ draft: { ...draft, openedRevision } })).toContain('name="filled-with" value="other@7"');
    expect(edit({ draft: { ...draft, openedRevision: { ...openedRevision, id: null } } })).toContain(
      'value="@7"',
    );
  });

  test("contains the ancestor versions of an edit that resolved a conflict", () => {
    expect(edit({})).not.toContain("made-from");
    expect(edit({ page: { ...page, ancestorVersions: [3, 9] } })).toContain('name="made-from" value="3 9"');
  });

  test("shows the number of other drafts", () => {
    expect(edit({ otherDrafts: 1 })).toContain(strings.drafts.ofPage(1));
    expect(edit({ otherDrafts: 2 })).toContain(strings.drafts.ofPage(2));
    const openedDraft = { savedAt: "2026-03-03T14:03:20.000Z" };
    expect(edit({ otherDrafts: 1, openedDraft })).toContain(strings.drafts.otherDrafts(1));
    expect(edit({ otherDrafts: 3, openedDraft })).toContain(strings.drafts.otherDrafts(3));
    expect(edit({ openedDraft })).not.toContain("You have");
  });

  test("shows when its draft was saved, and the newer versions of the page", () => {
    const openedDraft = { savedAt: "2026-03-03T14:03:20.000Z" };
    const html = edit({ openedDraft });
    expect(html).toContain("3 March 2026, 14:03 UTC");
    expect(html).toMatch(/action="\/-\/drafts\/discard"[\s\S]*name="page" value="id"/);
    expect(html).not.toContain("You started from version");
    const newerVersions = { base: 12, current: 14, by: ["Grace", "Ada"], conflicts: false };
    const moved = edit({ openedDraft: { ...openedDraft, newerVersions } });
    expect(moved).toMatch(/version 12\. <bdi>Grace<\/bdi> and <bdi>Ada<\/bdi> saved versions 13 to 14/);
    expect(moved).toContain('href="/-/page/id/diff?from=12&amp;to=14"');
    expect(moved).toContain(strings.common.mergedWhenSaved);
    expect(
      edit({ openedDraft: { ...openedDraft, newerVersions: { ...newerVersions, conflicts: true } } }),
    ).toContain(strings.drafts.conflicts);
  });

  test("mentions a draft of another new page", () => {
    const html = edit({ page: null, otherNewPage: { title: "Other", savedAt: "2026-03-03T14:03:20.000Z" } });
    expect(html).toMatch(/another new page, <bdi>Other<\/bdi>[\s\S]*<a href="\/-\/new">/);
  });

  test("shows a preview above the unchanged fields", () => {
    const html = edit({ preview: { html: "<p>Rendered</p>", headings: [] } });
    expect(html.indexOf("<p>Rendered</p>")).toBeLessThan(html.indexOf("<form"));
    expect(html).toContain(strings.edit.previewHeading);
    expect(html).toContain("\nText</textarea>");
    expect(edit({ preview: { html: "", headings: [] } })).toContain(strings.edit.noText);
  });
});
