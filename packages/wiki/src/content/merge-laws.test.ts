import fc from "fast-check";
import { expect, test } from "vitest";
import { applyDiffToAuthorship, insertedUnits, writtenBy } from "./authorship.ts";
import { applyDiff, createDiff } from "./diff.ts";
import { type MergePiece, mergedText, mergeTexts } from "./merge.ts";

type Side = "base" | "theirs" | "yours";

const piecesOf = (...texts: Parameters<typeof mergeTexts>) => mergeTexts(...texts).pieces;

function choose(pieces: readonly MergePiece[], side: Side): string {
  return pieces.map((piece) => (piece.kind === "merged" ? piece.text : piece[side])).join("");
}

function swapped(pieces: readonly MergePiece[]): MergePiece[] {
  return pieces.map((piece) =>
    piece.kind === "merged" ? piece : { ...piece, theirs: piece.yours, yours: piece.theirs },
  );
}

function edit<T>(items: readonly T[], edits: readonly (readonly [number, number, readonly T[]])[]): T[] {
  const result = [...items];
  for (const [index, removed, inserted] of edits) result.splice(index, removed, ...inserted);
  return result;
}

/** A base and two edits of it. With few different pieces, both sides often make the same change. */
function threeTexts(piece: fc.Arbitrary<string>, length: number) {
  const edits = fc.array(fc.tuple(fc.nat(length), fc.nat(3), fc.array(piece, { maxLength: 3 })), {
    maxLength: 4,
  });
  return fc
    .tuple(fc.array(piece, { maxLength: length }), edits, edits, edits)
    .map(([base, ofBoth, ofTheirs, ofYours]) => ({
      base: base.join(""),
      theirs: edit(edit(base, ofTheirs), ofBoth).join(""),
      yours: edit(edit(base, ofYours), ofBoth).join(""),
    }));
}

const hostile = fc.oneof(
  fc.constantFrom("\n", "\r\n", "\r", "\n\n", " ", "  ", "\0", "\u2028", "😀", ",", "-"),
  fc.constantFrom("\ud83d", "\ude00", "\u0301", "\ufeff", "\u0085"),
  fc.constantFrom("one", "two ", "a longer stretch of words, surely kept ", "ein Wort\n", "}\n"),
  fc.string({ unit: "binary", maxLength: 4 }),
);
const anyTexts = fc.oneof(
  threeTexts(hostile, 30),
  threeTexts(fc.constantFrom("a", "b", " ", "\n"), 30),
  threeTexts(fc.constantFrom("a\n", "b\n", "c d\n", "\n"), 20),
  threeTexts(fc.constantFrom("a ", "\r", "\n", "x"), 12),
);
const RUNS = { numRuns: 1_000 };

test("takes the changes of one side, and identical changes of both", () => {
  fc.assert(
    fc.property(anyTexts, ({ base, theirs: changed }) => {
      expect(mergedText(piecesOf(base, changed, base))).toBe(changed);
      expect(mergedText(piecesOf(base, base, changed))).toBe(changed);
      expect(mergedText(piecesOf(base, changed, changed))).toBe(changed);
    }),
    RUNS,
  );
});

test("returns a change that makes the merged text from theirs and inserts text of yours", () => {
  fc.assert(
    fc.property(anyTexts, ({ base, theirs, yours }) => {
      const { pieces, change } = mergeTexts(base, theirs, yours);
      expect(change?.text).toBe(mergedText(pieces));
      if (change === undefined) return;
      expect(applyDiff(theirs, change.diff)).toBe(change.text);
      const inserted = change.diff.hunks.map(([, , text]) => text);
      expect(change.sources.map(([start, end]) => yours.slice(start, end))).toEqual(inserted);
    }),
    RUNS,
  );
});

test("keeps the authorship of their changes", () => {
  const unitsOf = (version: number, runs: readonly number[]) =>
    runs.reduce(
      (sum, length, index) => sum + (runs[index + 1] === version && index % 2 === 0 ? length : 0),
      0,
    );
  fc.assert(
    fc.property(anyTexts, ({ base, theirs, yours }) => {
      const { change } = mergeTexts(base, theirs, yours);
      if (change === undefined) return;
      const written = createDiff(base, theirs);
      const before = applyDiffToAuthorship(
        writtenBy(1, base.length),
        written,
        writtenBy(2, insertedUnits(written)),
      );
      const after = applyDiffToAuthorship(before, change.diff, writtenBy(3, insertedUnits(change.diff)));
      expect(unitsOf(2, after)).toBe(unitsOf(2, before));
      expect(unitsOf(3, after)).toBeLessThanOrEqual(insertedUnits(createDiff(base, yours)));
    }),
    RUNS,
  );
});

test("is symmetric: swapping the sides only swaps them in the conflicts", () => {
  fc.assert(
    fc.property(anyTexts, ({ base, theirs, yours }) => {
      expect(piecesOf(base, yours, theirs)).toEqual(swapped(piecesOf(base, theirs, yours)));
    }),
    RUNS,
  );
});

test("returns pieces that are not empty, joined merged text, and conflicts with three different sides", () => {
  fc.assert(
    fc.property(anyTexts, ({ base, theirs, yours }) => {
      let last: MergePiece | undefined;
      for (const piece of piecesOf(base, theirs, yours)) {
        if (piece.kind === "merged") {
          expect(piece.text).not.toBe("");
          expect(last?.kind).not.toBe("merged");
        } else {
          expect(new Set([piece.base, piece.theirs, piece.yours]).size).toBe(3);
        }
        last = piece;
      }
    }),
    RUNS,
  );
});

test("returns conflicts of whole lines", () => {
  fc.assert(
    fc.property(anyTexts, ({ base, theirs, yours }) => {
      const pieces = piecesOf(base, theirs, yours);
      pieces.forEach((piece, index) => {
        if (piece.kind === "merged") return;
        for (const side of ["base", "theirs", "yours"] as const) {
          const before = choose(pieces.slice(0, index), side);
          const after = choose(pieces.slice(index + 1), side);
          expect(before === "" || /[\r\n]$/.test(before)).toBe(true);
          expect(/\r$/.test(before) && piece[side].startsWith("\n")).toBe(false);
          expect(piece[side] === "" || after === "" || /[\r\n]$/.test(piece[side])).toBe(true);
          expect(/\r$/.test(piece[side]) && after.startsWith("\n")).toBe(false);
        }
      });
    }),
    RUNS,
  );
});

/** How one side edits a word of the base: words inserted before it, and whether it is kept. */
interface WordEdit {
  readonly inserts: number;
  readonly keeps: boolean;
}
const untouched: WordEdit = { inserts: 0, keeps: true };
const wordEdit = fc.oneof(
  { weight: 4, arbitrary: fc.constant(untouched) },
  { weight: 1, arbitrary: fc.record({ inserts: fc.nat(2), keeps: fc.boolean() }) },
);
const wordEnd = fc.constantFrom(" ", " ", " ", ", ", "\n", "\r\n");
/** Each word occurs once in all texts, so that it can be followed through a merge. */
const words = fc.array(fc.record({ end: wordEnd, theirs: wordEdit, yours: wordEdit }), { maxLength: 30 });

function written(edits: readonly { readonly end: string; readonly edit: WordEdit }[], by: string): string {
  return edits
    .flatMap(({ end, edit }, index) => [
      ...Array.from({ length: edit.inserts }, (_, n) => `${by}${index}x${n}${end}`),
      ...(edit.keeps ? [`base${index}${end}`] : []),
    ])
    .join("");
}

const wordsOf = (text: string) => new Set(text.match(/[a-z0-9]+/g));

test("applies each insertion and deletion once, and leaves the rest to conflicts", () => {
  let conflicts = 0;
  let merges = 0;
  fc.assert(
    fc.property(words, (edits) => {
      const base = written(
        edits.map(({ end }) => ({ end, edit: untouched })),
        "",
      );
      const theirs = written(
        edits.map(({ end, theirs: edit }) => ({ end, edit })),
        "theirs",
      );
      const yours = written(
        edits.map(({ end, yours: edit }) => ({ end, edit })),
        "yours",
      );
      const pieces = piecesOf(base, theirs, yours);
      if (mergedText(pieces) === undefined) conflicts++;
      else merges++;
      const mergedWords = pieces.map((piece) => (piece.kind === "merged" ? piece.text : "")).join("\0");
      const conflicting = (side: Side) =>
        pieces.map((piece) => (piece.kind === "conflict" ? piece[side] : "")).join("\0");

      // Outside conflicts: words that both kept or either inserted, in the order of each text.
      const [ofBase, ofTheirs, ofYours] = [wordsOf(base), wordsOf(theirs), wordsOf(yours)];
      const inConflict = wordsOf(conflicting("base") + conflicting("theirs") + conflicting("yours"));
      const keep = (text: Set<string>, other: Set<string>) =>
        [...text].filter((word) => !inConflict.has(word) && (!ofBase.has(word) || other.has(word)));
      const found = mergedWords.match(/[a-z0-9]+/g) ?? [];
      expect(found.filter((word) => ofTheirs.has(word))).toEqual(keep(ofTheirs, ofYours));
      expect(found.filter((word) => ofYours.has(word))).toEqual(keep(ofYours, ofTheirs));
      expect(found.filter((word) => !ofTheirs.has(word) && !ofYours.has(word))).toEqual([]);
      // In conflicts: all other words of each side.
      for (const [side, text] of [
        ["theirs", ofTheirs],
        ["yours", ofYours],
        ["base", ofBase],
      ] as const) {
        expect(conflicting(side).match(/[a-z0-9]+/g) ?? []).toEqual(
          [...text].filter((word) => inConflict.has(word)),
        );
      }
    }),
    RUNS,
  );
  expect(conflicts).toBeGreaterThan(100);
  expect(merges).toBeGreaterThan(100);
});

test("contains all insertions of a side if that side is chosen", () => {
  const inserts = fc.array(fc.tuple(fc.nat(30), fc.nat(2)), { maxLength: 5 });
  fc.assert(
    fc.property(fc.array(hostile, { maxLength: 30 }), inserts, inserts, (base, ofTheirs, ofYours) => {
      const insert = (inserts: readonly (readonly [number, number])[], by: string) =>
        edit(
          base,
          inserts.map(([index, removed], n) => [index, removed, [`${by}${n}.`]] as const),
        ).join("");
      const [theirs, yours] = [insert(ofTheirs, "theirs"), insert(ofYours, "yours")];
      const pieces = piecesOf(base.join(""), theirs, yours);
      for (const [side, text] of [
        ["theirs", theirs],
        ["yours", yours],
      ] as const) {
        const marks = new RegExp(`${side}\\d\\.`, "g");
        expect(choose(pieces, side).match(marks)).toEqual(text.match(marks));
      }
    }),
    RUNS,
  );
});

const lineEnd = fc.constantFrom("\n", "\r\n", "\r");

test("merges edits of different paragraphs without a conflict", () => {
  const paragraph = fc.record({
    by: fc.constantFrom("nobody", "theirs", "yours"),
    lines: fc.integer({ min: 1, max: 3 }),
    linesAfter: fc.integer({ min: 1, max: 3 }),
  });
  fc.assert(
    fc.property(fc.array(paragraph, { maxLength: 12 }), lineEnd, fc.boolean(), (paragraphs, end, isEnded) => {
      const write = (isEdited: (by: string) => boolean) =>
        paragraphs
          .map(({ by, lines, linesAfter }, index) =>
            isEdited(by)
              ? Array.from({ length: linesAfter }, (_, n) => `${by} ${index} wrote ${n}`).join(end)
              : Array.from({ length: lines }, (_, n) => `line ${n} of ${index}`).join(end),
          )
          .join(end + end) + (isEnded ? end : "");
      const base = write(() => false);
      const theirs = write((by) => by === "theirs");
      const yours = write((by) => by === "yours");
      expect(mergedText(piecesOf(base, theirs, yours))).toBe(write((by) => by !== "nobody"));
    }),
    RUNS,
  );
});

test("returns the text of a side if it is chosen in each conflict and the other side has no other change", () => {
  const line = fc.constantFrom("unchanged", "changed by theirs", "changed by both");
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 20 }), lineEnd, (lines, end) => {
      const write = (word: (kind: string) => string) =>
        lines.map((kind, n) => `- ${word(kind)}${n} and the rest of line ${n}${end}`).join("");
      const base = write(() => "base");
      const theirs = write((kind) => (kind === "unchanged" ? "base" : "theirs"));
      const yours = write((kind) => (kind === "changed by both" ? "yours" : "base"));
      const pieces = piecesOf(base, theirs, yours);
      expect(choose(pieces, "theirs")).toBe(theirs);
      expect(choose(pieces, "base")).toBe(
        write((kind) => (kind === "changed by theirs" ? "theirs" : "base")),
      );
      expect(choose(pieces, "yours")).toBe(
        write((kind) => ({ unchanged: "base", "changed by theirs": "theirs" })[kind] ?? "yours"),
      );
    }),
    RUNS,
  );
});
