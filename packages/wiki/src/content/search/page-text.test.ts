import { describe, expect, test } from "vitest";
import { MAX_MARKDOWN_UNITS } from "../markdown.ts";
import { pageWords, readableText, storableText } from "./page-text.ts";

describe("readable text", () => {
  test("is what a reader sees", () => {
    const body =
      "# A *title*\n\nSome **bo**ld [label](/address), [[wiki-page|Wiki page]] and ![a picture](x.png)\nnext.\n\n" +
      "- one\n- `two`\n\n| a | b |\n|---|---|\n| c | d |\n\n```js\nconst three = 3;\n```\n\n<b>shown</b>";
    expect(readableText(body)).toBe(
      "A title\nSome bold label, Wiki page and a picture next.\none\ntwo\na\nb\nc\nd\nconst three = 3;\n<b>shown</b>",
    );
  });

  test("of a very long body is its source", () => {
    const body = `# ${"a".repeat(MAX_MARKDOWN_UNITS)}\n`;
    expect(readableText(body)).toBe(body);
  });
});

test("a text can be stored everywhere", () => {
  expect(storableText("a\0b \ud800 😀 \udc00")).toBe("a\ufffdb \ufffd 😀 \ufffd");
});

describe("the words of a page", () => {
  test("are those of title and text, apart", () => {
    expect(pageWords("A title", "A text")).toEqual({ title: ["a", "title"], text: ["a", "text"] });
  });

  test("end where the vocabulary would become too large, not where the text is long", () => {
    expect(pageWords("", "the same words again ".repeat(50_000)).text).toHaveLength(200_000);
    const { text } = pageWords("", Array.from({ length: 100_000 }, (_, index) => `word${index}`).join(" "));
    expect(text.length).toBeGreaterThan(40_000);
    expect(text.length).toBeLessThan(60_000);
  });
});
