import fc from "fast-check";
import createMarkdown from "markdown-it";
import { describe, expect, it } from "vitest";
import { dialect } from "./dialect/dialect.ts";
import { readAuthorHtml } from "./html/author-html.ts";
import { MAX_MARKDOWN_UNITS } from "./markdown-parser.ts";
import { type ParsedPage, parsePage } from "./parsed-page.ts";
import { pageWords, readableText } from "./search/page-text.ts";
import { addressInWiki, type LinkBase, type LinkNames, type PageLink, pageLinkFrom } from "./wiki-links.ts";

// The same parser options as for rendering.
const markdown = createMarkdown({ linkify: true }).use(dialect);
markdown.linkify.set({ fuzzyLink: false });
const ORIGIN = "https://wiki.example";

/** Returns the links of a body, parsed as a whole. */
function linksIn(body: string, base: LinkBase): readonly LinkNames[] {
  if (body.length > MAX_MARKDOWN_UNITS) return [];
  const links = new Map<string, LinkNames>();
  for (const token of markdown.parse(body, {})) {
    for (const child of [token, ...(token.children ?? [])]) {
      const addresses =
        child.type === "link_open"
          ? [String(child.attrGet("href"))]
          : child.type.startsWith("html_")
            ? readAuthorHtml(child.content).addresses
            : [];
      for (const address of addresses) {
        const link =
          (child.meta?.wikiLink as PageLink | undefined) ?? pageLinkFrom(addressInWiki(address, base));
        if (link) links.set(link.names.join("\n"), link.names);
      }
    }
  }
  return [...links.values()];
}

/** Parses a page and compares it with one that is parsed as a whole. */
function checkedPage(title: string, body: string, previous?: ParsedPage): ParsedPage {
  const page = parsePage(title, body, previous, ORIGIN);
  expect(page.text).toBe(readableText(body));
  const slug = "book/one";
  expect(page.linksOn(slug)).toEqual(linksIn(body, { slug, origin: ORIGIN }));
  const { title: titleWords, text: textWords } = pageWords(title, page.text);
  expect(page.joinedWords).toEqual({ title: titleWords.join(" "), text: textWords.join(" ") });
  expect(page.vocabulary).toEqual(new Set([...titleWords, ...textWords]));
  return page;
}

const PIECES = [
  "word",
  "Äpfel c++ ",
  "a# ",
  "[[Page]]",
  "![[Page]]",
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
  "---\n",
  "key: value\n",
  "<!--",
  "-->",
  "[^a]",
  "[^a]: ",
  "> [!NOTE]\n",
  "::: tip [a]\n",
  ":::\n",
  ": ",
  "- [x] ",
  "{#id}",
  "==",
  "^",
  ":tada:",
  "```ts [title]\n",
  "===",
  "\\[",
  "`[[code]]`",
  "**",
  "_",
  '<a id="x">y</a>',
  "<b>",
  "</b> ",
  "<br>",
  '<a href="/html">',
  '<a href="near">z</a>',
  '<img alt="alt" src="x">',
  "<name>",
  "<div>",
  "</div>\n",
  "<details>\n<summary>s</summary>\n",
  "<!-- ",
  "$a$",
  "$",
  "$$\n",
  "```math\nx\n```\n",
  " -->",
  "<script>",
  "</script>",
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

/** Edits: the position as a fraction of the text, the removed length, and the inserted text. */
const edits = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(12), piece), {
  minLength: 1,
  maxLength: 6,
});

describe("a page that is parsed in parts", () => {
  it("has the words and links of the whole page", () => {
    fc.assert(
      fc.property(fc.string(), body, (title, text) => {
        checkedPage(title, text);
      }),
      { numRuns: 400 },
    );
  });

  it("has the words and links of the whole page after edits", () => {
    fc.assert(
      fc.property(fc.string(), prose, edits, (title, text, changes) => {
        let [changed, page] = [text, checkedPage(title, text)];
        for (const [position, removed, inserted] of changes) {
          const at = Math.round(position * changed.length);
          changed = changed.slice(0, at) + inserted + changed.slice(at + removed);
          page = checkedPage(title, changed, page);
        }
      }),
      { numRuns: 600 },
    );
  });

  it("resolves relative links for the slug of the page", () => {
    const body = "[a](two) [b](./two) [c](../two#x) [d](?q) [e](#x) [f]() [g](ftp:two) [h](//two)";
    const page = parsePage("T", body);
    expect(page.linksOn("one").map(([slug]) => slug)).toEqual(["two"]);
    expect(page.linksOn("book/one").map(([slug]) => slug)).toEqual(["book/two", "two"]);
    expect(page.linksOn("book/part/one").map(([slug]) => slug)).toEqual(["book/part/two", "book/two"]);
  });

  it("has links for absolute addresses of the wiki", () => {
    const body =
      "See https://wiki.example/a, <https://wiki.example/b> and\n[c](//wiki.example/c?x#y).\n\n`https://wiki.example/d`";
    expect(
      parsePage("T", body, undefined, ORIGIN)
        .linksOn("t")
        .map(([slug]) => slug),
    ).toEqual(["a", "b", "c"]);
    expect(parsePage("T", body).linksOn("t")).toEqual([]);
  });

  it("has no links for absolute addresses without a host", () => {
    const page = parsePage("T", "<https:word/a> <https:/b> <https:c?//>", undefined, ORIGIN);
    expect(page.linksOn("book/one")).toEqual([]);
  });

  it("applies link reference definitions of other parts", () => {
    const paragraph = "See [it], and [[Other]].\n\n";
    let page: ParsedPage | undefined;
    for (const text of [paragraph, `${paragraph}[it]: /here`, `${paragraph}[it]: /there`, paragraph]) {
      page = checkedPage("A page", text, page);
    }
  });

  it.each([
    ["a definition on two lines", "See [it].\n\n[it]:\nfoo bar baz", "See [it].\n\n[it]:\nfoo"],
    ["a table", "one\ntwo\na b\n-|-\nc", "one\ntwo\na|b\n-|-\nc"],
    ["a heading", "one\ntwo\nthree\nfour", "one\ntwo\n===\nfour"],
    ["a list", "one\ntwo\nthree\nfour", "one\ntwo\n- three\nfour"],
    ["a term", "one\ntwo\n\n: def", "two\n\n: def"],
    ["a term and its definition", "one\ntwo\n : def", "two\n : def"],
    [
      "a term far from its definition",
      `one\ntwo\n${" ".repeat(2_000)}\n: def`,
      `two\n${" ".repeat(2_000)}\n: def`,
    ],
    ["a formula", "one\n$$ two\nthree", "one\n$$ two\nthree$$"],
    [
      "a short formula",
      `$$\n# one\n${"two\n".repeat(200)}three\n- four$$`,
      "$$\n# one\ntwo\nthree\n- four$$",
    ],
    ["a container", "one\ntwo\nthree\nfour", "one\n::: tip\nthree\nfour"],
    ["front matter", "---\n\none\n\n---\n", "---\n\none: 1\n\n---\n"],
    ["code", "one\ntwo\nthree\nfour", "one\n```\nthree\nfour"],
    ["two paragraphs", "one\ntwo\nthree\nfour", "one\n\nthree\nfour"],
  ])("recognises an edit that makes %s of a paragraph", (_, before, after) => {
    checkedPage("T", after, checkedPage("T", before));
    checkedPage("T", before, checkedPage("T", after));
  });

  it("recognises a word that an edit at the end of a long body extends", () => {
    const long = `${"word ".repeat(MAX_MARKDOWN_UNITS / 4)}end`;
    checkedPage("T", `${long}ing`, checkedPage("T", long));
  });

  it("has the words of its source if it is too long to be rendered", () => {
    checkedPage("Long", `[[Page]] ${"word ".repeat(MAX_MARKDOWN_UNITS / 5)}`);
    const words = Array.from({ length: 80_000 }, (_, index) => `w${index}\n`);
    const before = checkedPage("Many", words.join(" "));
    const after = checkedPage("Many", words.with(50_000, "other\r\nlines").join(" "), before);
    const known = new Set(before.parts);
    expect(after.parts.filter((part) => !known.has(part))).toHaveLength(1);
    checkedPage("東京", "東京".repeat(MAX_MARKDOWN_UNITS / 2));
    checkedPage("東京", "東京".repeat(500_001));
  });

  it("has few parts if it is too long to be rendered, and an edit changes one of them", () => {
    for (const piece of ["a\n", "\n", "x ", "w1 w22\tw333\r\n"]) {
      const text = piece.repeat(1_000_000 / piece.length);
      const before = checkedPage("Long", text);
      expect(before.parts.length).toBeLessThan(100);
      const after = parsePage("Long", `${text.slice(0, 700_000)}edit ${text.slice(700_000)}`, before);
      expect(after.parts.filter((part) => !before.parts.includes(part))).toHaveLength(1);
    }
  });

  it("has the words of its source after edits of any characters", () => {
    const long = fc.array(fc.constantFrom("word ", "a\n", "c+", "+", "#", "é", "東", "\r\n", "."), {
      minLength: 20,
      maxLength: 60,
    });
    fc.assert(
      fc.property(long, edits, (pieces, changes) => {
        const units = pieces.join("").length;
        const text = pieces.join("").repeat(Math.ceil((1.2 * MAX_MARKDOWN_UNITS) / units));
        let [changed, page] = [text, parsePage("T", text)];
        for (const [position, removed, inserted] of changes.slice(0, 3)) {
          const at = Math.round(position * changed.length);
          changed = changed.slice(0, at) + inserted + changed.slice(at + removed);
          page = parsePage("T", changed, page);
        }
        const { title, text: words } = pageWords("T", changed);
        // Compared by ===, as such texts are too long for a failure message.
        expect(page.text === changed).toBe(true);
        expect(page.joinedWords.text === words.join(" ")).toBe(true);
        expect(page.joinedWords.title).toBe(title.join(" "));
      }),
      { numRuns: 10 },
    );
  });

  it("reuses unchanged parts of the previous version", () => {
    const before = parsePage("A page", "One *paragraph*.\n\nAnother\none.");
    const after = parsePage("A page", "One *paragraph*.\n\nAnother\nchanged.", before);
    expect(after.parts.map((part, index) => part === before.parts[index])).toEqual([true, true, true, false]);
    const longer = parsePage("A page", "# New\n\nOne *paragraph*.\n\nAnother\nchanged.", after);
    expect(longer.parts.filter((part) => !after.parts.includes(part))).toHaveLength(1);
  });
});
