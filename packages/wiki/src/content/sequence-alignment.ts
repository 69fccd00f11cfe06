import { diffArrays } from "diff";

/**
 * A stretch of two sequences, side by side. Offsets are half-open. The ranges of an alignment ascend without
 * gaps from the start to the end of both sides, and no two neighbours have the same `same`.
 */
export interface AlignedRange {
  /** Both sides are equal here. Otherwise the base's part was replaced; one side may be empty. */
  readonly same: boolean;
  readonly baseStart: number;
  readonly baseEnd: number;
  readonly resultStart: number;
  readonly resultEnd: number;
}

export type Gap = Omit<AlignedRange, "same">;

/** The work of a search grows with the square of its edits; past this it is given up. */
const MAX_EDITS = 2_000;
/** A part that has too many edits for one search is searched piece by piece. In items of one side. */
const WINDOW = 512;
const MAX_EDITS_IN_WINDOW = 128;
/** After so many windows in a row without a result the two sides are taken to be different texts. */
const MAX_WINDOWS_IN_VAIN = 16;
/** Each level of anchors reads the whole text once. */
const MAX_ANCHOR_DEPTH = 8;

/**
 * Aligns two sequences; offsets are indices of items. Several alignments of one task share a `budget`.
 */
export function alignSequences(
  base: readonly string[],
  result: readonly string[],
  budget = new SearchBudget(),
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

/** What a comparison may cost. */
export interface Effort {
  /** Pairs of items compared. */
  readonly steps: number;
  /** Lines of both sides, beyond which none is looked for on the other side. */
  readonly lines: number;
  /** UTF-16 code units, of both sides together, that are compared word by word. */
  readonly wordUnits: number;
}

/** For what is stored and kept: about a second at worst, whatever the texts. */
const LASTING_EFFORT: Effort = {
  steps: 120_000_000,
  lines: Number.POSITIVE_INFINITY,
  wordUnits: Number.POSITIVE_INFINITY,
};
/** For what anybody may ask to see, at any time: about half a second at worst. */
export const PASSING_EFFORT: Effort = { steps: 10_000_000, lines: 400_000, wordUnits: 1_000_000 };

/** Counts what comparisons cost in steps, so that they have a bound that does not depend on the machine. */
export class SearchBudget {
  readonly lines: number;
  #steps: number;
  #wordUnits: number;

  constructor({ steps, lines, wordUnits } = LASTING_EFFORT) {
    this.lines = lines;
    this.#steps = steps;
    this.#wordUnits = wordUnits;
  }

  /** Pays for as many steps with each of some items as it can; leaves at least three quarters of the budget to others. */
  take(items: number, atMost: number): number {
    const steps = Math.min(atMost, Math.floor(this.#steps / 4 / items));
    this.#steps -= items * steps;
    return steps;
  }

  giveBack(items: number, steps: number): void {
    this.#steps += items * steps;
  }

  /** Whether so much text may still be compared word by word. */
  takeWordUnits(units: number): boolean {
    if (units > this.#wordUnits) return false;
    this.#wordUnits -= units;
    return true;
  }
}

/**
 * Finds what two sequences of numbers have in common. Items that occur exactly once on both sides are matched
 * first, in the longest order that both sides share (patience diff). What lies between these anchors is
 * searched for the fewest edits (Myers), whole or, if they are too many, window by window. Where the budget
 * ends, the rest counts as replaced.
 */
class AlignmentSearch {
  readonly #base: readonly number[];
  readonly #result: readonly number[];
  readonly #budget: SearchBudget;
  readonly #ranges: AlignedRange[] = [];

  constructor(base: readonly number[], result: readonly number[], budget: SearchBudget) {
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
    this.#alignMiddle({ baseStart, baseEnd, resultStart, resultEnd }, depth);
    this.#add(true, { ...gap, baseStart: baseEnd, resultStart: resultEnd });
  }

  #alignMiddle(gap: Gap, depth: number): void {
    if (gap.baseStart === gap.baseEnd || gap.resultStart === gap.resultEnd) {
      this.#add(false, gap);
      return;
    }
    const anchors = depth < MAX_ANCHOR_DEPTH ? this.#anchorsIn(gap) : [];
    if (anchors.length === 0) {
      this.#searchEdits(gap);
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
    const inBase = placesOfUnique(this.#base, gap.baseStart, gap.baseEnd);
    const pairs: Anchor[] = [];
    for (const [item, resultPlace] of placesOfUnique(this.#result, gap.resultStart, gap.resultEnd)) {
      const basePlace = inBase.get(item);
      if (basePlace !== undefined && basePlace !== REPEATED && resultPlace !== REPEATED) {
        pairs.push([basePlace, resultPlace]);
      }
    }
    return longestAscending(pairs);
  }

  #searchEdits(gap: Gap): void {
    if (!this.#haveItemInCommon(gap)) {
      this.#add(false, gap);
      return;
    }
    const found = this.#fewestEdits(gap, MAX_EDITS);
    if (found) this.#ranges.push(...found);
    else this.#searchWindows(gap);
  }

  #searchWindows(gap: Gap): void {
    let { baseStart, resultStart } = gap;
    let inVain = 0;
    while (baseStart < gap.baseEnd && resultStart < gap.resultEnd && inVain < MAX_WINDOWS_IN_VAIN) {
      const baseEnd = Math.min(baseStart + WINDOW, gap.baseEnd);
      const resultEnd = Math.min(resultStart + WINDOW, gap.resultEnd);
      const window = { baseStart, baseEnd, resultStart, resultEnd };
      const found = this.#fewestEdits(window, MAX_EDITS_IN_WINDOW);
      inVain = found === undefined ? inVain + 1 : 0;
      const settled = untilAgreement(found ?? [{ same: false, ...window }], baseStart + WINDOW / 2);
      this.#ranges.push(...settled);
      baseStart = settled.at(-1)?.baseEnd ?? baseEnd;
      resultStart = settled.at(-1)?.resultEnd ?? resultEnd;
    }
    this.#add(false, { ...gap, baseStart, resultStart });
  }

  /** The alignment of a gap with the fewest edits, unless there are more than `atMost` or the budget ends. */
  #fewestEdits(gap: Gap, atMost: number): AlignedRange[] | undefined {
    const items = gap.baseEnd - gap.baseStart + gap.resultEnd - gap.resultStart;
    const maxEditLength = this.#budget.take(items, atMost);
    if (maxEditLength < 1) return undefined;
    const base = this.#base.slice(gap.baseStart, gap.baseEnd);
    const result = this.#result.slice(gap.resultStart, gap.resultEnd);
    const changes = diffArrays(base, result, { maxEditLength });
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
    this.#budget.giveBack(items, maxEditLength - edits);
    return ranges;
  }

  #haveItemInCommon(gap: Gap): boolean {
    const inBase = new Set<number | undefined>();
    for (let place = gap.baseStart; place < gap.baseEnd; place++) inBase.add(this.#base[place]);
    for (let place = gap.resultStart; place < gap.resultEnd; place++) {
      if (inBase.has(this.#result[place])) return true;
    }
    return false;
  }

  #add(same: boolean, { baseStart, baseEnd, resultStart, resultEnd }: Gap): void {
    this.#ranges.push({ same, baseStart, baseEnd, resultStart, resultEnd });
  }
}

/** Leaves out empty ranges and makes one of neighbours that are alike. */
export function joinRanges(ranges: readonly AlignedRange[]): AlignedRange[] {
  const joined: AlignedRange[] = [];
  for (const range of ranges) {
    if (extentOf(range) === 0) continue;
    const last = joined.at(-1);
    if (last?.same === range.same) {
      joined[joined.length - 1] = { ...last, baseEnd: range.baseEnd, resultEnd: range.resultEnd };
    } else {
      joined.push(range);
    }
  }
  return joined;
}

export function extentOf(range: AlignedRange): number {
  return Math.max(range.baseEnd - range.baseStart, range.resultEnd - range.resultStart);
}

type Anchor = readonly [basePlace: number, resultPlace: number];

const REPEATED = -1;

function placesOfUnique(items: readonly number[], start: number, end: number): Map<number, number> {
  const places = new Map<number, number>();
  for (let place = start; place < end; place++) {
    const item = items[place] ?? 0;
    places.set(item, places.has(item) ? REPEATED : place);
  }
  return places;
}

/**
 * Where a window ends is arbitrary, and so is what was matched near its end. The next window starts after
 * the longest stretch that both sides share from `place` of the base on; without one, after this window.
 */
function untilAgreement(ranges: readonly AlignedRange[], place: number): readonly AlignedRange[] {
  let longest = -1;
  let length = 0;
  ranges.forEach((range, index) => {
    if (range.same && range.baseStart >= place && range.baseEnd - range.baseStart > length) {
      longest = index;
      length = range.baseEnd - range.baseStart;
    }
  });
  return longest < 0 ? ranges : ranges.slice(0, longest + 1);
}

/** The longest subsequence whose base places ascend, by patience sorting; result places ascend already. */
function longestAscending(pairs: readonly Anchor[]): Anchor[] {
  const tops: number[] = [];
  const previous = new Int32Array(pairs.length).fill(-1);
  pairs.forEach(([basePlace], index) => {
    let low = 0;
    let high = tops.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((pairs[tops[middle] ?? 0]?.[0] ?? 0) < basePlace) low = middle + 1;
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
