import { CodedError } from "@palimpsest/eventsourcing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { applyDiff, type BodyDiff, bodyDiff, createDiff, DiffMismatchError } from "./diff.ts";

const piece = fc.oneof(
  fc.constantFrom("a", "b c ", "a longer stretch of words ", "\n", "\r\n", "\r", "\0", "\u2028", "😀"),
  fc.constantFrom("\ud83d", "\ude00", "\u0301", "\ufeff", "\ufffd"),
  fc.string({ unit: "binary", maxLength: 6 }),
);
const pieces = fc.array(piece, { maxLength: 60 });
const anyText = pieces.map((all) => all.join(""));
const edited = fc
  .tuple(
    pieces,
    fc.array(fc.tuple(fc.nat(60), fc.nat(3), fc.array(piece, { maxLength: 3 })), { maxLength: 6 }),
  )
  .map(([base, edits]) => {
    const result = [...base];
    for (const [index, removed, inserted] of edits) result.splice(index, removed, ...inserted);
    return [base.join(""), result.join("")] as const;
  });
const twoTexts = fc.oneof(edited, fc.tuple(anyText, anyText));

describe("a diff", () => {
  test("makes exactly the result from its base", () => {
    fc.assert(
      fc.property(twoTexts, ([base, result]) => {
        expect(applyDiff(base, createDiff(base, result))).toBe(result);
      }),
      { numRuns: 1_000 },
    );
  });

  test("stays the same through JSON and its schema", () => {
    fc.assert(
      fc.property(twoTexts, ([base, result]) => {
        const diff = createDiff(base, result);
        const read = bodyDiff.parse(JSON.parse(JSON.stringify(diff)));
        expect(read).toEqual(diff);
        expect(applyDiff(base, read)).toBe(result);
      }),
    );
  });

  test("does not apply to another base", () => {
    fc.assert(
      fc.property(twoTexts, anyText, ([base, result], other) => {
        fc.pre(other !== base);
        expect(() => applyDiff(other, createDiff(base, result))).toThrow(DiffMismatchError);
      }),
    );
  });

  test("has ascending hunks that each change something and split no surrogate pair", () => {
    const pair = /^[\ud800-\udbff][\udc00-\udfff]$/;
    fc.assert(
      fc.property(twoTexts, ([base, result]) => {
        let end = -1;
        for (const [offset, removed, inserted] of createDiff(base, result).hunks) {
          expect(offset).toBeGreaterThan(end);
          expect(removed + inserted.length).toBeGreaterThan(0);
          expect(base.slice(offset, offset + removed)).not.toBe(inserted);
          expect(base.slice(offset - 1, offset + 1)).not.toMatch(pair);
          end = offset + removed;
          expect(base.slice(end - 1, end + 1)).not.toMatch(pair);
        }
      }),
    );
  });
});

describe("applyDiff", () => {
  const base = "one two three\n";
  const diff = createDiff(base, "one 2 three\n");

  test("rejects a base whose checksum is not the given one", () => {
    const attempt = () => applyDiff("ONE two three\n", diff, diff.from);
    expect(attempt).toThrow(/its result is another text/);
    expect(() => applyDiff(base, diff, diff.to)).toThrow(/created from another text/);
  });

  test("rejects another base and names both checksums", () => {
    const attempt = () => applyDiff("one two three \n", diff);
    expect(attempt).toThrow(CodedError);
    expect(attempt).toThrow(/created from another text \(checksum expected [0-9a-f]{8}, found [0-9a-f]{8}\)/);
    expect(attempt).toThrow(expect.objectContaining({ code: "diff-mismatch", expected: diff.from }));
  });

  test("rejects a result with another checksum", () => {
    const damaged: BodyDiff = { ...diff, hunks: [[4, 3, "II"]] };
    expect(() => applyDiff(base, damaged)).toThrow(/its result is another text/);
    expect(() => applyDiff(base, damaged)).toThrow(expect.objectContaining({ expected: diff.to }));
  });

  test.each<[string, BodyDiff["hunks"]]>([
    ["beyond the end", [[10, 5, ""]]],
    [
      "that overlaps",
      [
        [4, 3, ""],
        [6, 1, ""],
      ],
    ],
    [
      "that descends",
      [
        [6, 1, ""],
        [2, 1, ""],
      ],
    ],
    ["at a negative offset", [[-1, 1, ""]]],
    ["that removes a negative length", [[4, -1, ""]]],
    ["without a number", [[Number.NaN, 1, ""]]],
  ])("rejects a hunk %s", (_, hunks) => {
    expect(() => applyDiff(base, { ...diff, hunks })).toThrow(DiffMismatchError);
  });

  test.each([
    { ...diff, from: "zz" },
    { ...diff, hunks: [[1.5, 0, "x"]] },
    { ...diff, hunks: [[-1, 0, "x"]] },
    { ...diff, hunks: [[1, 0]] },
    { ...diff, more: true },
  ])("rejects the shape of %j", (value) => {
    expect(bodyDiff.safeParse(value).success).toBe(false);
  });
});

test("lone surrogates have different checksums", () => {
  expect(createDiff("\ud83d", "").from).not.toBe(createDiff("\ud83e", "").from);
  expect(createDiff("\ud83d", "\ude00").hunks).toEqual([[0, 1, "\ude00"]]);
});

test("a hunk replaces whole words", () => {
  const hunks = (base: string, result: string) => createDiff(base, result).hunks;
  expect(hunks("Staff get 25 days of leave.\n", "Staff get 28 days of leave.\n")).toEqual([[10, 2, "28"]]);
  expect(hunks("a b\nsame line\nc d\n", "a b\nsame line\nnew line\nc d\n")).toEqual([[14, 0, "new line\n"]]);
  expect(hunks("the quick brown fox\n", "a quick red fox\n")).toEqual([
    [0, 3, "a"],
    [10, 5, "red"],
  ]);
  expect(hunks("Grüße, 😀 und Küsse", "Grüße, 😁 und Küsse")).toEqual([[7, 2, "😁"]]);
  expect(hunks("same", "same")).toEqual([]);
});

describe("the size of a diff", () => {
  const line = (i: number) => `Line ${i} of a page that says what everybody ought to know about it.\n`;
  const sizeOf = (diff: BodyDiff) => JSON.stringify(diff).length;

  test("is at most 57 characters and the word for one changed word in 20 KB", () => {
    const base = Array.from({ length: 300 }, (_, i) => line(i)).join("");
    const result = base.replace("Line 150 of a page", "Line 150 of a palimpsest");
    expect(base.length).toBeGreaterThan(20_000);
    expect(sizeOf(createDiff(base, result))).toBeLessThanOrEqual(57 + "palimpsest".length + 2);
  });

  test("is at most 200 characters more than the new text for a rewrite", () => {
    const words = (n: number) =>
      Array.from({ length: 100_000 }, (_, i) => `w${(i * i * n) % 9973}`).join(" ");
    const [base, result] = [words(3), words(7)];
    expect(sizeOf(createDiff(base, result))).toBeLessThan(JSON.stringify(result).length + 200);
  });

  test("grows with the changes, not with the text, for a change in every 10th of 20,000 lines", () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => line(i));
    const result = lines.map((text, i) => (i % 10 === 0 ? text.replace("page", "sheet") : text)).join("");
    const diff = createDiff(lines.join(""), result);
    expect(diff.hunks).toHaveLength(2_000);
    expect(sizeOf(diff)).toBeLessThan(2_000 * 22);
    expect(applyDiff(lines.join(""), diff)).toBe(result);
  });

  test("has one hunk per line for a word replaced in 20,000 equal lines", () => {
    const base = "the same line again and again\n".repeat(20_000);
    const result = base.replaceAll("line", "row");
    const diff = createDiff(base, result);
    expect(diff.hunks).toHaveLength(20_000);
    expect(applyDiff(base, diff)).toBe(result);
  });
});

test("diffs 5 MB on one line or many, with an edit at each end", () => {
  for (const word of ["many words ", "many lines\n", "😀 "]) {
    const base = word.repeat(5_000_000 / word.length);
    const result = `first ${base.slice(0, base.length / 2)} middle ${base.slice(base.length / 2)} last`;
    expect(applyDiff(base, createDiff(base, result)) === result).toBe(true);
  }
});
