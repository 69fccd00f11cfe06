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

  test("shows a preview above the fields, which stay as they are", () => {
    const html = edit({ preview: "<p>Rendered</p>" });
    expect(html.indexOf("<p>Rendered</p>")).toBeLessThan(html.indexOf("<form"));
    expect(html).toContain("Nothing is saved yet");
    expect(html).toContain("\nText</textarea>");
    expect(edit({ preview: "" })).toContain("There is no text yet.");
  });
});
