import type { SearchBudget } from "./sequence-alignment.ts";

/** Something that may have become something else. */
export interface Candidate {
  /** Only candidates of one kind are paired. */
  readonly kind: string;
  readonly words: readonly string[];
}

/** Indices of a candidate before and of what became of it. */
export type Pair = readonly [before: number, after: number];

/** The work of pairing grows with the square of this. */
const MAX_SECTION = 1_000;
/** The share of two candidates' letters that stands in both of them, from which on they resemble each other. */
const RESEMBLANCE = 0.35;

/**
 * Pairs up what was replaced with what stands in its place, where the two resemble each other by their words.
 * The pairs keep the order of both sides; among all such choices it is the one with most text in common.
 * Long sequences are paired section by section: the budget decides how long these may be.
 */
export function pairAlike(
  before: readonly Candidate[],
  after: readonly Candidate[],
  budget: SearchBudget,
): Pair[] {
  if (before.length === 0 || after.length === 0) return [];
  const ids = new Map<string, number>();
  const olds = before.map((one) => bagOf(one, ids));
  const news = after.map((one) => bagOf(one, ids));
  const longest = Math.max(olds.length, news.length);
  const items = itemsOf(olds) + itemsOf(news);
  const most = Math.max(1, budget.take(items, Math.min(MAX_SECTION, longest)));
  const sections = Math.ceil(longest / most);
  const cut = (length: number, section: number) => Math.floor((length * section) / sections);
  const pairs: Pair[] = [];
  for (let section = 0; section < sections; section++) {
    const [oldStart, newStart] = [cut(olds.length, section), cut(news.length, section)];
    const oldSection = olds.slice(oldStart, cut(olds.length, section + 1));
    const newSection = news.slice(newStart, cut(news.length, section + 1));
    for (const [old, now] of bestPairs(oldSection, newSection)) pairs.push([oldStart + old, newStart + now]);
  }
  return pairs;
}

/** The words of a text, and its other marks one by one, without white space. */
export function wordsIn(text: string): string[] {
  return text.match(/[\p{L}\p{N}\p{M}]+|[^\s\p{L}\p{N}\p{M}]/gu) ?? [];
}

/** The different words of a candidate in an order of their own, so that two bags are compared in one pass. */
interface Bag {
  readonly kind: string;
  /** Ascending. */
  readonly words: Int32Array;
  /** How long each word is, times how often it is there. */
  readonly lengths: Int32Array;
  readonly length: number;
}

function bagOf({ kind, words }: Candidate, ids: Map<string, number>): Bag {
  const lengths = new Map<number, number>();
  let length = 0;
  for (const word of words) {
    const id = ids.get(word) ?? ids.size;
    if (id === ids.size) ids.set(word, id);
    lengths.set(id, (lengths.get(id) ?? 0) + word.length);
    length += word.length;
  }
  const ascending = Int32Array.from(lengths.keys()).sort();
  return { kind, words: ascending, lengths: ascending.map((id) => lengths.get(id) ?? 0), length };
}

/** What comparing bags costs: their words, and something for the bag. */
function itemsOf(bags: readonly Bag[]): number {
  return bags.reduce((sum, { words }) => sum + words.length + STEPS_OF_A_BAG, 0);
}

const STEPS_OF_A_BAG = 2;

/** The pairs in order that have most in common, by the usual table of the best choice for each two rests. */
function bestPairs(before: readonly Bag[], after: readonly Bag[]): Pair[] {
  const width = after.length + 1;
  const gains = new Float64Array(before.length * after.length);
  const best = new Float64Array((before.length + 1) * width);
  for (let old = before.length - 1; old >= 0; old--) {
    for (let now = after.length - 1; now >= 0; now--) {
      const gain = gainOf(before[old], after[now]);
      const paired = gain > 0 ? gain + (best[(old + 1) * width + now + 1] ?? 0) : 0;
      const alone = Math.max(best[(old + 1) * width + now] ?? 0, best[old * width + now + 1] ?? 0);
      gains[old * after.length + now] = gain;
      best[old * width + now] = Math.max(paired, alone);
    }
  }
  const pairs: Pair[] = [];
  let [old, now] = [0, 0];
  while (old < before.length && now < after.length) {
    const here = best[old * width + now] ?? 0;
    const gain = gains[old * after.length + now] ?? 0;
    if (gain > 0 && here === gain + (best[(old + 1) * width + now + 1] ?? 0)) pairs.push([old++, now++]);
    else if (here === (best[(old + 1) * width + now] ?? 0)) old++;
    else now++;
  }
  return pairs;
}

/** How much two candidates have in common, or 0 if they do not resemble each other. */
function gainOf(old: Bag | undefined, now: Bag | undefined): number {
  if (!old || !now || old.kind !== now.kind) return 0;
  const needed = (RESEMBLANCE * (old.length + now.length)) / 2;
  if (Math.min(old.length, now.length) < needed) return 0;
  const common = lengthInCommon(old, now);
  // What has no words at all is like its own kind, but less than anything that has.
  return common < needed ? 0 : common + 1;
}

function lengthInCommon(old: Bag, now: Bag): number {
  const [oldWords, newWords] = [old.words, now.words];
  let [i, j, length] = [0, 0, 0];
  while (i < oldWords.length && j < newWords.length) {
    const [one = 0, other = 0] = [oldWords[i], newWords[j]];
    if (one === other) length += Math.min(old.lengths[i] ?? 0, now.lengths[j] ?? 0);
    if (one <= other) i++;
    if (one >= other) j++;
  }
  return length;
}
