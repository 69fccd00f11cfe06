import { describe, expect, test } from "vitest";
import { applyDiff } from "./diff.ts";
import { type MergePiece, mergedText, mergeTexts } from "./merge.ts";

/** Merges texts in which "/" stands for a line ending. */
function merge(base: string, theirs: string, yours: string, lineEnd = "\n"): MergePiece[] {
  const lines = (text: string) => text.replaceAll("/", lineEnd);
  return mergeTexts(lines(base), lines(theirs), lines(yours)).pieces.map((piece) =>
    piece.kind === "merged"
      ? merged(piece.text.replaceAll(lineEnd, "/"))
      : conflict(
          piece.base.replaceAll(lineEnd, "/"),
          piece.theirs.replaceAll(lineEnd, "/"),
          piece.yours.replaceAll(lineEnd, "/"),
        ),
  );
}

const merged = (text: string): MergePiece => ({ kind: "merged", text });
const conflict = (base: string, theirs: string, yours: string): MergePiece => ({
  kind: "conflict",
  base,
  theirs,
  yours,
});

describe("merges both changes if", () => {
  test.each([
    ["different paragraphs changed", "red//blue/", "green//blue/", "red//gray/", "green//gray/"],
    ["adjacent lines changed", "red/blue/", "green/blue/", "red/gray/", "green/gray/"],
    ["every other line changed", "one/two/three/four/", "1/two/3/four/", "one/2/three/4/", "1/2/3/4/"],
    [
      "an unchanged word lies between",
      "the red fox runs/",
      "the grey fox runs/",
      "the red fox sleeps/",
      "the grey fox sleeps/",
    ],
    [
      "one deleted a paragraph that the other left alone",
      "one one//two//three three/",
      "one one//three three/",
      "one 1//two//three 3/",
      "one 1//three 3/",
    ],
    ["one deleted a line and the other changed a later word of the next", "a/b c/", "b c/", "a/b d/", "b d/"],
    ["one inserted a line and the other changed the line before", "a/b/", "a/x/b/", "c/b/", "c/x/b/"],
    ["one appended a line and the other changed the last", "a/", "a/b/", "c/", "c/b/"],
    ["one inserted at the start and the other at the end", "a/", "x/a/", "a/y/", "x/a/y/"],
    ["only the last line has no end", "a/b", "c/b", "a/d", "c/d"],
    [
      "one line was split and the next one changed",
      "red blue/gray/",
      "red/blue/gray/",
      "red blue/pink/",
      "red/blue/pink/",
    ],
  ])("%s", (_case, base, theirs, yours, both) => {
    for (const lineEnd of ["\n", "\r\n", "\r"]) {
      expect(merge(base, theirs, yours, lineEnd)).toEqual([merged(both)]);
      expect(merge(base, yours, theirs, lineEnd)).toEqual([merged(both)]);
    }
  });
});

describe("applies an identical change of both sides once:", () => {
  test.each([
    ["a word", "teh end/", "the end/", "the end/", "the end/"],
    ["an appended line", "a/", "a/b/", "a/b/", "a/b/"],
    ["a deleted line", "a/b/c/", "a/c/", "a/c/", "a/c/"],
    [
      "a word before another change of one side",
      "teh very end/",
      "the very end/",
      "the very start/",
      "the very start/",
    ],
    ["a word between other changes of both sides", "a/b/c/d/e/", "1/b/X/d/e/", "a/b/X/d/5/", "1/b/X/d/5/"],
  ])("%s", (_case, base, theirs, yours, both) => {
    expect(merge(base, theirs, yours)).toEqual([merged(both)]);
    expect(merge(base, yours, theirs)).toEqual([merged(both)]);
  });
});

describe("returns a conflict if", () => {
  test.each([
    [
      "both changed the same word",
      "a/red/b/",
      "a/green/b/",
      "a/blue/b/",
      [merged("a/"), conflict("red/", "green/", "blue/"), merged("b/")],
    ],
    [
      "neighbouring words of one line changed",
      "the red fox/",
      "the grey fox/",
      "the red cat/",
      [conflict("the red fox/", "the grey fox/", "the red cat/")],
    ],
    [
      "only punctuation lies between",
      "red, (fox)/",
      "grey, (fox)/",
      "red, (cat)/",
      [conflict("red, (fox)/", "grey, (fox)/", "red, (cat)/")],
    ],
    ["both append at the end", "a/", "a/b/", "a/c/", [merged("a/"), conflict("", "b/", "c/")]],
    [
      "both append to a last line without an end",
      "a/b",
      "a/b/c",
      "a/b/d",
      [merged("a/"), conflict("b", "b/c", "b/d")],
    ],
    ["both wrote a text that was empty", "", "a", "b", [conflict("", "a", "b")]],
    [
      "both insert lines at one place",
      "a/z/",
      "a/b/z/",
      "a/c/z/",
      [merged("a/"), conflict("", "b/", "c/"), merged("z/")],
    ],
    [
      "one deleted the line that the other changed",
      "a/b c d/e/",
      "a/e/",
      "a/b x d/e/",
      [merged("a/"), conflict("b c d/", "", "b x d/"), merged("e/")],
    ],
    [
      "one deleted everything and the other changed a word",
      "a/b/c/",
      "",
      "a/x/c/",
      [conflict("a/b/c/", "", "a/x/c/")],
    ],
    [
      "one deleted a line and the other changed the first word of the next",
      "a/b/c d/",
      "a/c d/",
      "a/b/x d/",
      [merged("a/"), conflict("b/c d/", "c d/", "b/x d/")],
    ],
    [
      "one inserted a line where the other changed the first word",
      "a/b c/",
      "a/x/b c/",
      "a/y c/",
      [merged("a/"), conflict("b c/", "x/b c/", "y c/")],
    ],
    [
      "one inserted into lines that the other deleted",
      "a/b/c/d/",
      "a/d/",
      "a/b/x/c/d/",
      [merged("a/"), conflict("b/c/", "", "b/x/c/"), merged("d/")],
    ],
  ])("%s", (_case, base, theirs, yours, pieces) => {
    for (const lineEnd of ["\n", "\r\n", "\r"]) expect(merge(base, theirs, yours, lineEnd)).toEqual(pieces);
  });
});

describe("a conflict", () => {
  test("contains all changes of its lines, and no other lines", () => {
    const base = "start/one two three four five/end/";
    const theirs = "START/one 2 three four 5/end/";
    const yours = "start/one zwei three vier five/END/";
    expect(merge(base, theirs, yours)).toEqual([
      merged("START/"),
      conflict("one two three four five/", "one 2 three four 5/", "one zwei three vier five/"),
      merged("END/"),
    ]);
  });

  test("has whole lines of each text, even if one side joined two lines", () => {
    expect(merge("a/red b/blue c/d/", "a/red b blue c/d/", "a/red x/gray c/d/")).toEqual([
      merged("a/"),
      conflict("red b/blue c/", "red b blue c/", "red x/gray c/"),
      merged("d/"),
    ]);
    expect(merge("a b/c d/e/", "x b c d/e/", "y b/c d/e/")).toEqual([
      conflict("a b/c d/", "x b c d/", "y b/c d/"),
      merged("e/"),
    ]);
  });

  test("stays separate from other conflicts", () => {
    expect(merge("a/b/c/d/e/", "1/b/c/d/5/", "x/b/C/d/y/")).toEqual([
      conflict("a/", "1/", "x/"),
      merged("b/C/d/"),
      conflict("e/", "5/", "y/"),
    ]);
  });
});

test("the change contains an insertion right after lines that both changed to the same text", () => {
  const { change } = mergeTexts("\ra x\r", "a a x\r", "a a x\rx");
  expect(change?.text).toBe("a a x\rx");
  expect(change && applyDiff("a a x\r", change.diff)).toBe("a a x\rx");
});

test("mergedText returns undefined if there is a conflict", () => {
  expect(mergedText([])).toBe("");
  expect(mergedText([merged("a")])).toBe("a");
  expect(mergedText([merged("a"), conflict("", "b", "c")])).toBeUndefined();
});
