import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { linksBySlug, renderBlocks, renderMarkdown, withoutGenerated } from "../../../../test/rendering.ts";
import type { LinkOptions } from "./article.ts";
import { MAX_MARKDOWN_UNITS } from "./markdown-parser.ts";

const options: LinkOptions = {
  resolveLink: linksBySlug(
    (slug) => `/${encodeURIComponent(slug)}`,
    () => false,
  ),
};
const html = (source: string) => renderMarkdown(source, options).html;

describe("the blocks of a body", () => {
  const blocks = (source: string) =>
    renderBlocks(source, options).map(({ html, start, end }) => [source.slice(start, end), html]);

  test("have the ranges of their lines, with any line endings", () => {
    const source =
      "# A\r\n\r\ntext\rmore\0\n\n[a]: /x\n\n- one\n\n      two\n```ts\r1\r\n```\r\r> q\n> q\n---\nlast";
    expect(blocks(source).map(([text]) => text)).toEqual([
      "# A\r\n",
      "text\rmore\0\n",
      "- one\n\n      two\n",
      "```ts\r1\r\n```\r",
      "> q\n> q\n",
      "---\n",
      "last",
    ]);
    expect(blocks("[a]: /x\n[b]: /y\n")).toEqual([]);
    expect(blocks("\n \n")).toEqual([]);
    expect(blocks("[a]: /x\n[a]")).toEqual([
      ["[a]", '<p dir="auto"><a href="/x" class="wanted">a</a></p>\n'],
    ]);
  });

  test("have the ids of the whole page", () => {
    const source = '# Dup\n<a id="x"></a>\n\n# Dup\n';
    expect(blocks(source).map(([source, html = ""]) => [source, withoutGenerated(html)])).toEqual([
      ["# Dup\n", '<h1 id="h-dup" dir="auto">Dup</h1>\n'],
      ['<a id="x"></a>\n', '<span id="h-x"></span>'],
      ["# Dup\n", '\n<h1 id="h-dup-1" dir="auto">Dup</h1>\n'],
    ]);
  });

  test("include each footnote, after the text and with the range of its lines", () => {
    const source = "[^b]: B\n\n- [^a]: A\n\n      more\n\n  item\n\ntext[^a][^b]\n";
    expect(blocks(source).map(([text, html]) => [text, html?.slice(0, 20)])).toEqual([
      ["- [^a]: A\n\n      more\n\n  item\n\n", '<ul dir="auto">\n<li>'],
      ["text[^a][^b]\n", '<p dir="auto">text<a'],
      ["- [^a]: A\n\n      more\n\n", '<ol class="footnotes'],
      ["[^b]: B\n\n", '<ol class="footnotes'],
    ]);
  });

  test("are one block if the body is too long", () => {
    const source = `# a\n\n${"b\n\n".repeat(MAX_MARKDOWN_UNITS / 2)}`;
    expect(renderBlocks(source, options)).toEqual([{ html: html(source), start: 0, end: source.length }]);
  });

  test("join to the HTML of the page and have ascending ranges", () => {
    const part = fc.oneof(
      fc.constantFrom(
        "\n",
        "\n\n",
        "\r\n",
        "\r",
        "\n\r",
        "\0",
        "    ",
        "\t",
        "a",
        "*b*",
        "[c](/d)",
        "[c]: /d",
      ),
      fc.constantFrom(
        "# ",
        "- ",
        "1. ",
        "> ",
        "```",
        "---",
        "\n===\n",
        "| a |\n|--|\n",
        "- [x] ",
        "[[intro]]",
      ),
      fc.constantFrom('<a id="x"></a>', "<b>", "&amp;", "\ud83d", "\u2028", "```js\n", "\\"),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
        const source = parts.join("");
        const found = renderBlocks(source, options);
        expect(found.map((block) => block.html).join("")).toBe(html(source));
        let last = 0;
        for (const { start, end } of found) {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThan(start);
          expect(end).toBeLessThanOrEqual(source.length);
          for (const offset of [start, end]) {
            const isWithinLineEnding = source[offset - 1] === "\r" && source[offset] === "\n";
            const isLineStart = offset === 0 || /[\r\n]/.test(source[offset - 1] ?? "");
            expect(offset === source.length || (isLineStart && !isWithinLineEnding)).toBe(true);
          }
          last = end;
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
