import fc from "fast-check";
import createMarkdown from "markdown-it";
import { describe, expect, it } from "vitest";
import { namedAnchors } from "./heading-ids.ts";
import { MAX_MARKDOWN_UNITS } from "./markdown.ts";
import { type LinkedSlugs, PageReader } from "./page-reading.ts";
import { pageWords, readableText } from "./search/page-text.ts";
import { pageLinkOf, wikiLinks } from "./wiki-links.ts";

const markdown = createMarkdown({ html: false }).use(wikiLinks).use(namedAnchors);

/** The links of a body as one reads them in the whole of it. */
function linksIn(body: string): readonly LinkedSlugs[] {
  if (body.length > MAX_MARKDOWN_UNITS) return [];
  const links = new Map<string, LinkedSlugs>();
  for (const token of markdown.parse(body, {})) {
    for (const child of token.children ?? []) {
      const link = child.type === "link_open" ? pageLinkOf(child) : undefined;
      if (link) links.set(link.slugs.join("\n"), link.slugs);
    }
  }
  return [...links.values()];
}

function readsAsAWhole(reader: PageReader, title: string, body: string): void {
  const reading = reader.read(title, body);
  expect(reading.text).toBe(readableText(body));
  expect(reading.links()).toEqual(linksIn(body));
  expect(reading.words()).toEqual(pageWords(title, readableText(body)));
}

const PIECES = [
  "word",
  "Äpfel c++ ",
  "a# ",
  "[[Page]]",
  "[[page|label]]",
  "[a](/page)",
  "[a]",
  "[a][b]",
  "[b]",
  "[a]: /target\n",
  "[b]: </other target> 'title'\n",
  "[c]:\n/third\n'a\ntitle'\n",
  "![pic](/pic [a]",
  "![[a]](/x)",
  "# ",
  "## [a]",
  "> ",
  "- ",
  "1. ",
  "   ",
  "    ",
  "\t",
  "```\n",
  "~~~",
  "| a | [b] |\n| - | - |\n| c | [[d]] |\n",
  "---",
  "===",
  "\\[",
  "`[[code]]`",
  "**",
  "_",
  '<a id="x">y</a>',
  "<https://example.org>",
  "&amp;&#91;",
  "\n",
  "\n\n",
  "\r\n",
  "\r",
  "\0",
  "\ud800",
  "\u00bd東京",
  "\ufeff",
];
const body = fc
  .array(
    fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(...PIECES) },
      fc.string({ unit: "binary", maxLength: 4 }),
    ),
    {
      maxLength: 40,
    },
  )
  .map((pieces) => pieces.join(""));

describe("a page is read part by part", () => {
  it("with the words and links that the whole has, whatever was read before", () => {
    const reader = new PageReader();
    fc.assert(
      fc.property(fc.string(), body, (title, text) => readsAsAWhole(reader, title, text)),
      { numRuns: 1_000 },
    );
  });

  it("also where a definition elsewhere changes what a part means", () => {
    const reader = new PageReader();
    const paragraph = "See [it], and [[Other]].\n\n";
    for (const text of [paragraph, `${paragraph}[it]: /here`, `${paragraph}[it]: /there`, paragraph]) {
      readsAsAWhole(reader, "A page", text);
    }
  });

  it("as its source where it is too long to be rendered", () => {
    const reader = new PageReader();
    readsAsAWhole(reader, "Long", `[[Page]] ${"word ".repeat(MAX_MARKDOWN_UNITS / 5)}`);
    const words = Array.from({ length: 120_000 }, (_, index) => `w${index}`);
    readsAsAWhole(reader, "Many", words.join(" "));
    readsAsAWhole(reader, "東京", "東京".repeat(MAX_MARKDOWN_UNITS / 2));
  });

  it("and a part that stays is not read again", () => {
    const reader = new PageReader();
    const before = reader.read("A page", "One paragraph.\n\nAnother one.");
    const after = reader.read("A page", "One paragraph.\n\nAnother, changed.");
    expect(after.parts.map((part, index) => part === before.parts[index])).toEqual([true, true, false]);
  });

  it("remembers no more than so much", () => {
    const reader = new PageReader();
    const first = reader.read("A page", "x y z").parts[1];
    for (let index = 0; index < 40; index += 1) reader.read("Other", `${index} ${"word ".repeat(20_000)}`);
    expect(reader.read("A page", "x y z").parts[1]).not.toBe(first);
  });
});
