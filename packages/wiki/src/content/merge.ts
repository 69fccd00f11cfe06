import type { BodyChange, TextRange } from "./body-change.ts";
import { type BodyDiff, checksumOf } from "./diff.ts";
import { startsLine } from "./lines.ts";
import type { AlignedRange } from "./sequence-alignment.ts";
import { alignWords } from "./text-alignment.ts";

/** A piece of a merge: merged text, or a conflict. The three sides of a conflict are whole lines and all differ. */
export type MergePiece =
  | { readonly kind: "merged"; readonly text: string }
  | { readonly kind: "conflict"; readonly base: string; readonly theirs: string; readonly yours: string };

export interface TextMerge {
  /** In order. No piece is empty, and merged pieces are not adjacent. */
  readonly pieces: readonly MergePiece[];
  /** Your changes, to be applied to theirs. Undefined if there is a conflict. */
  readonly change: BodyChange | undefined;
}

/**
 * Merges two edits of one base by word: a three-way merge as in diff3 (Khanna, Kunal and Pierce, "A Formal
 * Investigation of Diff3", 2007).
 *
 * Changes of both sides are merged if an unchanged word or line break lies between them. Identical changes are
 * applied once. All other changes are conflicts, widened to whole lines. The merge is symmetric: swapping the sides
 * swaps them in the conflicts and leaves the merged text the same. The number of steps is bounded.
 */
export function mergeTexts(base: string, theirs: string, yours: string): TextMerge {
  const texts = { base, theirs, yours };
  const changes = changesInOrder(texts);
  const regions = widenConflicts(texts, changedRegions(texts, changes));
  const pieces = piecesOf(texts, regions);
  const text = mergedText(pieces);
  if (text === undefined) return { pieces, change: undefined };
  const { hunks, sources } = yourHunks(texts, regions, changes);
  return {
    pieces,
    change: { text, diff: { from: checksumOf(theirs), to: checksumOf(text), hunks }, sources },
  };
}

function piecesOf(texts: Texts, regions: readonly Region[]): MergePiece[] {
  const { base } = texts;
  const pieces: MergePiece[] = [];
  let merged = "";
  let unchangedFrom = 0;
  for (const region of regions) {
    merged += base.slice(unchangedFrom, region.start.base);
    unchangedFrom = region.end.base;
    const resolved = resolvedText(texts, region);
    if (resolved === undefined) {
      if (merged !== "") pieces.push({ kind: "merged", text: merged });
      merged = "";
      pieces.push({ kind: "conflict", ...textsOf(texts, region) });
    } else {
      merged += resolved;
    }
  }
  merged += base.slice(unchangedFrom);
  if (merged !== "") pieces.push({ kind: "merged", text: merged });
  return pieces;
}

/**
 * Returns your changes as hunks that apply to theirs. A diff between theirs and the merged text would not do: it could
 * join two of your changes and attribute the text between them to you.
 */
function yourHunks({ base, theirs, yours }: Texts, regions: readonly Region[], changes: readonly Change[]) {
  const hunks: BodyDiff["hunks"][number][] = [];
  const sources: TextRange[] = [];
  const own = changes.filter(({ by }) => by === "yours").map(({ range }) => range);
  let next = 0;
  for (const region of regions) {
    const { start, end } = region;
    // In a region without a conflict, both sides made the same change if theirs differs from the base.
    const onlyYours = theirs.slice(start.theirs, end.theirs) === base.slice(start.base, end.base);
    for (let range = own[next]; range && isWithin(range, end); range = own[++next]) {
      if (!onlyYours) continue;
      const { baseStart, baseEnd, resultStart, resultEnd } = range;
      const inserted = yours.slice(resultStart, resultEnd);
      hunks.push([start.theirs + baseStart - start.base, baseEnd - baseStart, inserted]);
      sources.push([resultStart, resultEnd]);
    }
  }
  return { hunks, sources };
}

/** Compares both texts, because the next region may insert text where this one ends. */
function isWithin({ baseEnd, resultEnd }: AlignedRange, end: Offsets): boolean {
  return baseEnd <= end.base && resultEnd <= end.yours;
}

/** Returns the text of a merge, or undefined if there is a conflict. */
export function mergedText(pieces: readonly MergePiece[]): string | undefined {
  let text = "";
  for (const piece of pieces) {
    if (piece.kind === "conflict") return undefined;
    text += piece.text;
  }
  return text;
}

interface Texts {
  readonly base: string;
  readonly theirs: string;
  readonly yours: string;
}

/** Corresponding offsets in the three texts. */
interface Offsets {
  readonly base: number;
  readonly theirs: number;
  readonly yours: number;
}

/** Changes that are too close to be merged separately. Between regions the three texts are equal. */
interface Region {
  readonly start: Offsets;
  readonly end: Offsets;
}

/** Unchanged text with a letter, a digit or a line break separates two changes. */
const SEPARATOR = /[\p{L}\p{N}\r\n]/u;

function changedRegions(texts: Texts, changes: readonly Change[]): Region[] {
  const regions: Region[] = [];
  let theirShift = 0;
  let yourShift = 0;
  const offsetsAt = (offset: number) => ({
    base: offset,
    theirs: offset + theirShift,
    yours: offset + yourShift,
  });
  for (const { by, range } of changes) {
    const last = regions.at(-1);
    const isAdjacent = last && !SEPARATOR.test(texts.base.slice(last.end.base, range.baseStart));
    const adjacent = isAdjacent ? regions.pop() : undefined;
    const start = adjacent?.start ?? offsetsAt(range.baseStart);
    const growth = range.resultEnd - range.resultStart - (range.baseEnd - range.baseStart);
    if (by === "theirs") theirShift += growth;
    else yourShift += growth;
    regions.push({ start, end: offsetsAt(Math.max(adjacent?.end.base ?? 0, range.baseEnd)) });
  }
  return regions;
}

interface Change {
  readonly by: "theirs" | "yours";
  readonly range: AlignedRange;
}

function changesInOrder({ base, theirs, yours }: Texts): Change[] {
  const changesOf = (by: "theirs" | "yours", result: string) =>
    alignWords(base, result)
      .filter(({ same }) => !same)
      .map((range) => ({ by, range }));
  const changes = [...changesOf("theirs", theirs), ...changesOf("yours", yours)];
  return changes.sort((a, b) => a.range.baseStart - b.range.baseStart);
}

function textsOf({ base, theirs, yours }: Texts, { start, end }: Region): Texts {
  return {
    base: base.slice(start.base, end.base),
    theirs: theirs.slice(start.theirs, end.theirs),
    yours: yours.slice(start.yours, end.yours),
  };
}

/** Returns the merged text of a region, or undefined if it is a conflict. */
function resolvedText(texts: Texts, region: Region): string | undefined {
  const { base, theirs, yours } = textsOf(texts, region);
  if (yours === base || yours === theirs) return theirs;
  return theirs === base ? yours : undefined;
}

/** Widens each conflict to whole lines of all three texts. It absorbs regions on the same lines. */
function widenConflicts(texts: Texts, regions: readonly Region[]): Region[] {
  const widened: Region[] = [];
  let next = 0;
  for (let region = regions[next++]; region; region = regions[next++]) {
    let { start, end } = region;
    if (resolvedText(texts, region) === undefined) {
      for (;;) {
        const before = widened.at(-1);
        start = lineStartBefore(texts, start, before?.end.base ?? 0);
        if (!before || startsLines(texts, start)) break;
        start = before.start;
        widened.pop();
      }
      for (;;) {
        const after = regions[next];
        end = lineStartAfter(texts, end, after?.start.base ?? texts.base.length);
        if (!after || startsLines(texts, end)) break;
        end = after.end;
        next++;
      }
    }
    widened.push({ start, end });
  }
  return widened;
}

/** Returns the nearest line start of all texts at or before `from`, or `limit` of the base if that comes first. */
function lineStartBefore(texts: Texts, from: Offsets, limit: number): Offsets {
  let by = 0;
  while (from.base + by > limit && !startsLines(texts, from, by)) by--;
  return shifted(from, by);
}

function lineStartAfter(texts: Texts, from: Offsets, limit: number): Offsets {
  let by = 0;
  while (from.base + by < limit && !startsLines(texts, from, by)) by++;
  return shifted(from, by);
}

function startsLines({ base, theirs, yours }: Texts, offsets: Offsets, by = 0): boolean {
  return (
    startsLine(base, offsets.base + by) &&
    startsLine(theirs, offsets.theirs + by) &&
    startsLine(yours, offsets.yours + by)
  );
}

function shifted({ base, theirs, yours }: Offsets, by: number): Offsets {
  return { base: base + by, theirs: theirs + by, yours: yours + by };
}
