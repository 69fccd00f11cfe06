import {
  type AlignedRange,
  alignSequences,
  extentOf,
  type Gap,
  joinRanges,
  SearchBudget,
} from "./sequence-alignment.ts";

/** Aligns two texts by line. Offsets are in UTF-16 code units and lie at the starts of lines. */
export function alignLines(base: string, result: string, budget = new SearchBudget()): AlignedRange[] {
  const whole = { baseStart: 0, baseEnd: base.length, resultStart: 0, resultEnd: result.length };
  return joinRanges(alignTokens(base, result, whole, byLine, budget));
}

/**
 * Aligns two texts by line, and by word where lines were replaced. Offsets are in UTF-16 code units and never
 * within a surrogate pair of either text. Several alignments of one task share a `budget`.
 */
export function alignWords(base: string, result: string, budget = new SearchBudget()): AlignedRange[] {
  const ranges: AlignedRange[] = [];
  for (const lines of alignLines(base, result, budget)) {
    if (lines.same) ranges.push(lines);
    else {
      const words = alignTokens(base, result, lines, byWord, budget);
      const hasWords = ({ baseStart, baseEnd }: Gap) => /[\p{L}\p{N}]/u.test(base.slice(baseStart, baseEnd));
      for (const range of withoutCoincidences(joinRanges(words), extentOf, hasWords)) ranges.push(range);
    }
  }
  return joinRanges(ranges);
}

/** Each line with its ending: LF, CRLF or a lone CR. Nothing of the text is lost. */
export function splitLines(text: string): string[] {
  return text.match(/[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$/g) ?? [];
}

/** Where the line that is at this offset ends, behind its ending; `end` if the text goes no further. */
export function endOfLine(text: string, offset: number, end = text.length): number {
  for (let at = offset; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === LINE_FEED) return at + 1;
    if (code === CARRIAGE_RETURN)
      return text.charCodeAt(at + 1) === LINE_FEED ? Math.min(at + 2, end) : at + 1;
  }
  return end;
}

/** How many lines `splitLines` would make of a part of a text. */
export function countLines(text: string, start: number, end: number): number {
  let lines = 0;
  for (let at = start; at < end; at = endOfLine(text, at, end)) lines++;
  return lines;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

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
  /** Whether the budget is enough to split a gap and search it. */
  isAffordable(base: string, result: string, gap: Gap, budget: SearchBudget): boolean;
}

const byLine: Grain = {
  split: splitLines,
  isCut: startsLine,
  isAffordable: (base, result, { baseStart, baseEnd, resultStart, resultEnd }, { lines }) =>
    lines === Number.POSITIVE_INFINITY ||
    countLines(base, baseStart, baseEnd) + countLines(result, resultStart, resultEnd) <= lines,
};

/** Replacements longer than this are not compared word by word. In UTF-16 code units of both sides together. */
const MAX_WORD_UNITS = 4_000_000;

/** Runs of letters and digits, runs of white space, and every other character by itself. */
const byWord: Grain = {
  split: (text) => text.match(/[\p{L}\p{N}\p{M}]+|\s+|[\s\S]/gu) ?? [],
  isCut: (text, offset) => offset === 0 || (text[offset - 1] === " " && !/\s/.test(text[offset] ?? "")),
  isAffordable: (_base, _result, { baseStart, baseEnd, resultStart, resultEnd }, budget) => {
    const units = baseEnd - baseStart + resultEnd - resultStart;
    return units <= MAX_WORD_UNITS && budget.takeWordUnits(units);
  },
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
  if (isOneSided || !grain.isAffordable(base, result, middle, budget)) {
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
  while (
    baseStart < baseEnd &&
    resultStart < resultEnd &&
    base.charCodeAt(baseStart) === result.charCodeAt(resultStart)
  ) {
    baseStart++;
    resultStart++;
  }
  while (baseStart > gap.baseStart && !(isCut(base, baseStart) && isCut(result, resultStart))) {
    baseStart--;
    resultStart--;
  }
  while (
    baseEnd > baseStart &&
    resultEnd > resultStart &&
    base.charCodeAt(baseEnd - 1) === result.charCodeAt(resultEnd - 1)
  ) {
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
 * if no word is in it, or if it is short, and either replacement beside it twice as long.
 */
export function withoutCoincidences(
  ranges: readonly AlignedRange[],
  lengthOf: (range: AlignedRange) => number,
  hasWords: (stretch: AlignedRange) => boolean,
): AlignedRange[] {
  const isCoincidence = (stretch: AlignedRange, before: AlignedRange, after: AlignedRange) => {
    const length = lengthOf(stretch);
    if (length >= SURELY_KEPT) return false;
    return 2 * length <= Math.min(lengthOf(before), lengthOf(after)) || !hasWords(stretch);
  };
  const kept: AlignedRange[] = [];
  for (const range of ranges) {
    let last = range;
    while (!last.same) {
      const stretch = kept.at(-1);
      const before = kept.at(-2);
      if (!stretch || !before || !isCoincidence(stretch, before, last)) break;
      kept.length -= 2;
      last = { ...last, baseStart: before.baseStart, resultStart: before.resultStart };
    }
    kept.push(last);
  }
  return kept;
}
