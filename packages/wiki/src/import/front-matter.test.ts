import fc from "fast-check";
import { expect, it } from "vitest";
import { readFrontMatter } from "./front-matter.ts";

it.each([
  ["---\ntitle: A\nslug: b/c\n---\n\n# Text\n", { title: "A", slug: "b/c" }, "# Text\n"],
  [
    "---\ntags: [x]\ntitle: A\n# note\nid: 1\n---\n\nText",
    { title: "A" },
    "---\ntags: [x]\nid: 1\n---\n\nText",
  ],
  ["---\ntitle: &x A\nb: *x\n---\nText", { title: "A" }, "---\ntitle: &x A\nb: *x\n---\nText"],
  ["---\n{ title: A, b: c }\n---\nText", { title: "A" }, "---\n{ title: A, b: c }\n---\nText"],
  ["---\r\ntitle: A\r\n---\r\nText", { title: "A" }, "Text"],
  ["---\ntitle: 1.0\n...\nText", { title: "1.0" }, "Text"],
  ["---\ntitle: >\n  on two\n  lines\n---\nText", { title: "on two lines" }, "Text"],
  ["---\n---\nText", {}, "Text"],
  ["---\n# only a comment\n---\nText", {}, "Text"],
  ["---\ntitle:\n---", {}, "---\ntitle:\n---\n"],
])("reads %j", (source, fields, body) => {
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
  expect({ fields, body }).toEqual({ fields: { slug: "c" }, body: "---\ntitle: [a, b]\n---\nText" });
  expect(warnings).toHaveLength(1);
});

it("keeps the text after the block", () => {
  const line = fc.constantFrom("---", "...", "a: b", "title: x", "- y", "", "text", "&a *a", "!!js x", "\t");
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), fc.constantFrom("\n", "\r\n", "\r"), (lines, ending) => {
      const source = lines.join(ending);
      const { body } = readFrontMatter(source);
      const text = source.endsWith(body) ? body : body.replace(/^---\n[\s\S]*?---\n/, "");
      expect(source.endsWith(text)).toBe(true);
    }),
  );
});

const EXPORTED = `---
title: "A: b"
slug: c
palimpsest:
  page: 0198d1f2-0000-7000-8000-000000000001
  version: 3
  unchangedLinks: [0, 2]
  files:
    _CON.png: CON.png
---
`;

it("reads the page of an exported file, and keeps its text exactly", () => {
  const exported = {
    pageId: "0198d1f2-0000-7000-8000-000000000001",
    version: 3,
    unchangedLinks: [0, 2],
    fileNames: { "_CON.png": "CON.png" },
  };
  for (const text of ["", "\n\n# Text", "---\na: b\n---\n", "---\n"]) {
    const { fields, body, warnings } = readFrontMatter(EXPORTED + text);
    expect({ fields, body, warnings }).toEqual({
      fields: { title: "A: b", slug: "c", exported },
      body: text,
      warnings: [],
    });
  }
  const withTags = EXPORTED.replace("slug: c", "slug: c\ntags: [x]");
  expect(readFrontMatter(`${withTags}Text`).body).toBe("---\ntags: [x]\n---\nText");
  expect(readFrontMatter(`${withTags}---\na: b\n---\n`)).toMatchObject({
    body: "---\na: b\n---\n",
    warnings: [expect.stringContaining("were ignored")],
  });
});

it.each(["page: x\n  version: 3", "version: 3", "page: 0198d1f2-0000-7000-8000-000000000001\n  version: x"])(
  "ignores an invalid reference to an exported page: %j",
  (fields) => {
    const source = `---\npalimpsest:\n  ${fields}\n---\nText`;
    expect(readFrontMatter(source)).toEqual({ fields: {}, body: source, warnings: [] });
  },
);

it("does not expand aliases", () => {
  const levels = [
    "a: &a [x, x]",
    ..."bcdefghij".split("").map((name, index) => {
      const former = "abcdefghi"[index];
      return `${name}: &${name} [${Array(9).fill(`*${former}`).join(", ")}]`;
    }),
  ];
  const source = `---\n${levels.join("\n")}\n---\nText`;
  expect(readFrontMatter(source)).toEqual({ fields: {}, body: source, warnings: [] });
});

it("keeps a block that is too long as text", () => {
  const source = `---\n${Array.from({ length: 5_000 }, (_, index) => `key${index}: value`).join("\n")}\n---\nText`;
  const { fields, body, warnings } = readFrontMatter(source);
  expect({ fields, body }).toEqual({ fields: {}, body: source });
  expect(warnings).toHaveLength(1);
});
