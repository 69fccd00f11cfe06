import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { withLineEndingsOf } from "./line-endings.ts";

const piece = fc.oneof(
  fc.constantFrom(
    "a",
    "b c",
    "\n",
    "\r\n",
    "\r",
    "\0",
    "\u2028",
    "\u0085",
    "😀",
    "\ud83d",
    "\ude00",
    "\ufffd",
  ),
  fc.string({ unit: "binary", maxLength: 3 }),
);
const anyText = fc.array(piece, { maxLength: 50 }).map((pieces) => pieces.join(""));

/** What a browser sends for a text area that was filled with `text`. */
const sent = (text: string) =>
  Buffer.from(text.replaceAll("\0", "\ufffd").replace(/\r\n|\r|\n/g, "\r\n")).toString();

describe("a form sent back unchanged gives exactly its base", () => {
  test("whatever the base", () => {
    fc.assert(
      fc.property(anyText, (base) => {
        expect(withLineEndingsOf(base, sent(base))).toBe(base);
      }),
      { numRuns: 2_000 },
    );
  });

  test("also when the browser kept NUL, or the client sent LF", () => {
    fc.assert(
      fc.property(anyText, (base) => {
        expect(withLineEndingsOf(base, base.replace(/\r\n|\r|\n/g, "\r\n"))).toBe(base);
        expect(withLineEndingsOf(base, sent(base).replaceAll("\r\n", "\n"))).toBe(base);
        expect(withLineEndingsOf(base, base)).toBe(base);
      }),
    );
  });
});

test("what a person changed is all there, but for the endings", () => {
  const withoutEndings = (text: string) => text.split(/\r\n|\r|\n/);
  const sendable = anyText.map((text) => sent(text));
  fc.assert(
    fc.property(sendable, sendable, (base, text) => {
      expect(withoutEndings(withLineEndingsOf(base, text))).toEqual(withoutEndings(text));
    }),
  );
});

test.each([
  ["LF", "a\nb\n", "a\r\nnew\r\nb\r\n", "a\nnew\nb\n"],
  ["CRLF", "a\r\nb\r\n", "a\r\nnew\r\nb", "a\r\nnew\r\nb"],
  ["lone CR", "a\rb\r", "a\r\nnew\r\nb\r\n", "a\rnew\rb\r"],
  ["no ending", "a", "a\r\nb\r\n", "a\nb\n"],
  ["nothing", "", "a\r\nb", "a\nb"],
])("a base with %s gives its ending to new lines", (_, base, text, expected) => {
  expect(withLineEndingsOf(base, text)).toBe(expected);
});

describe("in a base with mixed endings", () => {
  const base = "a\nb\r\nc\rd\n";

  test("unchanged lines keep theirs", () => {
    expect(withLineEndingsOf(base, "a\r\nc\r\nd\r\n")).toBe("a\nc\rd\n");
  });

  test("a changed line takes that of the line it replaces", () => {
    expect(withLineEndingsOf(base, "a\r\nB!\r\nc\r\nd\r\n")).toBe("a\nB!\r\nc\rd\n");
  });

  test("a new line takes that of the line before it", () => {
    expect(withLineEndingsOf(base, "a\r\nb\r\nc\r\nnew\r\nd\r\n")).toBe("a\nb\r\nc\rnew\rd\n");
    expect(withLineEndingsOf(base, "new\r\na\r\nb\r\nc\r\nd\r\n")).toBe("new\na\nb\r\nc\rd\n");
  });

  test("a line that was the last gets one when lines are put after it", () => {
    expect(withLineEndingsOf("a\r\nb\nend", "a\r\nb\r\nend\r\nmore")).toBe("a\r\nb\nend\nmore");
  });
});

test("characters that no browser can send survive in the lines that were not touched", () => {
  const base = "nul \0 here\nhalf \ud83d pair\nother\n";
  expect(withLineEndingsOf(base, sent(base).replace("other", "changed"))).toBe(
    "nul \0 here\nhalf \ud83d pair\nchanged\n",
  );
});
