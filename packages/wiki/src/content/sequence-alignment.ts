import { diffArrays } from "diff";
import { DiffBudget } from "./diff-budget.ts";

/**
 * A range of two sequences. Ends are exclusive. The ranges of an alignment cover both sequences in order, and ranges
 * with equal and with different items alternate.
 */
export interface AlignedRange {
  /** True if both sides are equal. Otherwise the result replaces the base; one side may be empty. */
  readonly same: boolean;
  readonly baseStart: number;
  readonly baseEnd: number;
  readonly resultStart: number;
  readonly resultEnd: number;
}

/** A range of both sequences that is still to be aligned. */
export type Gap = Omit<AlignedRange, "same">;

/** Myers' algorithm takes time proportional to the square of the edits. */
const MAX_EDITS = 2_000;
/** Gaps with more edits are searched in windows of this many items of each side. */
const WINDOW = 512;
const MAX_EDITS_IN_WINDOW = 128;
/** After this many failed windows in a row, the rest counts as replaced. */
const MAX_FAILED_WINDOWS = 16;
/** Each level of anchors reads both sequences once. */
const MAX_ANCHOR_DEPTH = 8;

/** Aligns two sequences; offsets are indices of items. Several alignments may share a `budget`. */
export function alignSequences(
  base: readonly string[],
  result: readonly string[],
  budget = new DiffBudget(),
): AlignedRange[] {
  const ids = new Map<string, number>();
  const idOf = (item: string) => {
    const id = ids.get(item) ?? ids.size;
    if (id === ids.size) ids.set(item, id);
    return id;
  };
  const search = new AlignmentSearch(base.map(idOf), result.map(idOf), budget);
  return search.ranges();
}

/**
 * Aligns two sequences of numbers.
 *
 * 1. Patience diff (Bram Cohen): items that occur exactly once on each side are anchors. The longest increasing
 *    subsequence of anchors is matched, and the gaps between anchors are aligned recursively.
 * 2. A gap without anchors is aligned with the fewest edits (Myers, "An O(ND) Difference Algorithm and Its
 *    Variations", 1986).
 * 3. A gap with more than `MAX_EDITS` edits is aligned window by window.
 *
 * When the budget is used up, the rest counts as replaced.
 */
class AlignmentSearch {
  readonly #base: readonly number[];
  readonly #result: readonly number[];
  readonly #budget: DiffBudget;
  readonly #ranges: AlignedRange[] = [];

  constructor(base: readonly number[], result: readonly number[], budget: DiffBudget) {
    this.#base = base;
    this.#result = result;
    this.#budget = budget;
  }

  ranges(): AlignedRange[] {
    this.#align(
      { baseStart: 0, baseEnd: this.#base.length, resultStart: 0, resultEnd: this.#result.length },
      0,
    );
    return joinRanges(this.#ranges);
  }

  #align(gap: Gap, depth: number): void {
    let { baseStart, baseEnd, resultStart, resultEnd } = gap;
    while (
      baseStart < baseEnd &&
      resultStart < resultEnd &&
      this.#base[baseStart] === this.#result[resultStart]
    ) {
      baseStart++;
      resultStart++;
    }
    while (
      baseStart < baseEnd &&
      resultStart < resultEnd &&
      this.#base[baseEnd - 1] === this.#result[resultEnd - 1]
    ) {
      baseEnd--;
      resultEnd--;
    }
    this.#add(true, { ...gap, baseEnd: baseStart, resultEnd: resultStart });
    this.#alignTrimmed({ baseStart, baseEnd, resultStart, resultEnd }, depth);
    this.#add(true, { ...gap, baseStart: baseEnd, resultStart: resultEnd });
  }

  #alignTrimmed(gap: Gap, depth: number): void {
    if (gap.baseStart === gap.baseEnd || gap.resultStart === gap.resultEnd) {
      this.#add(false, gap);
      return;
    }
    const anchors = depth < MAX_ANCHOR_DEPTH ? this.#anchorsIn(gap) : [];
    if (anchors.length === 0) {
      this.#alignByEdits(gap);
      return;
    }
    let { baseStart, resultStart } = gap;
    for (const [baseEnd, resultEnd] of anchors) {
      this.#align({ baseStart, baseEnd, resultStart, resultEnd }, depth + 1);
      baseStart = baseEnd;
      resultStart = resultEnd;
    }
    this.#align({ ...gap, baseStart, resultStart }, depth + 1);
  }

  #anchorsIn(gap: Gap): Anchor[] {
    const inBase = uniquePositions(this.#base, gap.baseStart, gap.baseEnd);
    const pairs: Anchor[] = [];
    for (const [item, resultIndex] of uniquePositions(this.#result, gap.resultStart, gap.resultEnd)) {
      const baseIndex = inBase.get(item);
      if (baseIndex !== undefined && baseIndex !== REPEATED && resultIndex !== REPEATED) {
        pairs.push([baseIndex, resultIndex]);
      }
    }
    return longestIncreasingSubsequence(pairs);
  }

  #alignByEdits(gap: Gap): void {
    if (!this.#haveCommonItem(gap)) {
      this.#add(false, gap);
      return;
    }
    const found = this.#fewestEdits(gap, MAX_EDITS);
    if (found) this.#ranges.push(...found);
    else this.#alignWindows(gap);
  }

  #alignWindows(gap: Gap): void {
    let { baseStart, resultStart } = gap;
    let failures = 0;
    while (baseStart < gap.baseEnd && resultStart < gap.resultEnd && failures < MAX_FAILED_WINDOWS) {
      const baseEnd = Math.min(baseStart + WINDOW, gap.baseEnd);
      const resultEnd = Math.min(resultStart + WINDOW, gap.resultEnd);
      const window = { baseStart, baseEnd, resultStart, resultEnd };
      const found = this.#fewestEdits(window, MAX_EDITS_IN_WINDOW);
      failures = found === undefined ? failures + 1 : 0;
      const accepted = throughLongestMatch(found ?? [{ same: false, ...window }], baseStart + WINDOW / 2);
      this.#ranges.push(...accepted);
      baseStart = accepted.at(-1)?.baseEnd ?? baseEnd;
      resultStart = accepted.at(-1)?.resultEnd ?? resultEnd;
    }
    this.#add(false, { ...gap, baseStart, resultStart });
  }

  /** Returns the alignment with the fewest edits, or undefined beyond `maxEdits` edits or the budget. */
  #fewestEdits(gap: Gap, maxEdits: number): AlignedRange[] | undefined {
    const items = gap.baseEnd - gap.baseStart + gap.resultEnd - gap.resultStart;
    const editLimit = this.#budget.reserve(items, maxEdits);
    if (editLimit < 1) return undefined;
    const base = this.#base.slice(gap.baseStart, gap.baseEnd);
    const result = this.#result.slice(gap.resultStart, gap.resultEnd);
    const changes = diffArrays(base, result, { maxEditLength: editLimit });
    if (!changes) return undefined;

    let edits = 0;
    let { baseStart, resultStart } = gap;
    const ranges = changes.map(({ added, removed, count }) => {
      const baseEnd = added ? baseStart : baseStart + count;
      const resultEnd = removed ? resultStart : resultStart + count;
      const range = { same: !added && !removed, baseStart, baseEnd, resultStart, resultEnd };
      if (!range.same) edits += count;
      baseStart = baseEnd;
      resultStart = resultEnd;
      return range;
    });
    this.#budget.release(items, editLimit - edits);
    return ranges;
  }

  #haveCommonItem(gap: Gap): boolean {
    const inBase = new Set<number | undefined>();
    for (let index = gap.baseStart; index < gap.baseEnd; index++) inBase.add(this.#base[index]);
    for (let index = gap.resultStart; index < gap.resultEnd; index++) {
      if (inBase.has(this.#result[index])) return true;
    }
    return false;
  }

  #add(same: boolean, { baseStart, baseEnd, resultStart, resultEnd }: Gap): void {
    this.#ranges.push({ same, baseStart, baseEnd, resultStart, resultEnd });
  }
}

/** Drops empty ranges and joins neighbours with the same `same`. */
export function joinRanges(ranges: readonly AlignedRange[]): AlignedRange[] {
  const joined: AlignedRange[] = [];
  for (const range of ranges) {
    if (rangeLength(range) === 0) continue;
    const last = joined.at(-1);
    if (last?.same === range.same) {
      joined[joined.length - 1] = { ...last, baseEnd: range.baseEnd, resultEnd: range.resultEnd };
    } else {
      joined.push(range);
    }
  }
  return joined;
}

export function rangeLength(range: AlignedRange): number {
  return Math.max(range.baseEnd - range.baseStart, range.resultEnd - range.resultStart);
}

type Anchor = readonly [baseIndex: number, resultIndex: number];

/** The position of an item that occurs more than once. */
const REPEATED = -1;

function uniquePositions(items: readonly number[], start: number, end: number): Map<number, number> {
  const positions = new Map<number, number>();
  for (let index = start; index < end; index++) {
    const item = items[index] ?? 0;
    positions.set(item, positions.has(item) ? REPEATED : index);
  }
  return positions;
}

/**
 * Returns the ranges of a window up to the longest match that starts at `minStart` of the base or later, or all of
 * them. The next window starts there, because matches near the end of a window are unreliable.
 */
function throughLongestMatch(ranges: readonly AlignedRange[], minStart: number): readonly AlignedRange[] {
  let longest = -1;
  let length = 0;
  ranges.forEach((range, index) => {
    if (range.same && range.baseStart >= minStart && range.baseEnd - range.baseStart > length) {
      longest = index;
      length = range.baseEnd - range.baseStart;
    }
  });
  return longest < 0 ? ranges : ranges.slice(0, longest + 1);
}

/** Returns the longest subsequence with increasing base indices, by patience sorting. The result indices increase already. */
function longestIncreasingSubsequence(pairs: readonly Anchor[]): Anchor[] {
  const tops: number[] = [];
  const previous = new Int32Array(pairs.length).fill(-1);
  pairs.forEach(([baseIndex], index) => {
    let low = 0;
    let high = tops.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((pairs[tops[middle] ?? 0]?.[0] ?? 0) < baseIndex) low = middle + 1;
      else high = middle;
    }
    previous[index] = tops[low - 1] ?? -1;
    tops[low] = index;
  });
  const ascending: Anchor[] = [];
  for (let index = tops.at(-1) ?? -1; index >= 0; index = previous[index] ?? -1) {
    const pair = pairs[index];
    if (pair) ascending.push(pair);
  }
  return ascending.reverse();
}
