import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { splitLines } from "./lines.ts";
import { type AlignedRange, alignSequences } from "./sequence-alignment.ts";
import { alignLines, alignWords } from "./text-alignment.ts";

const piece = fc.oneof(
  fc.constantFrom(
    "a",
    "b c ",
    "word ",
    "\n",
    "\r\n",
    "\r",
    "\0",
    "\u2028",
    "😀",
    "😁",
    "\ud83d",
    "\ude00",
    "é",
  ),
  fc.string({ unit: "binary", maxLength: 4 }),
);
const pieces = fc.array(piece, { maxLength: 40 });
/** A text, and an edit of it. */
const edited = fc
  .tuple(
    pieces,
    fc.array(fc.tuple(fc.nat(40), fc.nat(3), fc.array(piece, { maxLength: 3 })), { maxLength: 6 }),
  )
  .map(([base, edits]) => {
    const result = [...base];
    for (const [index, removed, inserted] of edits) result.splice(index, removed, ...inserted);
    return [base.join(""), result.join("")] as const;
  });
const unrelated = fc.tuple(pieces, pieces).map(([a, b]) => [a.join(""), b.join("")] as const);
const twoTexts = fc.oneof(edited, unrelated);

function expectAlignment(
  ranges: readonly AlignedRange[],
  base: { length: number; slice(start: number, end: number): unknown },
  result: { length: number; slice(start: number, end: number): unknown },
) {
  let [baseEnd, resultEnd] = [0, 0];
  ranges.forEach((range, index) => {
    expect([range.baseStart, range.resultStart]).toEqual([baseEnd, resultEnd]);
    expect(range.same).not.toBe(ranges[index - 1]?.same);
    expect(range.baseEnd - range.baseStart + range.resultEnd - range.resultStart).toBeGreaterThan(0);
    const inBase = base.slice(range.baseStart, range.baseEnd);
    const inResult = result.slice(range.resultStart, range.resultEnd);
    if (range.same) expect(inBase).toEqual(inResult);
    [baseEnd, resultEnd] = [range.baseEnd, range.resultEnd];
  });
  expect([baseEnd, resultEnd]).toEqual([base.length, result.length]);
}

describe("the ranges of an alignment", () => {
  test("cover both texts by line", () => {
    fc.assert(
      fc.property(twoTexts, ([a, b]) => expectAlignment(alignLines(a, b), a, b)),
      { numRuns: 500 },
    );
  });

  test("cover both texts by word", () => {
    fc.assert(
      fc.property(twoTexts, ([a, b]) => expectAlignment(alignWords(a, b), a, b)),
      { numRuns: 500 },
    );
  });

  test("cover both sequences", () => {
    const items = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 60 });
    fc.assert(fc.property(items, items, (a, b) => expectAlignment(alignSequences(a, b), a, b)));
  });

  test("cover sequences with more edits than the limit of one search", () => {
    const base = Array.from({ length: 40_000 }, (_, i) => `line ${i % 50}`);
    const result = base.map((line, i) => (i % 9 === 0 ? "other" : line));
    const ranges = alignSequences(base, result);
    expectAlignment(ranges, base, result);
    expect(ranges.filter((range) => !range.same).length).toBeGreaterThan(4_000);
  });

  test("cover sequences without unique items", () => {
    const base = Array.from({ length: 30_000 }, (_, i) => `${(i * i) % 7}`);
    const result = Array.from({ length: 30_000 }, (_, i) => `${(i * i * i) % 5}`);
    expectAlignment(alignSequences(base, result), base, result);
  });
});

test("splits a text into lines with their endings", () => {
  expect(splitLines("a\nb\r\nc\rd\n\n")).toEqual(["a\n", "b\r\n", "c\r", "d\n", "\n"]);
  expect(splitLines("")).toEqual([]);
  fc.assert(
    fc.property(pieces, (text) => {
      expect(splitLines(text.join("")).join("")).toBe(text.join(""));
    }),
  );
});

test("aligns lines at their starts", () => {
  const [base, result] = ["one\r\ntwo\r\nthree\r\n", "one\r\n2\r\nthree\r\n"];
  expect(alignLines(base, result).map((range) => base.slice(range.baseStart, range.baseEnd))).toEqual([
    "one\r\n",
    "two\r\n",
    "three\r\n",
  ]);
});

test("replaces a line whose ending changes from CR to CRLF", () => {
  expect(alignLines("a\rb", "a\r\nb").map((range) => range.same)).toEqual([false, true]);
});

test("never splits a surrogate pair", () => {
  const splits = (text: string, offset: number) =>
    /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(offset - 1, offset + 1));
  fc.assert(
    fc.property(twoTexts, ([a, b]) => {
      for (const range of alignWords(a, b)) {
        expect(splits(a, range.baseStart) || splits(b, range.resultStart)).toBe(false);
      }
    }),
  );
});

test("anchors an alignment at lines that occur once", () => {
  const base = "alpha\n\nbeta\n\ngamma\n\ndelta\n";
  const result = "alpha\n\ngamma\n\ndelta\n";
  const replaced = alignLines(base, result).filter((range) => !range.same);
  expect(replaced).toHaveLength(1);
  expect(replaced[0]).toMatchObject({ resultStart: replaced[0]?.resultEnd });
});

test("replaces words that a rewritten sentence shares by chance", () => {
  const base = "Applications for leave are handed to the head of department.\n";
  const result = "Write to the office that pays you, of course.\n";
  expect(alignWords(base, result).map((range) => range.same)).toEqual([false, true]);
});

test("keeps an unchanged word between two changed words", () => {
  const same = alignWords("the cat sat\n", "a cat lay\n").filter((range) => range.same);
  expect(same.map((range) => "the cat sat\n".slice(range.baseStart, range.baseEnd))).toEqual([" cat ", "\n"]);
});
