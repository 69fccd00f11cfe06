import type { DiffBudget } from "./diff-budget.ts";

/** A line or block that may be paired with a similar one of the other text. */
export interface Candidate {
  /** Candidates of different kinds are never paired. */
  readonly kind: string;
  readonly words: readonly string[];
}

/** Indices of an old candidate and of the new one that replaces it. */
export type Pair = readonly [old: number, new: number];

/** The largest number of candidates that are paired at once. Pairing takes time proportional to its square. */
const MAX_CHUNK = 1_000;
/** Candidates are similar if they share at least this part of their text (Sørensen–Dice coefficient, by length). */
const MIN_SIMILARITY = 0.35;

/**
 * Pairs each removed candidate with a similar added one. The pairs keep the order of both sides and have as much text
 * in common as possible. Long sequences are paired in chunks, whose length depends on the budget.
 */
export function pairSimilar(
  removed: readonly Candidate[],
  added: readonly Candidate[],
  budget: DiffBudget,
): Pair[] {
  if (removed.length === 0 || added.length === 0) return [];
  const ids = new Map<string, number>();
  const olds = removed.map((candidate) => bagOf(candidate, ids));
  const news = added.map((candidate) => bagOf(candidate, ids));
  const longest = Math.max(olds.length, news.length);
  const comparisonSteps = comparisonCost(olds) + comparisonCost(news);
  const chunkLength = Math.max(1, budget.reserve(comparisonSteps, Math.min(MAX_CHUNK, longest)));
  const chunks = Math.ceil(longest / chunkLength);
  const startOf = (length: number, chunk: number) => Math.floor((length * chunk) / chunks);
  const pairs: Pair[] = [];
  for (let chunk = 0; chunk < chunks; chunk++) {
    const [oldStart, newStart] = [startOf(olds.length, chunk), startOf(news.length, chunk)];
    const oldChunk = olds.slice(oldStart, startOf(olds.length, chunk + 1));
    const newChunk = news.slice(newStart, startOf(news.length, chunk + 1));
    for (const [oldIndex, newIndex] of bestPairs(oldChunk, newChunk))
      pairs.push([oldStart + oldIndex, newStart + newIndex]);
  }
  return pairs;
}

/**
 * Yields the rows of a side-by-side comparison: similar candidates share a row, all others have a row alone. Removed
 * candidates precede added ones.
 */
export function* similarRows(
  removed: readonly Candidate[],
  added: readonly Candidate[],
  budget: DiffBudget,
): Generator<readonly [old: number | undefined, new: number | undefined]> {
  let [nextOld, nextNew] = [0, 0];
  for (const [oldIndex, newIndex] of pairSimilar(removed, added, budget)) {
    for (; nextOld < oldIndex; nextOld++) yield [nextOld, undefined];
    for (; nextNew < newIndex; nextNew++) yield [undefined, nextNew];
    yield [nextOld++, nextNew++];
  }
  for (; nextOld < removed.length; nextOld++) yield [nextOld, undefined];
  for (; nextNew < added.length; nextNew++) yield [undefined, nextNew];
}

/** Splits a text into words and other characters, without white space. */
export function wordsIn(text: string): string[] {
  return text.match(/[\p{L}\p{N}\p{M}]+|[^\s\p{L}\p{N}\p{M}]/gu) ?? [];
}

/** A bag of words (multiset) in ascending order of word ids, so that two bags are compared in one pass. */
interface Bag {
  readonly kind: string;
  /** Word ids, ascending. */
  readonly words: Int32Array;
  /** Per word: its length times the number of its occurrences. */
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

/** Returns the number of steps that comparing each bag once takes. */
function comparisonCost(bags: readonly Bag[]): number {
  return bags.reduce((sum, { words }) => sum + words.length + OVERHEAD_STEPS_PER_BAG, 0);
}

/** The cost of a comparison besides its words, so that bags without words also use the budget. */
const OVERHEAD_STEPS_PER_BAG = 2;

/** Finds the pairs with the highest total score by dynamic programming, as for a longest common subsequence. */
function bestPairs(olds: readonly Bag[], news: readonly Bag[]): Pair[] {
  const width = news.length + 1;
  const scores = new Float64Array(olds.length * news.length);
  /** `best[row * width + column]` is the highest total score for the candidates from `row` and `column` to the end. */
  const best = new Float64Array((olds.length + 1) * width);
  for (let row = olds.length - 1; row >= 0; row--) {
    for (let column = news.length - 1; column >= 0; column--) {
      const score = similarityScore(olds[row], news[column]);
      const paired = score > 0 ? score + (best[(row + 1) * width + column + 1] ?? 0) : 0;
      const unpaired = Math.max(best[(row + 1) * width + column] ?? 0, best[row * width + column + 1] ?? 0);
      scores[row * news.length + column] = score;
      best[row * width + column] = Math.max(paired, unpaired);
    }
  }
  const pairs: Pair[] = [];
  let [row, column] = [0, 0];
  while (row < olds.length && column < news.length) {
    const total = best[row * width + column] ?? 0;
    const score = scores[row * news.length + column] ?? 0;
    if (score > 0 && total === score + (best[(row + 1) * width + column + 1] ?? 0))
      pairs.push([row++, column++]);
    else if (total === (best[(row + 1) * width + column] ?? 0)) row++;
    else column++;
  }
  return pairs;
}

/** Returns the common length of two candidates plus 1, or 0 if they are not similar. */
function similarityScore(a: Bag | undefined, b: Bag | undefined): number {
  if (!a || !b || a.kind !== b.kind) return 0;
  const needed = (MIN_SIMILARITY * (a.length + b.length)) / 2;
  if (Math.min(a.length, b.length) < needed) return 0;
  const common = commonLength(a, b);
  // Two candidates without words are similar, with the lowest score.
  return common < needed ? 0 : common + 1;
}

function commonLength(a: Bag, b: Bag): number {
  let [i, j, length] = [0, 0, 0];
  while (i < a.words.length && j < b.words.length) {
    const [word = 0, other = 0] = [a.words[i], b.words[j]];
    if (word === other) length += Math.min(a.lengths[i] ?? 0, b.lengths[j] ?? 0);
    if (word <= other) i++;
    if (word >= other) j++;
  }
  return length;
}
