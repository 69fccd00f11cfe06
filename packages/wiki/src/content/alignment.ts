import {
  type AlignedRange,
  alignSequences,
  extentOf,
  type Gap,
  joinRanges,
  SearchBudget,
} from "./sequence-alignment.ts";

/** Aligns two texts by line. Offsets are in UTF-16 code units and lie at the starts of lines. */
export function alignLines(base: string, result: string): AlignedRange[] {
  const whole = { baseStart: 0, baseEnd: base.length, resultStart: 0, resultEnd: result.length };
  return joinRanges(alignTokens(base, result, whole, byLine, new SearchBudget()));
}

/**
 * Aligns two texts by line, and by word where lines were replaced. Offsets are in UTF-16 code units and never
 * within a surrogate pair of either text. Several alignments of one task share a `budget` for their words.
 */
export function alignWords(base: string, result: string, budget = new SearchBudget()): AlignedRange[] {
  const ranges: AlignedRange[] = [];
  for (const lines of alignLines(base, result)) {
    if (lines.same) ranges.push(lines);
    else {
      const words = alignTokens(base, result, lines, byWord, budget);
      for (const range of withoutCoincidences(joinRanges(words), base)) ranges.push(range);
    }
  }
  return joinRanges(ranges);
}

/** Each line with its ending: LF, CRLF or a lone CR. Nothing of the text is lost. */
export function splitLines(text: string): string[] {
  return text.match(/[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$/g) ?? [];
}

/** Whether a line of a text starts at this offset, or the text ends there after a line's end. */
export function startsLine(text: string, offset: number): boolean {
  if (offset === 0) return true;
  const before = text[offset - 1];
  return before === "\n" || (before === "\r" && text[offset] !== "\n");
}

/** How a text is cut into tokens. */
interface Grain {
  split(text: string): readonly string[];
  /** Whether a token certainly starts at this offset, or the text ends there, whatever stands further away. */
  isCut(text: string, offset: number): boolean;
  /** More than this is not searched. In UTF-16 code units of both sides together. */
  readonly mostUnits: number;
}

const byLine: Grain = {
  split: splitLines,
  isCut: startsLine,
  mostUnits: Number.POSITIVE_INFINITY,
};

/** Runs of letters and digits, runs of white space, and every other character by itself. */
const byWord: Grain = {
  split: (text) => text.match(/[\p{L}\p{N}\p{M}]+|\s+|[\s\S]/gu) ?? [],
  isCut: (text, offset) => offset === 0 || (text[offset - 1] === " " && !/\s/.test(text[offset] ?? "")),
  mostUnits: 4_000_000,
};

/** Aligns the tokens of a gap between two texts. The ranges may be empty and neighbours alike. */
function alignTokens(
  base: string,
  result: string,
  gap: Gap,
  grain: Grain,
  budget: SearchBudget,
): AlignedRange[] {
  const middle = withoutCommonEnds(base, result, gap, grain);
  const { baseStart, baseEnd, resultStart, resultEnd } = middle;
  const before = { ...gap, same: true, baseEnd: baseStart, resultEnd: resultStart };
  const after = { ...gap, same: true, baseStart: baseEnd, resultStart: resultEnd };
  const isOneSided = baseStart === baseEnd || resultStart === resultEnd;
  if (isOneSided || baseEnd - baseStart + resultEnd - resultStart > grain.mostUnits) {
    return [before, { same: false, ...middle }, after];
  }
  const baseTokens = grain.split(base.slice(baseStart, baseEnd));
  const resultTokens = grain.split(result.slice(resultStart, resultEnd));
  const baseOffsets = offsetsOf(baseTokens, baseStart);
  const resultOffsets = offsetsOf(resultTokens, resultStart);
  const ranges = alignSequences(baseTokens, resultTokens, budget).map((range) => ({
    same: range.same,
    baseStart: baseOffsets[range.baseStart] ?? 0,
    baseEnd: baseOffsets[range.baseEnd] ?? 0,
    resultStart: resultOffsets[range.resultStart] ?? 0,
    resultEnd: resultOffsets[range.resultEnd] ?? 0,
  }));
  return [before, ...ranges, after];
}

/** Leaves out the whole tokens that both sides of a gap start with, and those that both end with. */
function withoutCommonEnds(base: string, result: string, gap: Gap, { isCut }: Grain): Gap {
  let { baseStart, baseEnd, resultStart, resultEnd } = gap;
  while (baseStart < baseEnd && resultStart < resultEnd && base[baseStart] === result[resultStart]) {
    baseStart++;
    resultStart++;
  }
  while (baseStart > gap.baseStart && !(isCut(base, baseStart) && isCut(result, resultStart))) {
    baseStart--;
    resultStart--;
  }
  while (baseEnd > baseStart && resultEnd > resultStart && base[baseEnd - 1] === result[resultEnd - 1]) {
    baseEnd--;
    resultEnd--;
  }
  while (baseEnd < gap.baseEnd && !(isCut(base, baseEnd) && isCut(result, resultEnd))) {
    baseEnd++;
    resultEnd++;
  }
  return { baseStart, baseEnd, resultStart, resultEnd };
}

function offsetsOf(tokens: readonly string[], start: number): Float64Array {
  const offsets = new Float64Array(tokens.length + 1);
  offsets[0] = start;
  let offset = start;
  for (let i = 0; i < tokens.length; i++) {
    offset += tokens[i]?.length ?? 0;
    offsets[i + 1] = offset;
  }
  return offsets;
}

/** A stretch this long is never a coincidence. In UTF-16 code units. */
const SURELY_KEPT = 32;

/**
 * Rewritten sentences share words by chance. An unchanged stretch between two replacements counts as replaced
 * if no letter or digit is in it, or if it is short, and either replacement beside it twice as long.
 */
function withoutCoincidences(ranges: readonly AlignedRange[], base: string): AlignedRange[] {
  const kept: AlignedRange[] = [];
  for (const range of ranges) {
    let last = range;
    while (!last.same) {
      const stretch = kept.at(-1);
      const before = kept.at(-2);
      if (!stretch || !before || !isCoincidence(stretch, before, last, base)) break;
      kept.length -= 2;
      last = { ...last, baseStart: before.baseStart, resultStart: before.resultStart };
    }
    kept.push(last);
  }
  return kept;
}

function isCoincidence(stretch: AlignedRange, before: AlignedRange, after: AlignedRange, base: string) {
  const length = stretch.baseEnd - stretch.baseStart;
  if (length >= SURELY_KEPT) return false;
  return (
    2 * length <= Math.min(extentOf(before), extentOf(after)) ||
    !/[\p{L}\p{N}]/u.test(base.slice(stretch.baseStart, stretch.baseEnd))
  );
}
