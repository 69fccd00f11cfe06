import createMarkdown from "markdown-it";
import { describe, expect, test } from "vitest";
import { linksBySlug, renderBlocks, renderMarkdown } from "../../../../../test/rendering.ts";
import type { LinkOptions } from "../article.ts";
import { parsePage } from "../parsed-page.ts";
import { readableText } from "../search/page-text.ts";

const options: LinkOptions = { resolveLink: linksBySlug(undefined, () => false) };
const { escapeHtml } = createMarkdown().utils;
const html = (source: string) => renderMarkdown(source, options).html;

describe("front matter", () => {
  test("is shown as properties, whatever their form", () => {
    const yaml =
      'title: "A & b"\ntags: [x, y]\nversion: 1.0\nhero:\n  - name: N\nempty:\n# comment\nother: *x';
    expect(html(`---\n${yaml}\n---\n\nText`)).toBe(
      '<dl class="properties" dir="auto">' +
        "<dt>title</dt><dd>A &amp; b</dd>" +
        "<dt>tags</dt><dd>x</dd><dd>y</dd>" +
        "<dt>version</dt><dd>1.0</dd>" +
        "<dt>hero</dt><dd><dl><dt>name</dt><dd>N</dd></dl></dd>" +
        "<dt>empty</dt><dd></dd>" +
        "<dt>other</dt><dd>*x</dd></dl>\n" +
        '<p dir="auto">Text</p>\n',
    );
  });

  test("is a block with the range of its lines", () => {
    const source = "---\r\na: b\r\n---\r\nText";
    const ranges = renderBlocks(source, options).map(({ start, end }) => source.slice(start, end));
    expect(ranges).toEqual(["---\r\na: b\r\n---\r\n", "Text"]);
  });

  test("is shown as YAML if it is invalid or too long", () => {
    for (const yaml of ['a: "<b>', `a: ${"b".repeat(20_000)}`, "a: [b"]) {
      expect(html(`---\n${yaml}\n---\n`)).toBe(
        `<pre tabindex="0" dir="ltr"><code class="hljs language-yaml">${escapeHtml(yaml)}\n</code></pre>\n`,
      );
    }
  });

  test("is not a text between rules, nor YAML after other text", () => {
    expect(html("---\n\nA sentence: text\n\n---\n")).toContain("<hr");
    expect(html("---\n\nA sentence\n\n---\n")).toContain("<p");
    expect(html("text\n\n---\na: b\n---\n")).not.toContain("<dl");
    expect(html("> ---\n> a: b\n> ---\n")).not.toContain("<dl");
    expect(html("---\na: b\n")).not.toContain("<dl");
  });

  test("is found by its names and values", () => {
    const source = "---\ntitle: A\ntags: [x, y]\n---\n\nText";
    expect(readableText(source)).toBe("title\nA\ntags\nx\ny\nText");
    expect(parsePage("T", source).text).toBe(readableText(source));
  });
});
