import { renderToString } from "preact-render-to-string";
import { describe, expect, test } from "vitest";
import { type EditPageProps, editPage } from "./edit.tsx";

const values = { title: "On-call", slug: "", body: "Text", summary: "Why" };
const page = { id: "id", version: 14, slug: "a/b", title: "On-call", base: "id.14" };
const edit = (props: Partial<EditPageProps>) =>
  renderToString(editPage({ csrf: "t0ken", page, values, ...props }).body);

describe("the form that edits a page", () => {
  test("posts to the page's own address with its token and its base", () => {
    const html = edit({});
    expect(html).toContain('method="post" action="/-/edit/a/b"');
    expect(html).toMatch(/name="csrf" value="t0ken"/);
    expect(html).toMatch(/name="base" value="id.14"/);
    expect(html).not.toContain('name="slug"');
    expect(html).toMatch(/value="save"[\s\S]*value="preview"/);
  });

  test("for a new page has a slug to choose and no base", () => {
    const html = edit({ page: null });
    expect(html).toContain('action="/-/new"');
    expect(html).toContain('name="slug"');
    expect(html).not.toContain('name="base"');
  });

  test("keeps what was typed and says beside each field what is wrong with it", () => {
    const hostile = `</textarea><script>"`;
    const props = {
      page: null,
      csrf: "c",
      values: { ...values, body: hostile },
      errors: { title: "No title." },
    };
    const html = edit(props);
    expect(editPage(props).title).toBe("Not saved: New page");
    expect(html).toContain('href="#-field-title"');
    expect(html).toMatch(/id="-field-title"[^>]*aria-invalid="true" aria-describedby="-field-title-error"/);
    expect(html).toContain("\n&lt;/textarea>&lt;script>&quot;</textarea>");
    expect(html).toContain('value="Why"');
  });

  test("says what is wrong with the whole", () => {
    expect(edit({ errors: { form: "Too many at once." } })).toMatch(
      /role="alert"><p>Too many at once.<\/p><\/div>/,
    );
  });

  test("keeps what is typed as a draft only where it says so", () => {
    expect(edit({ keepsDraft: true })).toContain('data-draft="/-/page/id/draft"');
    expect(edit({ keepsDraft: true, page: null })).toMatch(
      /data-draft="\/-\/new\/draft"[\s\S]*name="draft" value="kept"/,
    );
    expect(edit({ keepsDraft: true })).toMatch(/role="status" data-draft-state/);
    expect(edit({})).not.toMatch(/data-draft|value="draft"|name="draft"/);
  });

  test("says of a draft when it was kept, and what became of the page", () => {
    const opened = { keptAt: "2026-03-03T14:03:20.000Z" };
    const html = edit({ keepsDraft: true, opened });
    expect(html).toContain("3 March 2026, 14:03 UTC");
    expect(html).toMatch(/action="\/-\/drafts\/discard"[\s\S]*name="page" value="id"/);
    expect(html).not.toContain("You began with version");
    const movedOn = { base: 12, current: 14, by: ["Grace", "Ada"], conflicts: false };
    const moved = edit({ keepsDraft: true, opened: { ...opened, movedOn } });
    expect(moved).toMatch(/version 12; the page is at version 14 now.*Grace<\/bdi>.* and <bdi>Ada/);
    expect(moved).toContain('href="/-/page/id/diff?from=12&amp;to=14"');
    expect(moved).toContain("Saving puts both together.");
    expect(edit({ opened: { ...opened, movedOn: { ...movedOn, conflicts: true } } })).toContain(
      "settle place by place",
    );
  });

  test("says that another new page is being written, which it does not replace", () => {
    const html = edit({ page: null, otherDraft: { title: "Other", keptAt: "2026-03-03T14:03:20.000Z" } });
    expect(html).toMatch(/another new page, <bdi>Other<\/bdi>[\s\S]*<a href="\/-\/new">/);
  });

  test("shows a preview above the fields, which stay as they are", () => {
    const html = edit({ preview: "<p>Rendered</p>" });
    expect(html.indexOf("<p>Rendered</p>")).toBeLessThan(html.indexOf("<form"));
    expect(html).toContain("Nothing is saved yet");
    expect(html).toContain("\nText</textarea>");
    expect(edit({ preview: "" })).toContain("There is no text yet.");
  });
});
