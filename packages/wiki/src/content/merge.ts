import { alignWords, startsLine } from "./alignment.ts";
import type { BodyChange, Stretch } from "./body-change.ts";
import { type BodyDiff, checksumOf } from "./diff.ts";
import type { AlignedRange } from "./sequence-alignment.ts";

/**
 * A part of a merge, in order. Joined, `text` and the chosen side of each conflict are the merged text.
 * The sides of a conflict are whole lines, or nothing, of each text, and no two of them are equal.
 */
export type MergePiece =
  | { readonly kind: "merged"; readonly text: string }
  | { readonly kind: "conflict"; readonly base: string; readonly theirs: string; readonly yours: string };

/** What became of a text that two sides changed. */
export interface TextMerge {
  /** No piece is empty, and no two neighbours are merged text. */
  readonly pieces: readonly MergePiece[];
  /** What of yours is to be done to theirs; undefined if there is a conflict. */
  readonly change: BodyChange | undefined;
}

/**
 * Merges what two sides made of one text. Changes are taken from both if unchanged text with a word or a line
 * break lies between them; a change that both made alike is taken once. Everything else is a conflict, shown
 * in whole lines. Swapping the sides swaps them in the conflicts and leaves the merged text. The cost is bounded in
 * steps.
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
    const settled = settledText(texts, region);
    if (settled === undefined) {
      if (merged !== "") pieces.push({ kind: "merged", text: merged });
      merged = "";
      pieces.push({ kind: "conflict", ...textsOf(texts, region) });
    } else {
      merged += settled;
    }
  }
  merged += base.slice(unchangedFrom);
  if (merged !== "") pieces.push({ kind: "merged", text: merged });
  return pieces;
}

/**
 * What only you changed, as hunks that apply to theirs. They are your own changes, not a comparison of the two texts:
 * that would take what lies between two of them, and somebody else wrote, for yours.
 */
function yourHunks({ base, theirs, yours }: Texts, regions: readonly Region[], changes: readonly Change[]) {
  const hunks: BodyDiff["hunks"][number][] = [];
  const sources: Stretch[] = [];
  const own = changes.filter(({ by }) => by === "yours").map(({ range }) => range);
  let next = 0;
  for (const region of regions) {
    const { start, end } = region;
    // Where theirs is not the base any more, both sides changed it alike.
    const isYours = theirs.slice(start.theirs, end.theirs) === base.slice(start.base, end.base);
    for (let range = own[next]; range && range.baseEnd <= end.base; range = own[++next]) {
      if (!isYours) continue;
      const { baseStart, baseEnd, resultStart, resultEnd } = range;
      const inserted = yours.slice(resultStart, resultEnd);
      hunks.push([start.theirs + baseStart - start.base, baseEnd - baseStart, inserted]);
      sources.push([resultStart, resultEnd]);
    }
  }
  return { hunks, sources };
}

/** The whole text of a merge, or undefined if there is a conflict. */
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

/** The same place in each of the three texts, as offsets. */
interface Place {
  readonly base: number;
  readonly theirs: number;
  readonly yours: number;
}

/** Changes that nothing keeps apart. Between two regions the three texts are alike. */
interface Region {
  readonly start: Place;
  readonly end: Place;
}

/** A letter or digit of an unchanged word, or an unchanged line break, keeps changes apart. */
const KEEPS_APART = /[\p{L}\p{N}\r\n]/u;

function changedRegions(texts: Texts, changes: readonly Change[]): Region[] {
  const regions: Region[] = [];
  let theirShift = 0;
  let yourShift = 0;
  const placeOf = (offset: number) => ({
    base: offset,
    theirs: offset + theirShift,
    yours: offset + yourShift,
  });
  for (const { by, range } of changes) {
    const last = regions.at(-1);
    const isNear = last && !KEEPS_APART.test(texts.base.slice(last.end.base, range.baseStart));
    const near = isNear ? regions.pop() : undefined;
    const start = near?.start ?? placeOf(range.baseStart);
    const growth = range.resultEnd - range.resultStart - (range.baseEnd - range.baseStart);
    if (by === "theirs") theirShift += growth;
    else yourShift += growth;
    regions.push({ start, end: placeOf(Math.max(near?.end.base ?? 0, range.baseEnd)) });
  }
  return regions;
}

/** What one side did to a part of the base. */
interface Change {
  readonly by: "theirs" | "yours";
  readonly range: AlignedRange;
}

/** The changes of both sides by where they start in the base. */
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

/** What a region becomes if both sides agree on it or only one changed it; undefined if it is a conflict. */
function settledText(texts: Texts, region: Region): string | undefined {
  const { base, theirs, yours } = textsOf(texts, region);
  if (yours === base || yours === theirs) return theirs;
  return theirs === base ? yours : undefined;
}

/** Widens each conflict to whole lines of all three texts. Regions that it then meets become part of it. */
function widenConflicts(texts: Texts, regions: readonly Region[]): Region[] {
  const widened: Region[] = [];
  let next = 0;
  for (let region = regions[next++]; region; region = regions[next++]) {
    let { start, end } = region;
    if (settledText(texts, region) === undefined) {
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

/** The nearest place at or before this one that starts a line in all texts, at the least `limit` of the base. */
function lineStartBefore(texts: Texts, place: Place, limit: number): Place {
  let by = 0;
  while (place.base + by > limit && !startsLines(texts, place, by)) by--;
  return moved(place, by);
}

/** The nearest place at or after this one that starts a line in all texts, at the most `limit` of the base. */
function lineStartAfter(texts: Texts, place: Place, limit: number): Place {
  let by = 0;
  while (place.base + by < limit && !startsLines(texts, place, by)) by++;
  return moved(place, by);
}

function startsLines({ base, theirs, yours }: Texts, place: Place, by = 0): boolean {
  return (
    startsLine(base, place.base + by) &&
    startsLine(theirs, place.theirs + by) &&
    startsLine(yours, place.yours + by)
  );
}

function moved({ base, theirs, yours }: Place, by: number): Place {
  return { base: base + by, theirs: theirs + by, yours: yours + by };
}
