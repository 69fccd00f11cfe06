import fc from "fast-check";
import createMarkdown from "markdown-it";
import { describe, expect, it } from "vitest";
import { namedAnchors } from "./heading-ids.ts";
import { MAX_MARKDOWN_UNITS } from "./markdown.ts";
import { type PageReading, readPage } from "./page-reading.ts";
import { pageWords, readableText } from "./search/page-text.ts";
import { type LinkedSlugs, type LinkPlace, pageLinkOf, wikiLinks } from "./wiki-links.ts";

// As pages are rendered, so that the links that are counted are those that are shown.
const markdown = createMarkdown({ html: false, linkify: true }).use(wikiLinks).use(namedAnchors);
markdown.linkify.set({ fuzzyLink: false });
const ORIGIN = "https://wiki.example";

/** The links of a body as one reads them in the whole of it. */
function linksIn(body: string, place: LinkPlace): readonly LinkedSlugs[] {
  if (body.length > MAX_MARKDOWN_UNITS) return [];
  const links = new Map<string, LinkedSlugs>();
  for (const token of markdown.parse(body, {})) {
    for (const child of token.children ?? []) {
      const link = child.type === "link_open" ? pageLinkOf(child, place) : undefined;
      if (link) links.set(link.slugs.join("\n"), link.slugs);
    }
  }
  return [...links.values()];
}

function readsAsAWhole(title: string, body: string, before?: PageReading): PageReading {
  const reading = readPage(title, body, before, ORIGIN);
  expect(reading.text).toBe(readableText(body));
  for (const slug of ["top", "book/one"]) {
    expect(reading.linksOn(slug)).toEqual(linksIn(body, { slug, origin: ORIGIN }));
  }
  expect(reading.words).toEqual(pageWords(title, readableText(body)));
  const { title: titleWords, text: textWords } = reading.words;
  expect(reading.joinedWords).toEqual({ title: titleWords.join(" "), text: textWords.join(" ") });
  expect(reading.vocabulary).toEqual(new Set([...titleWords, ...textWords]));
  return reading;
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
  "<https://wiki.example/own>",
  "https://wiki.example/bare_*_",
  "//wiki.example/two?x",
  "[c](two)",
  "[d](../up#x",
  "[a]: ./near\n",
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
const piece = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...PIECES) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 4 }) },
);
const body = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(""));
/** Mostly paragraphs of plain lines. */
const prose = fc
  .array(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.constantFrom(
          "word ",
          "some words ",
          "it's (so) ",
          '")',
          "[a](/x\n",
          "see https://wiki.example/y ",
          "a\n",
          ".\n",
          "\n\n",
          "  \n ",
        ),
      },
      { weight: 1, arbitrary: piece },
    ),
    { maxLength: 40 },
  )
  .map((pieces) => pieces.join(""));

/** Where a text is changed, as a part of it, how much is taken, and what is put there. */
const edits = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(12), piece), {
  minLength: 1,
  maxLength: 6,
});

describe("a page is read part by part", () => {
  it("with the words and links that the whole has", () => {
    fc.assert(
      fc.property(fc.string(), body, (title, text) => {
        readsAsAWhole(title, text);
      }),
      { numRuns: 1_000 },
    );
  });

  it("also from the version before", () => {
    fc.assert(
      fc.property(fc.string(), prose, edits, (title, text, changes) => {
        let [changed, reading] = [text, readsAsAWhole(title, text)];
        for (const [where, removed, inserted] of changes) {
          const at = Math.round(where * changed.length);
          changed = changed.slice(0, at) + inserted + changed.slice(at + removed);
          reading = readsAsAWhole(title, changed, reading);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it("with links that mean what they do on the page that they are on", () => {
    const body = "[a](two) [b](./two) [c](../two#x) [d](?q) [e](#x) [f]() [g](ftp:two) [h](//two)";
    const reading = readPage("T", body);
    expect(reading.linksOn("one").flat()).toEqual(["two"]);
    expect(reading.linksOn("book/one").flat()).toEqual(["book/two", "two"]);
    expect(reading.linksOn("book/part/one").flat()).toEqual(["book/part/two", "book/two"]);
  });

  it("with addresses of the wiki, however they are written", () => {
    const body =
      "See https://wiki.example/a, <https://wiki.example/b> and\n[c](//wiki.example/c?x#y).\n\n`https://wiki.example/d`";
    expect(readPage("T", body, undefined, ORIGIN).linksOn("t").flat()).toEqual(["a", "b", "c"]);
    expect(readPage("T", body).linksOn("t")).toEqual([]);
  });

  it("also where a definition elsewhere changes what a part means", () => {
    const paragraph = "See [it], and [[Other]].\n\n";
    let reading: PageReading | undefined;
    for (const text of [paragraph, `${paragraph}[it]: /here`, `${paragraph}[it]: /there`, paragraph]) {
      reading = readsAsAWhole("A page", text, reading);
    }
  });

  it("as its source where it is too long to be rendered", () => {
    readsAsAWhole("Long", `[[Page]] ${"word ".repeat(MAX_MARKDOWN_UNITS / 5)}`);
    const words = Array.from({ length: 120_000 }, (_, index) => `w${index}\n`);
    const before = readsAsAWhole("Many", words.join(" "));
    const after = readsAsAWhole("Many", words.with(60_000, "other\r\nlines").join(" "), before);
    const known = new Set(before.parts);
    expect(after.parts.filter((part) => !known.has(part))).toHaveLength(1);
    readsAsAWhole("東京", "東京".repeat(MAX_MARKDOWN_UNITS / 2));
    readsAsAWhole("東京", "東京".repeat(600_000));
  });

  it("then in few parts, of which an edit touches few", () => {
    for (const piece of ["a\n", "\n", "x ", "w1 w22\tw333\r\n"]) {
      const text = piece.repeat(1_000_000 / piece.length);
      const before = readsAsAWhole("Long", text);
      expect(before.parts.length).toBeLessThan(100);
      const after = readPage("Long", `${text.slice(0, 700_000)}edit ${text.slice(700_000)}`, before);
      expect(after.parts.filter((part) => !before.parts.includes(part))).toHaveLength(1);
    }
  });

  it("as its source from the version before, whatever ends a word", () => {
    const long = fc.array(fc.constantFrom("word ", "a\n", "c+", "+", "#", "é", "東", "\r\n", "."), {
      minLength: 20,
      maxLength: 60,
    });
    fc.assert(
      fc.property(long, edits, (pieces, changes) => {
        const units = pieces.join("").length;
        const text = pieces.join("").repeat(Math.ceil((1.2 * MAX_MARKDOWN_UNITS) / units));
        let [changed, reading] = [text, readPage("T", text)];
        for (const [where, removed, inserted] of changes.slice(0, 3)) {
          const at = Math.round(where * changed.length);
          changed = changed.slice(0, at) + inserted + changed.slice(at + removed);
          reading = readPage("T", changed, reading);
        }
        const { title, text: words } = pageWords("T", changed);
        // Such texts are too long to be printed.
        expect(reading.text === changed).toBe(true);
        expect(reading.joinedWords.text === words.join(" ")).toBe(true);
        expect(reading.joinedWords.title).toBe(title.join(" "));
      }),
      { numRuns: 40 },
    );
  });

  it("and a part that stays is not read again", () => {
    const before = readPage("A page", "One *paragraph*.\n\nAnother\none.");
    const after = readPage("A page", "One *paragraph*.\n\nAnother\nchanged.", before);
    expect(after.parts.map((part, index) => part === before.parts[index])).toEqual([true, true, true, false]);
    const longer = readPage("A page", "# New\n\nOne *paragraph*.\n\nAnother\nchanged.", after);
    expect(longer.parts.filter((part) => !after.parts.includes(part))).toHaveLength(1);
  });
});
