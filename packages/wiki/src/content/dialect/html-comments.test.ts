import { expect, test } from "vitest";
import { linksBySlug, renderMarkdown } from "../../../../../test/rendering.ts";
import { parsePage } from "../parsed-page.ts";
import { readableText } from "../search/page-text.ts";

const html = (source: string) =>
  renderMarkdown(source, { resolveLink: linksBySlug(undefined, () => false) }).html;

test.each([
  ["a line", "<!-- a -->\n\ntext", '<p dir="auto">text</p>\n'],
  ["lines with blank ones", "<!--\n# a\n\n- b\n-->\ntext", '<p dir="auto">text</p>\n'],
  ["a part of a line", "a <!-- *b* --> c", '<p dir="auto">a  c</p>\n'],
  ["the start of a line", "<!-- b --> c", '<p dir="auto"> c</p>\n'],
  ["a paragraph", "<!-- a --> <!-- b -->", ""],
  ["lines of a quotation", "> <!--\n> a\n> -->\n> b", "<p>b</p>"],
  ["a line of a list item", "- a\n  <!-- b\n  -->\n", "<li>a"],
  ["an empty comment", "a <!----> b <!--> c", "a  b  c"],
])("an HTML comment hides %s", (_, source, expected) => {
  expect(html(source)).toContain(expected);
  expect(html(source)).not.toMatch(/&lt;!--|--&gt;/);
  expect(readableText(source)).not.toMatch(/<!--|-->/);
});

test("an HTML comment without an end, or in code, stays text", () => {
  for (const source of ["<!-- a\n\ntext", "`<!-- a -->`", "    <!-- a -->", "- <!-- a\n\ntext -->"]) {
    expect(html(source)).toContain("&lt;!-- a");
  }
});

test("an edit that ends a comment changes the text of the page", () => {
  const before = parsePage("T", "<!-- a\n\nb\nc\nd");
  const after = "<!-- a\n\nb\nc -->\nd";
  expect(parsePage("T", after, before).text).toBe(readableText(after));
});
