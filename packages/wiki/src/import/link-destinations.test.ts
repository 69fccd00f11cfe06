import fc from "fast-check";
import createMarkdown from "markdown-it";
import { describe, expect, it } from "vitest";
import { dialect } from "../content/dialect/dialect.ts";
import { linkDestinations, replaceDestinations } from "./link-destinations.ts";

const destinations = (source: string) => linkDestinations(source).map(({ destination }) => destination);
const replaced = (source: string) =>
  replaceDestinations(source, ({ destination }) => `/${destination.length}`);

describe("linkDestinations", () => {
  it.each([
    ["[a](a.md)", "[a](/4)"],
    ['[a](a.md "of a") and [b]( <b c.md> )', '[a](/4 "of a") and [b]( /6 )'],
    ["> - see\n>   [a](../a.md#x\n>   'two\n>   lines')", "> - see\n>   [a](/9\n>   'two\n>   lines')"],
    ["[![shown](i.png)](a.md)", "[![shown](/5)](/4)"],
    ["![no [link](b.md) in here](i.png)", "![no [link](b.md) in here](/5)"],
    [
      "| [a](a.md) | [b](b\\|c.md) |\n|-|-|\n| `[a](a.md)` | [a](a.md) |",
      "| [a](/4) | [b](/6) |\n|-|-|\n| `[a](a.md)` | [a](/4) |",
    ],
    [
      "see [x] and [y][x]\n\n[x]: a.md 'title'\n[z]:\n  <b c.md>",
      "see [x] and [y][x]\n\n[x]: /4 'title'\n[z]:\n  /6",
    ],
    ["> [x]:\n> a.md\n\n[x]", "> [x]:\n> /4\n\n[x]"],
    ["[a](a\\(1\\).md)\r\n[b](b(2).md)\r[c](c.md)", "[a](/7)\r\n[b](/7)\r[c](/4)"],
    ["# [a](a.md) #\n\n[b](b.md)\n===", "# [a](/4) #\n\n[b](/4)\n==="],
    ["-\t\ta\n\t[a](a.md)", "-\t\ta\n\t[a](/4)"],
    ['a <img alt="x" src="i.png"> <a href=a.md>b</a>', 'a <img alt="x" src="/5"> <a href="/4">b</a>'],
    ["<p>\n  <IMG width=1\n  SRC='a&amp;b' />\n</p>", '<p>\n  <IMG width=1\n  SRC="/3" />\n</p>'],
    ["> <div>\n> <a href='a.md'>x</a>\n> </div>", '> <div>\n> <a href="/4">x</a>\n> </div>'],
    ['[<img src="i.png">](a.md)', '[<img src="/5">](/4)'],
  ])("finds the destinations in %j", (source, expected) => {
    expect(replaced(source)).toBe(expected);
  });

  it.each([
    "`[a](a.md)`",
    "```md\n[a](a.md)\n[x]: a.md\n```",
    "    [a](a.md)",
    "\\[a](a.md)",
    "[a](a.md",
    "[a] (a.md)",
    "[[a]]",
    "<https://example.org/a.md>",
    "[a](a b.md)",
    '`<img src="i.png">`',
    '```\n<img src="i.png">\n```',
    '<!-- <img src="i.png"> -->',
    '<div>\n<!-- <img src="i.png"> -->\n</div>',
    'a <!-- <img src="i.png"> --> b',
    '<img data-src="i.png"> <img src> <link href="a.css"> <a name="x">',
    '&lt;img src="i.png">',
  ])("finds none in %j", (source) => {
    expect(destinations(source)).toEqual([]);
  });

  it("removes escapes", () => {
    expect(destinations("[a](a\\_b.md) [b](<c d.md>) [c](e&amp;f.md)")).toEqual([
      "a_b.md",
      "c d.md",
      "e&f.md",
    ]);
  });
});

// The oracle is the parser: it must render the same text with other destinations.
describe("replaceDestinations", () => {
  const markdown = createMarkdown().use(dialect);
  const DESTINATION = /(href|src)="([^"]*)"/g;
  const pieces = [
    ...'[a](b.md)|![i](p.png)|[x]: y.md\n|[x]|[[w]]|[a](<bc.md>)|[a](b.md "t")|[a](|](|b.md|)|!|[|]'.split(
      "|",
    ),
    "| a | [b](c.md) |\n|---|---|\n| d | `[e](f.md)` \\| [g](h\\|i.md) |\n",
    '<img src="p.png">',
    '<a href="b.md">c</a>',
    "<div>\n",
    "</div>",
    ..."\n,\n\n,\r\n,\r,> ,- ,1. ,# ,    ,\t,```\n,`,*,**,\\,|,\0,word, , \n===\n".split(","),
  ];

  it("changes only destinations", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 25 }), (parts) => {
        const source = parts.join("");
        const before = markdown.render(source);
        const after = markdown.render(replaceDestinations(source, () => "/x"));
        expect(after.replace(DESTINATION, "")).toBe(before.replace(DESTINATION, ""));
        const others = [...after.matchAll(DESTINATION)]
          .map(([, , to]) => to)
          .filter((to) => to !== "/x" && to !== "");
        expect(others).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  it("takes time proportional to the length of the text", () => {
    for (const piece of [
      "<img src=",
      "<a ",
      '<a href="',
      "<!--",
      "<img a='",
      "[",
      "![",
      "[a](",
      "[a](b.md",
      "> ",
      "[x]: a.md\n",
      "| [a](b.md) ",
    ]) {
      expect(linkDestinations(piece.repeat(20_000)).length).toBeGreaterThanOrEqual(0);
    }
  });
});
