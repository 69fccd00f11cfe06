import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { restoreLineEndings } from "./line-endings.ts";

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

/** Returns what a browser submits for a text area with `text`. */
const submitted = (text: string) =>
  Buffer.from(text.replaceAll("\0", "\ufffd").replace(/\r\n|\r|\n/g, "\r\n")).toString();

describe("an unchanged form", () => {
  test("returns exactly its base", () => {
    fc.assert(
      fc.property(anyText, (base) => {
        expect(restoreLineEndings(base, submitted(base))).toBe(base);
      }),
      { numRuns: 1_000 },
    );
  });

  test("returns exactly its base if the client sends NUL or LF", () => {
    fc.assert(
      fc.property(anyText, (base) => {
        expect(restoreLineEndings(base, base.replace(/\r\n|\r|\n/g, "\r\n"))).toBe(base);
        expect(restoreLineEndings(base, submitted(base).replaceAll("\r\n", "\n"))).toBe(base);
        expect(restoreLineEndings(base, base)).toBe(base);
      }),
    );
  });
});

test("returns a changed text, apart from line endings", () => {
  const withoutEndings = (text: string) => text.split(/\r\n|\r|\n/);
  const submittedText = anyText.map((text) => submitted(text));
  fc.assert(
    fc.property(submittedText, submittedText, (base, text) => {
      expect(withoutEndings(restoreLineEndings(base, text))).toEqual(withoutEndings(text));
    }),
  );
});

test.each([
  ["LF", "a\nb\n", "a\r\nnew\r\nb\r\n", "a\nnew\nb\n"],
  ["CRLF", "a\r\nb\r\n", "a\r\nnew\r\nb", "a\r\nnew\r\nb"],
  ["lone CR", "a\rb\r", "a\r\nnew\r\nb\r\n", "a\rnew\rb\r"],
  ["no ending", "a", "a\r\nb\r\n", "a\nb\n"],
  ["no text", "", "a\r\nb", "a\nb"],
])("gives new lines the ending of a base with %s", (_, base, text, expected) => {
  expect(restoreLineEndings(base, text)).toBe(expected);
});

describe("in a base with mixed endings", () => {
  const base = "a\nb\r\nc\rd\n";

  test("unchanged lines keep their endings", () => {
    expect(restoreLineEndings(base, "a\r\nc\r\nd\r\n")).toBe("a\nc\rd\n");
  });

  test("a changed line gets the ending of the line that it replaces", () => {
    expect(restoreLineEndings(base, "a\r\nB!\r\nc\r\nd\r\n")).toBe("a\nB!\r\nc\rd\n");
  });

  test("a new line gets the ending of the line before it", () => {
    expect(restoreLineEndings(base, "a\r\nb\r\nc\r\nnew\r\nd\r\n")).toBe("a\nb\r\nc\rnew\rd\n");
    expect(restoreLineEndings(base, "new\r\na\r\nb\r\nc\r\nd\r\n")).toBe("new\na\nb\r\nc\rd\n");
  });

  test("a former last line gets an ending", () => {
    expect(restoreLineEndings("a\r\nb\nend", "a\r\nb\r\nend\r\nmore")).toBe("a\r\nb\nend\nmore");
  });
});

test("restores characters that browsers cannot send in unchanged lines", () => {
  const base = "nul \0 here\nhalf \ud83d pair\nother\n";
  expect(restoreLineEndings(base, submitted(base).replace("other", "changed"))).toBe(
    "nul \0 here\nhalf \ud83d pair\nchanged\n",
  );
});
