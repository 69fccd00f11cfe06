import { describe, expect, test } from "vitest";
import { linksBySlug, renderMarkdown } from "../../../../../test/rendering.ts";
import type { LinkOptions } from "../article.ts";
import { parsePage } from "../parsed-page.ts";
import { readableText } from "../search/page-text.ts";

const options: LinkOptions = { resolveLink: linksBySlug() };
/** Returns the HTML without the direction of blocks. */
const html = (source: string) => renderMarkdown(source, options).html.replaceAll(' dir="auto"', "");
const note = (title: string, text = "<p>text</p>\n") =>
  `<div class="callout note" role="note">\n${title}\n${text}</div>\n`;

describe("callouts", () => {
  test.each([
    "> [!NOTE]\n> text",
    "> [!note]\n>\n> text",
    "::: note\ntext\n:::",
    ":::note\ntext\n:::\n",
    "::: {.callout-note}\ntext\n:::",
  ])("are made from %j", (source) => {
    expect(html(source)).toBe(note('<p class="generated callout-title">Note</p>'));
  });

  test.each([
    "> [!NOTE] A *title*\n> text",
    "::: note A *title*\ntext\n:::",
    ":::note[A *title*]\ntext\n:::",
    ":::note[A *title*]{.wide}\ntext\n:::",
    ":::{note} A *title*\ntext\n:::",
    '::: {.callout-note title="A *title*"}\ntext\n:::',
  ])("have a title with %j", (source) => {
    expect(html(source)).toBe(note('<p class="callout-title">A <em>title</em></p>'));
  });

  test("have one design for the names of several programs", () => {
    const classes = (names: string) =>
      names.split(" ").map((name) => /class="(.*?)"/.exec(html(`::: ${name}\na\n:::`))?.[1]);
    expect(classes("info TIP important warning caution danger details")).toEqual([
      "callout note",
      "callout tip",
      "callout important",
      "callout warning",
      "callout caution",
      "callout caution",
      "callout",
    ]);
    expect(html("> [!faq]\n> a")).toContain('<p class="generated callout-title">Faq</p>');
    expect(html("::: code-group\na\n:::")).toBe("<div>\n<p>a</p>\n</div>\n");
  });

  test("unfold if they are details", () => {
    expect(html("::: details Why\na\n:::")).toBe(
      '<details class="callout">\n<summary class="callout-title">Why</summary>\n<p>a</p>\n</details>\n',
    );
    expect(html("::: details {open}\na\n:::")).toContain(
      '<details class="callout" open="">\n<summary class="generated callout-title">Details</summary>',
    );
    expect(html("> [!tip]- Why\n> a")).toContain(
      '<details class="callout tip">\n<summary class="callout-title">Why<',
    );
    expect(html("> [!tip]+\n> a")).toContain('<details class="callout tip" open="">');
  });

  test.each([
    ["more colons outside", ":::: note\n::: tip\na\n:::\nb\n::::\nc"],
    ["equal colons", "::: note\n::: tip\na\n:::\nb\n:::\nc"],
    ["colons in code", "::: note\n```\n:::\n```\nb\n:::\nc"],
    ["another one without an end", ":::: note\n::: tip\nb\n::::\nc"],
  ])("nest with %s", (_, source) => {
    expect(html(source)).toMatch(/<p>b<\/p>\n(?:<\/div>\n)+<p>c<\/p>\n$/);
    expect(html(source)).not.toMatch(/<p>:::/);
  });

  test("end with the page or their list item if they have no end", () => {
    expect(html("::: note\ntext")).toBe(note('<p class="generated callout-title">Note</p>'));
    expect(html("- ::: tip\n  a\n\nb")).toMatch(/<\/div>\n<\/li>\n<\/ul>\n<p>b<\/p>\n$/);
  });

  test("are not made from other quotations and colons", () => {
    for (const source of [
      "> [!NOTE\\] a",
      "> a [!NOTE]",
      "> [NOTE]",
      "::: @x",
      ":: note",
      "a ::: note",
      "    ::: note",
    ]) {
      expect(html(source)).not.toContain("callout");
    }
  });
});

describe("footnotes", () => {
  const back = (id: string) =>
    `<a href="#h-ref-${id}" class="generated backlink" aria-label="Back to the text">↩\ufe0e</a>`;
  const reference = (label: string, number: number, id = label) =>
    `<a href="#h-fn-${label}" id="h-ref-${id}" class="generated footnote">${number}</a>`;

  test("are numbered in the order of their references, and link back", () => {
    expect(html("a[^x] b[^y] c[^X]\n\n[^y]: Y [^z]\n[^x]: X\n[^z]:\n    - Z\n[^unused]: U")).toBe(
      `<p>a${reference("x", 1)} b${reference("y", 2)} c${reference("x", 1, "x-2")}</p>\n` +
        `<ol class="footnotes" start="1">\n<li id="h-fn-x">\n<p>X${back("x")}${back("x-2")}</p>\n</li>\n</ol>\n` +
        `<ol class="footnotes" start="2">\n<li id="h-fn-y">\n<p>Y ${reference("z", 3)}${back("y")}</p>\n</li>\n</ol>\n` +
        `<ol class="footnotes" start="3">\n<li id="h-fn-z">\n<ul>\n<li>Z</li>\n</ul>\n${back("z")}</li>\n</ol>\n`,
    );
  });

  test("have several blocks if these are indented", () => {
    expect(html("a[^1]\n\n[^1]: one\nlazy\n\n    two\n\nthree")).toContain("<p>one\nlazy</p>\n<p>two");
  });

  test("need a definition", () => {
    expect(html("a[^1]")).toBe("<p>a[^1]</p>\n");
  });

  test("have ids that headings do not get", () => {
    const ids = html("# fn 1\n\na[^1]\n\n[^1]: b").match(/id="[^"]*"/g);
    expect(ids).toEqual(['id="h-fn-1-1"', 'id="h-ref-1"', 'id="h-fn-1"']);
  });

  test("are no part of the text of a heading", () => {
    expect(renderMarkdown("# Title[^1]\n\n[^1]: a", options).headings).toEqual([
      { level: 1, id: "h-title", text: "Title" },
    ]);
  });
});

describe("headings", () => {
  const headings = (source: string) =>
    renderMarkdown(source, options).headings.map(({ id, text }) => [id, text]);

  test.each([
    "# Title {#own}",
    "# Title {#own .class key=value onclick='x'}",
    "# Title {: #own}",
    "# Title {/* #own */}",
    "# Title {.class #own} ##",
    "Title {#own}\n===",
  ])("get their id from %j", (source) => {
    expect(headings(source)).toEqual([["h-own", "Title"]]);
    expect(html(source)).not.toMatch(/onclick|key=|"class"/);
  });

  test("keep the text in other braces", () => {
    expect(
      headings("# {#own}\n# a {b}\n# a {{#b}}\n# `{#each}`\n# a {#b} c").map(([, text]) => text),
    ).toEqual(["{#own}", "a {b}", "a {{#b}}", "{#each}", "a {#b} c"]);
  });

  test("have unique ids", () => {
    expect(headings("# a {#b}\n# a {#b}\n# b").map(([id]) => id)).toEqual(["h-b", "h-b-1", "h-b-2"]);
  });

  test("link to themselves", () => {
    expect(html("## A b")).toBe(
      '<h2 id="h-a-b">A b<a href="#h-a-b" class="generated anchor" aria-label="Link to this heading"></a></h2>\n',
    );
  });
});

test("definition lists, marked text, sub- and superscript and names of emoji are rendered", () => {
  expect(html("Term\n: one\n: two")).toBe("<dl>\n<dt>Term</dt>\n<dd>one</dd>\n<dd>two</dd>\n</dl>\n");
  expect(html("==a *b*== H~2~O x^2^ ~~c~~")).toBe(
    "<p><mark>a <em>b</em></mark> H<sub>2</sub>O x<sup>2</sup> <s>c</s></p>\n",
  );
  expect(html(":tada: (:+1:) :no_such_name: a:x:b 10:100:20 `:tada:`")).toBe(
    "<p>🎉 (👍) :no_such_name: a:x:b 10:100:20 <code>:tada:</code></p>\n",
  );
});

test("the text for search has no syntax", () => {
  const source =
    '---\ntitle: T\n---\n\n# A {#b}\n\n> [!NOTE] N\n> n\n\n::: tip *T*\nt\n:::\n\n- [ ] do\n  - [x] done\n\nF[^1] ==m== H~2~O :tada: <!-- c -->\n\n[^1]: note\n\n```ts title="a.ts" {1}\ncode\n```\n';
  const text = "title\nT\nA\nN\nn\nT\nt\ndo\ndone\nF m H2O 🎉\nnote\na.ts\ncode";
  expect(readableText(source)).toBe(text);
  expect(parsePage("T", source).text).toBe(text);
});
