import { describe, expect, test } from "vitest";
import { MAX_MARKDOWN_UNITS } from "../markdown-parser.ts";
import { storableText } from "../storable-text.ts";
import { pageWords, readableText } from "./page-text.ts";

describe("readable text", () => {
  test("is the text that readers see", () => {
    const body =
      "# A *title*\n\nSome **bo**ld [label](/address), [[wiki-page|Wiki page]] and ![a picture](x.png)\nnext.\n\n" +
      "- one\n- `two`\n\n| a | b |\n|---|---|\n| c | d |\n\n```js\nconst three = 3;\n```\n\n<b>shown</b>";
    expect(readableText(body)).toBe(
      "A title\nSome bold label, Wiki page and a picture next.\none\ntwo\na\nb\nc\nd\nconst three = 3;\nshown",
    );
  });

  test("is the source of a body that is too long to be rendered", () => {
    const body = `# ${"a".repeat(MAX_MARKDOWN_UNITS)}\n`;
    expect(readableText(body)).toBe(body);
  });
});

test("storableText replaces NUL and lone surrogates", () => {
  expect(storableText("a\0b \ud800 😀 \udc00")).toBe("a\ufffdb \ufffd 😀 \ufffd");
});

describe("the words of a page", () => {
  test("are those of the title and of the text", () => {
    expect(pageWords("A title", "A text")).toEqual({ title: ["a", "title"], text: ["a", "text"] });
  });

  test("end at the limit of the vocabulary, not of the text", () => {
    expect(pageWords("", "the same words again ".repeat(50_000)).text).toHaveLength(200_000);
    const { text } = pageWords("", Array.from({ length: 100_000 }, (_, index) => `word${index}`).join(" "));
    expect(text.length).toBeGreaterThan(40_000);
    expect(text.length).toBeLessThan(60_000);
  });
});
