import fc from "fast-check";
import { expect, test } from "vitest";
import { authorshipAfter, insertedUnits, writtenBy } from "./authorship.ts";
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
  for (const [place, removed, inserted] of edits) result.splice(place, removed, ...inserted);
  return result;
}

/** A text and what two sides made of it; of few different pieces, so that they often do the same. */
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
const MANY = { numRuns: 3_000 };

test("what only one side changed is taken, and what both made alike", () => {
  fc.assert(
    fc.property(anyTexts, ({ base, theirs: changed }) => {
      expect(mergedText(piecesOf(base, changed, base))).toBe(changed);
      expect(mergedText(piecesOf(base, base, changed))).toBe(changed);
      expect(mergedText(piecesOf(base, changed, changed))).toBe(changed);
    }),
    MANY,
  );
});

test("the change that is left to do to theirs makes the merged text, and inserts what yours has there", () => {
  fc.assert(
    fc.property(anyTexts, ({ base, theirs, yours }) => {
      const { pieces, change } = mergeTexts(base, theirs, yours);
      expect(change?.text).toBe(mergedText(pieces));
      if (change === undefined) return;
      expect(applyDiff(theirs, change.diff)).toBe(change.text);
      const inserted = change.diff.hunks.map(([, , text]) => text);
      expect(change.sources.map(([start, end]) => yours.slice(start, end))).toEqual(inserted);
    }),
    MANY,
  );
});

test("what theirs wrote stays theirs", () => {
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
      const before = authorshipAfter(
        writtenBy(1, base.length),
        written,
        writtenBy(2, insertedUnits(written)),
      );
      const after = authorshipAfter(before, change.diff, writtenBy(3, insertedUnits(change.diff)));
      expect(unitsOf(2, after)).toBe(unitsOf(2, before));
      expect(unitsOf(3, after)).toBeLessThanOrEqual(insertedUnits(createDiff(base, yours)));
    }),
    MANY,
  );
});

test("swapping the sides swaps them in the conflicts and nothing else", () => {
  fc.assert(
    fc.property(anyTexts, ({ base, theirs, yours }) => {
      expect(piecesOf(base, yours, theirs)).toEqual(swapped(piecesOf(base, theirs, yours)));
    }),
    MANY,
  );
});

test("no piece is empty, no two neighbours are merged text, and the sides of a conflict differ", () => {
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
    MANY,
  );
});

test("the sides of a conflict are whole lines of their texts", () => {
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
    MANY,
  );
});

/** How one side edits the place of each word of the base: what it puts before it, and whether it keeps it. */
interface WordEdit {
  readonly inserts: number;
  readonly keeps: boolean;
}
const untouched: WordEdit = { inserts: 0, keeps: true };
const wordEdit = fc.oneof(
  { weight: 6, arbitrary: fc.constant(untouched) },
  { weight: 1, arbitrary: fc.record({ inserts: fc.nat(2), keeps: fc.boolean() }) },
);
const wordEnd = fc.constantFrom(" ", " ", " ", ", ", "\n", "\r\n");
/** Words that occur once in all texts, so that each can be followed through a merge. */
const words = fc.array(fc.record({ end: wordEnd, theirs: wordEdit, yours: wordEdit }), { maxLength: 40 });

function written(places: readonly { readonly end: string; readonly edit: WordEdit }[], by: string): string {
  return places
    .flatMap(({ end, edit }, index) => [
      ...Array.from({ length: edit.inserts }, (_, n) => `${by}${index}x${n}${end}`),
      ...(edit.keeps ? [`base${index}${end}`] : []),
    ])
    .join("");
}

const wordsOf = (text: string) => new Set(text.match(/[a-z0-9]+/g));

test("what a side inserted is there once, what it deleted is gone, and conflicts hold the rest", () => {
  let conflicts = 0;
  let merges = 0;
  fc.assert(
    fc.property(words, (places) => {
      const base = written(
        places.map(({ end }) => ({ end, edit: untouched })),
        "",
      );
      const theirs = written(
        places.map(({ end, theirs: edit }) => ({ end, edit })),
        "theirs",
      );
      const yours = written(
        places.map(({ end, yours: edit }) => ({ end, edit })),
        "yours",
      );
      const pieces = piecesOf(base, theirs, yours);
      if (mergedText(pieces) === undefined) conflicts++;
      else merges++;
      const settled = pieces.map((piece) => (piece.kind === "merged" ? piece.text : "")).join("\0");
      const contested = (side: Side) =>
        pieces.map((piece) => (piece.kind === "conflict" ? piece[side] : "")).join("\0");

      // Outside the conflicts: what both kept and what either inserted, in the order of each text.
      const [ofBase, ofTheirs, ofYours] = [wordsOf(base), wordsOf(theirs), wordsOf(yours)];
      const isContested = wordsOf(contested("base") + contested("theirs") + contested("yours"));
      const keep = (text: Set<string>, other: Set<string>) =>
        [...text].filter((word) => !isContested.has(word) && (!ofBase.has(word) || other.has(word)));
      const found = settled.match(/[a-z0-9]+/g) ?? [];
      expect(found.filter((word) => ofTheirs.has(word))).toEqual(keep(ofTheirs, ofYours));
      expect(found.filter((word) => ofYours.has(word))).toEqual(keep(ofYours, ofTheirs));
      expect(found.filter((word) => !ofTheirs.has(word) && !ofYours.has(word))).toEqual([]);
      // Within them: each side's own words, whole.
      for (const [side, text] of [
        ["theirs", ofTheirs],
        ["yours", ofYours],
        ["base", ofBase],
      ] as const) {
        expect(contested(side).match(/[a-z0-9]+/g) ?? []).toEqual(
          [...text].filter((word) => isContested.has(word)),
        );
      }
    }),
    MANY,
  );
  expect(conflicts).toBeGreaterThan(100);
  expect(merges).toBeGreaterThan(100);
});

test("what a side inserted into any text is there, whole, where its side is chosen", () => {
  const inserts = fc.array(fc.tuple(fc.nat(30), fc.nat(2)), { maxLength: 5 });
  fc.assert(
    fc.property(fc.array(hostile, { maxLength: 30 }), inserts, inserts, (base, ofTheirs, ofYours) => {
      const insert = (places: readonly (readonly [number, number])[], by: string) =>
        edit(
          base,
          places.map(([place, removed], n) => [place, removed, [`${by}${n}.`]] as const),
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
    MANY,
  );
});

const lineEnd = fc.constantFrom("\n", "\r\n", "\r");

test("edits of different paragraphs always merge", () => {
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
    MANY,
  );
});

test("choosing a side throughout gives its text where the other changed nothing outside the conflicts", () => {
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
    MANY,
  );
});
