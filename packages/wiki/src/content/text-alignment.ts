import { commonPrefixLength, commonSuffixLength } from "./common-ends.ts";
import { DiffBudget } from "./diff-budget.ts";
import { countLines, splitLines, startsLine } from "./lines.ts";
import { semanticCleanup } from "./semantic-cleanup.ts";
import {
  type AlignedRange,
  alignSequences,
  type Gap,
  joinRanges,
  rangeLength,
} from "./sequence-alignment.ts";

/** Aligns two texts by line. Offsets are in UTF-16 code units. */
export function alignLines(base: string, result: string, budget = new DiffBudget()): AlignedRange[] {
  const whole = { baseStart: 0, baseEnd: base.length, resultStart: 0, resultEnd: result.length };
  return joinRanges(alignTokens(base, result, whole, lineTokenizer, budget));
}

/**
 * Aligns two texts by line, and replaced lines by word. Offsets are in UTF-16 code units and never split a surrogate
 * pair. Several alignments may share a `budget`.
 */
export function alignWords(base: string, result: string, budget = new DiffBudget()): AlignedRange[] {
  const ranges: AlignedRange[] = [];
  for (const lines of alignLines(base, result, budget)) {
    if (lines.same) ranges.push(lines);
    else {
      const words = alignTokens(base, result, lines, wordTokenizer, budget);
      const hasWords = ({ baseStart, baseEnd }: Gap) => /[\p{L}\p{N}]/u.test(base.slice(baseStart, baseEnd));
      for (const range of semanticCleanup(joinRanges(words), rangeLength, hasWords)) ranges.push(range);
    }
  }
  return joinRanges(ranges);
}

interface Tokenizer {
  split(text: string): readonly string[];
  /** Returns true if a token starts at this offset, judging by the adjacent characters. May miss starts of tokens. */
  isBoundary(text: string, offset: number): boolean;
  /** Returns true if the budget allows to split a gap and align it. */
  isAffordable(base: string, result: string, gap: Gap, budget: DiffBudget): boolean;
}

const lineTokenizer: Tokenizer = {
  split: splitLines,
  isBoundary: startsLine,
  isAffordable: (base, result, { baseStart, baseEnd, resultStart, resultEnd }, { maxLines }) =>
    maxLines === Number.POSITIVE_INFINITY ||
    countLines(base, baseStart, baseEnd) + countLines(result, resultStart, resultEnd) <= maxLines,
};

/** Longer replacements are not compared by word. In UTF-16 code units of both sides together. */
const MAX_WORD_UNITS = 4_000_000;

/** Tokens are runs of letters and digits, runs of white space, and other characters one by one. */
const wordTokenizer: Tokenizer = {
  split: (text) => text.match(/[\p{L}\p{N}\p{M}]+|\s+|[\s\S]/gu) ?? [],
  isBoundary: (text, offset) => offset === 0 || (text[offset - 1] === " " && !/\s/.test(text[offset] ?? "")),
  isAffordable: (_base, _result, { baseStart, baseEnd, resultStart, resultEnd }, budget) => {
    const units = baseEnd - baseStart + resultEnd - resultStart;
    return units <= MAX_WORD_UNITS && budget.reserveWordUnits(units);
  },
};

/** Aligns the tokens of a gap. The result may have empty ranges, and neighbours with the same `same`. */
function alignTokens(
  base: string,
  result: string,
  gap: Gap,
  tokenizer: Tokenizer,
  budget: DiffBudget,
): AlignedRange[] {
  const middle = trimCommonEnds(base, result, gap, tokenizer);
  const { baseStart, baseEnd, resultStart, resultEnd } = middle;
  const before = { ...gap, same: true, baseEnd: baseStart, resultEnd: resultStart };
  const after = { ...gap, same: true, baseStart: baseEnd, resultStart: resultEnd };
  const isEmptyOnOneSide = baseStart === baseEnd || resultStart === resultEnd;
  if (isEmptyOnOneSide || !tokenizer.isAffordable(base, result, middle, budget)) {
    return [before, { same: false, ...middle }, after];
  }
  const baseTokens = tokenizer.split(base.slice(baseStart, baseEnd));
  const resultTokens = tokenizer.split(result.slice(resultStart, resultEnd));
  const baseOffsets = tokenOffsets(baseTokens, baseStart);
  const resultOffsets = tokenOffsets(resultTokens, resultStart);
  const ranges = alignSequences(baseTokens, resultTokens, budget).map((range) => ({
    same: range.same,
    baseStart: baseOffsets[range.baseStart] ?? 0,
    baseEnd: baseOffsets[range.baseEnd] ?? 0,
    resultStart: resultOffsets[range.resultStart] ?? 0,
    resultEnd: resultOffsets[range.resultEnd] ?? 0,
  }));
  return [before, ...ranges, after];
}

/** Trims the tokens that both sides of a gap start or end with. */
function trimCommonEnds(base: string, result: string, gap: Gap, { isBoundary }: Tokenizer): Gap {
  let { baseStart, baseEnd, resultStart, resultEnd } = gap;
  const prefix = commonPrefixLength(base, result, shorterSide(gap), baseStart, resultStart);
  baseStart += prefix;
  resultStart += prefix;
  while (baseStart > gap.baseStart && !(isBoundary(base, baseStart) && isBoundary(result, resultStart))) {
    baseStart--;
    resultStart--;
  }
  const rest = shorterSide({ baseStart, baseEnd, resultStart, resultEnd });
  const suffix = commonSuffixLength(base, result, rest, baseEnd, resultEnd);
  baseEnd -= suffix;
  resultEnd -= suffix;
  while (baseEnd < gap.baseEnd && !(isBoundary(base, baseEnd) && isBoundary(result, resultEnd))) {
    baseEnd++;
    resultEnd++;
  }
  return { baseStart, baseEnd, resultStart, resultEnd };
}

function shorterSide({ baseStart, baseEnd, resultStart, resultEnd }: Gap): number {
  return Math.min(baseEnd - baseStart, resultEnd - resultStart);
}

function tokenOffsets(tokens: readonly string[], start: number): Float64Array {
  const offsets = new Float64Array(tokens.length + 1);
  offsets[0] = start;
  let offset = start;
  for (let i = 0; i < tokens.length; i++) {
    offset += tokens[i]?.length ?? 0;
    offsets[i + 1] = offset;
  }
  return offsets;
}
