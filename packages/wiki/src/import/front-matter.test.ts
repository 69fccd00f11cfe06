import fc from "fast-check";
import { expect, it } from "vitest";
import { readFrontMatter } from "./front-matter.ts";

it.each([
  ["---\ntitle: A\nslug: b/c\ntags: [x]\n---\n\n# Text\n", { title: "A", slug: "b/c" }, "# Text\n"],
  ["---\r\ntitle: A\r\n---\r\nText", { title: "A" }, "Text"],
  ["---\ntitle: 1.0\n...\nText", { title: "1.0" }, "Text"],
  ["---\ntitle: >\n  on two\n  lines\n---\nText", { title: "on two lines" }, "Text"],
  ["---\n---\nText", {}, "Text"],
  ["---\n# only a comment\n---\nText", {}, "Text"],
  ["---\ntitle:\n---", {}, ""],
])("splits %j", (source, fields, body) => {
  expect(readFrontMatter(source)).toEqual({ fields, body, warnings: [] });
});

it.each([
  "Text",
  "---\nno end",
  "---\nA line between rules.\n---\nText",
  "\n---\ntitle: A\n---\n",
  "--- a\nb: c\n---\n",
])("finds no front matter in %j", (source) => {
  expect(readFrontMatter(source)).toEqual({ fields: {}, body: source, warnings: [] });
});

it.each(["---\ntitle: [\n---\nText", "---\na: 1\na: 2\n---\nText", "---\n\ttitle: A\n---\nText"])(
  "keeps invalid front matter as text, with a warning: %j",
  (source) => {
    const { fields, body, warnings } = readFrontMatter(source);
    expect({ fields, body }).toEqual({ fields: {}, body: source });
    expect(warnings).toEqual([expect.stringContaining("invalid front matter")]);
  },
);

it("ignores a field that is not a string, with a warning", () => {
  const { fields, body, warnings } = readFrontMatter("---\ntitle: [a, b]\nslug: c\n---\nText");
  expect({ fields, body }).toEqual({ fields: { slug: "c" }, body: "Text" });
  expect(warnings).toHaveLength(1);
});

it("removes nothing from the end of any text", () => {
  const line = fc.constantFrom("---", "...", "a: b", "title: x", "- y", "", "text", "&a *a", "!!js x", "\t");
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), fc.constantFrom("\n", "\r\n", "\r"), (lines, ending) => {
      const source = lines.join(ending);
      expect(source.endsWith(readFrontMatter(source).body)).toBe(true);
    }),
  );
});

it("keeps a block that is too long as text", () => {
  const source = `---\n${Array.from({ length: 5_000 }, (_, index) => `key${index}: value`).join("\n")}\n---\nText`;
  const { fields, body, warnings } = readFrontMatter(source);
  expect({ fields, body }).toEqual({ fields: {}, body: source });
  expect(warnings).toHaveLength(1);
});
