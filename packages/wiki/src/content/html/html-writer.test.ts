import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hostileBodies, parsedInPage } from "../../../../../test/hostile-html.ts";
import { linksBySlug, renderBlocks, renderMarkdown, wikiLinksIn } from "../../../../../test/rendering.ts";
import type { LinkOptions } from "../article.ts";
import { markdown } from "../markdown-parser.ts";

const options: LinkOptions = { resolveLink: linksBySlug(undefined, () => true) };
const html = (source: string) => renderMarkdown(source, options).html;

describe("HTML in a body", () => {
  test.each([
    ["a <kbd>b</kbd> <sub>c</sub><br>d", '<p dir="auto">a <kbd>b</kbd> <sub>c</sub><br>d</p>\n'],
    [
      '<p align="center">\n  <img src="a.png" width="20" height=10% align=right>\n</p>',
      '<p class="align-center" dir="auto">\n  <img src="a.png" width="20" height="10%" class="align-right" loading="lazy">\n</p>',
    ],
    ["<center>a</center>", '<div class="align-center" dir="auto">a</div>'],
    [
      "<details open>\n<summary>s</summary>\n\n*a*\n\n</details>",
      '<details open="" dir="auto">\n<summary>s</summary>\n<p dir="auto"><em>a</em></p>\n</details>',
    ],
    [
      '<table><tr><td colspan=2 align="right" valign="top" width="50%">a</table>',
      '<div class="wide" role="group" aria-label="Table" tabindex="0"><table dir="auto"><tr><td colspan="2" width="50%" class="align-right valign-top">a</td></tr></table></div>',
    ],
    ["<ul><li>a<li>b</ul>", '<ul dir="auto"><li>a</li><li>b</li></ul>'],
    ["<p>a<p>b", '<p dir="auto">a</p><p dir="auto">b</p>'],
    [
      "<picture><source srcset=x><img src=a.png></picture>",
      '<p dir="auto"><img src="a.png" loading="lazy"></p>\n',
    ],
    ["x <del>a</del> <ins>b</ins>", '<p dir="auto">x <s>a</s> <u>b</u></p>\n'],
    ["<h2 id=part>a</h2>", '<h2 id="h-part" dir="auto">a</h2>'],
    ["<div/>a", '<div dir="auto"></div>a'],
  ])("shows %j", (source, expected) => {
    expect(html(source)).toBe(expected);
  });

  test.each([
    ["a <!-- b --> c", '<p dir="auto">a  c</p>\n'],
    ["<!--\nb\n\nc -->\na", '<p dir="auto">a</p>\n'],
    ["<script>\na\n\nb\n</script>\nc", '<p dir="auto">c</p>\n'],
    ["a <script>b *c* [d](e)</script> f", '<p dir="auto">a  f</p>\n'],
    ["- a <svg><title>b\n- c</svg>", '<ul dir="auto">\n<li>a </li>\n<li>c</li>\n</ul>\n'],
    ["<svg>\n\n- a\n\n<path>\n\n</svg>\n\nb", '<p dir="auto">b</p>\n'],
    ["<form><button onclick=a>b</button></form>", "b"],
    ["<Tabs>\n\na\n\n</Tabs>", '<p dir="auto">a</p>\n'],
  ])("leaves out what is not allowed in %j", (source, expected) => {
    expect(html(source)).toBe(expected);
  });

  test.each([
    ["an unknown tag in a line", "a List<string> b", '<p dir="auto">a List&lt;string&gt; b</p>\n'],
    ["a script without an end", "a <script> b", '<p dir="auto">a  b</p>\n'],
    ["a tag without an end", "<div\na", "&lt;div\na"],
    ["the text for an image that cannot be loaded", '<img alt="x" src="data:,">', "x"],
  ])("keeps the text of %s", (_, source, expected) => {
    expect(html(source)).toBe(expected);
  });

  test.each([
    ["- a </li></ul></div>\n- b", '<ul dir="auto">\n<li>a </li>\n<li>b</li>\n</ul>\n'],
    ["- <b>a\n- c", '<ul dir="auto">\n<li><b>a</b></li>\n<li>c</li>\n</ul>\n'],
    ["> <div>\n\na", '<blockquote dir="auto">\n<div>\n</div></blockquote>\n<p dir="auto">a</p>\n'],
    ["[a <b>c](d) e</b>", '<p dir="auto"><a href="d">a <b>c</b></a> e</p>\n'],
    ['<a href="a">b [c](d)</a>', '<p dir="auto"><a href="a">b </a><a href="d">c</a></p>\n'],
    [
      "# a <h2>b</h2>",
      '<h1 id="h-a-b" dir="auto">a b<a href="#h-a-b" class="generated anchor" aria-label="Link to this heading"></a></h1>\n',
    ],
  ])("keeps the elements of Markdown in %j", (source, expected) => {
    expect(html(source)).toBe(expected);
  });

  test("leaves out the cells of a table that was left out", () => {
    const source = "<svg>\n\n| a | b |\n|---|---|\n| c </svg> d | e |\n\nf";
    expect(html(source)).not.toMatch(/<t[dr]/);
    expect(html(source)).toContain('<p dir="auto">f</p>');
  });

  test("links to pages and resolves addresses as Markdown does", () => {
    const linked: LinkOptions = {
      resolveLink: linksBySlug(undefined, () => false),
      linkBase: { slug: "a/b" },
    };
    const source = 'x <a href="c#Part">d</a> <img src="e.png"> <a href="https://o.example">f</a>';
    expect(renderMarkdown(source, linked).html).toBe(
      '<p dir="auto">x <a href="/a/c#h-Part" class="wanted">d</a> <img src="/a/e.png" loading="lazy"> ' +
        '<a href="https://o.example" rel="nofollow noopener">f</a></p>\n',
    );
    expect(wikiLinksIn('<div>\n<a href="/c">d</a>\n</div>')).toEqual(["c"]);
  });

  test("has prefixed ids, each once, and never that of a heading", () => {
    const source = '<p id="here">a</p>\n\n# Here\n\n<p id="x">b</p>\n\n<div id="x" name="location">c</div>';
    expect(html(source).match(/ (?:id|name)="[^"]*"/g)).toEqual([' id="h-here"', ' id="h-x"']);
  });

  test("is one block with the Markdown that it contains", () => {
    const source = "a\n\n<details>\n\nb\n\n</details>\n\nc";
    const blocks = renderBlocks(source, options);
    expect(blocks.map(({ start, end }) => source.slice(start, end).trim())).toEqual([
      "a",
      "<details>\n\nb\n\n</details>",
      "c",
    ]);
    expect(blocks[1]?.html).toBe('<details dir="auto">\n<p dir="auto">b</p>\n</details>');
  });
});

const TAGS =
  "a b br center dd details div dl dt em figcaption figure h1 h2 h3 hr img kbd li ol p pre q rt ruby span summary table tbody td tr ul";
const tag = fc
  .tuple(fc.constantFrom("<", "<", "</"), fc.constantFrom(...TAGS.split(" ")))
  .map(([start, name]) => `${start}${name}${start === "<" && name === "a" ? ' href="x"' : ""}>`);
const piece = fc.oneof(
  { weight: 6, arbitrary: tag },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      ..."a|\n|\n\n|- |> |# |* |**|[x](y)|![i](j)|`c`|    |  | |<!--|-->|<svg>|</svg>|<script>|</script>".split(
        "|",
      ),
      "| a | b |\n|---|---|\n| ",
      "\n\n| a |\n|---|\n| c |\n\n",
      "```\ncode\n```\n",
    ),
  },
);
const body = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(""));

describe("for any HTML in a body", () => {
  test("browsers build the tree that is written", () => {
    fc.assert(
      fc.property(body, (source) => {
        const article = html(source).replaceAll("\n", " ");
        // Text directly in tables is moved before them, and rows get a <tbody>.
        const normal = (html: string) =>
          html
            .replace(/<\/?tbody>/g, "")
            .replaceAll("&nbsp;", "\u00a0")
            .replaceAll('"', "");
        const parsed = parsedInPage(article);
        if (/<(?:table|tbody|tr)\b[^>]*>[^<]*[^<\s]|<\/(?:tr|td|tbody)>[^<]*[^<\s]/.test(article)) return;
        expect(normal(parsed)).toBe(normal(article).replaceAll("&quot;", ""));
      }),
      { numRuns: 3_000 },
    );
  });

  test("published attacks do not change the page around the article", () => {
    for (const source of hostileBodies) parsedInPage(html(source));
    expect(hostileBodies.length).toBeGreaterThan(1_000);
  });

  test("the blocks join to the article, and each is balanced", () => {
    fc.assert(
      fc.property(body, (source) => {
        const blocks = renderBlocks(source, options).map(({ html }) => html);
        expect(blocks.join("")).toBe(html(source));
        for (const block of blocks) {
          const open: string[] = [];
          for (const [, slash, name = ""] of block.matchAll(/<(\/?)(\w+)[^>]*>/g)) {
            if (slash === "/") expect(open.pop()).toBe(name);
            else if (!/^(?:br|hr|img|input)$/.test(name)) open.push(name);
          }
          expect(open).toEqual([]);
        }
      }),
    );
  });

  test("an attribute or element that another plugin adds must be allowed, too", () => {
    const rule = markdown.renderer.rules.hr;
    markdown.renderer.rules.hr = () => '<hr onclick="a" id="x" class="b"><iframe src="c">';
    try {
      expect(html("---")).toBe('<hr class="b">');
    } finally {
      if (rule) markdown.renderer.rules.hr = rule;
      else delete markdown.renderer.rules.hr;
    }
  });
});
