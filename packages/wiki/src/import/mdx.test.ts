import { describe, expect, it } from "vitest";
import { withoutComponents } from "./mdx.ts";
import { sourcePage } from "./source-page.ts";

describe("withoutComponents", () => {
  it.each([
    ['import A from "./a";\nimport {\n  B,\n} from "./b";\n\n# Text\n', "# Text\n"],
    ["Text\n\nexport const meta = {\n  a: 1,\n};\n\nMore", "Text\n\n\nMore"],
    ['import "./styles.css"\n\nText', "Text"],
    ["import your data from a file\n", "import your data from a file\n"],
    ["Text\nexport default of all\n", "Text\nexport default of all\n"],
    ['<Tabs items={["a", "<b>"]} on={() => { f({ a: 1 }) }}>\n\nText\n\n</Tabs>\n', "\nText\n\n\n"],
    ["<Card.Title>Text</Card.Title> and <Icon name='x>' />.", "Text and ."],
    ["<>Text</>", "Text"],
    [
      "<A b={[\n  { c: `<x>`, d: { e: { f: [{ g: \"it's `}`\" }] } } },\n\n  { h: 'i > j' },\n]} />\nText",
      "Text",
    ],
    ["<A b={<p>Don't</p>} />Text", "Text"],
    [`<A b={[${"{ c: 'd' }, ".repeat(5_000)}]} />Text`, "Text"],
    ["`a` <A b={`\n\nx`} />Text ``<B />``", "`a` Text ``<B />``"],
    ["a <B and c <d", "a <B and c <d"],
    ["{/* a\ncomment */}Text {value}", "Text {value}"],
    ["<kbd>A</kbd> <https://example.org> a < B", "<kbd>A</kbd> <https://example.org> a < B"],
  ])("reads %j as %j", (source, body) => {
    expect(withoutComponents(source).body.replace(/\n+$/, "")).toBe(body.replace(/^\n+|\n+$/g, ""));
  });

  it.each([
    '```jsx\nimport A from "a";\n<A />\n```\n',
    "`<A />` and ``{/* `x` */}``\n",
    "- list\n\n  ```\n  <A>\n  ```\n",
  ])("leaves code unchanged: %j", (source) => {
    expect(withoutComponents(source)).toEqual({ body: source, left: [] });
  });

  it("names everything that it leaves out", () => {
    const { left } = withoutComponents(
      'import A from "a";\nimport B from "b";\n\nexport const c = 1;\n\n<A /> <B>x</B> <A />',
    );
    expect(left).toEqual(["2 imports", "1 export", "the components <A>, <B>"]);
  });

  it("takes time proportional to the length of the text", () => {
    for (const piece of [
      "<A ",
      '<A b="',
      "<A b={",
      "{/*",
      "`",
      "<A {",
      "<A {'",
      "<A b=`",
      "`a``b```c````",
      "`a``b```c",
      "import ",
      "<A b={{{ ",
    ]) {
      expect(withoutComponents(piece.repeat(20_000).slice(0, 150_000)).body.length).toBeGreaterThan(0);
    }
  });
});

it("warns about each file that has components", () => {
  expect(sourcePage("a.mdx", '---\ntitle: A\n---\nimport B from "b";\n\n<B />\n').warnings).toEqual([
    "was read as Markdown without 1 import, the component <B>",
  ]);
  expect(sourcePage("a.mdx", "Text").warnings).toEqual([]);
  expect(sourcePage("a.md", "<B />").body).toBe("<B />");
});
