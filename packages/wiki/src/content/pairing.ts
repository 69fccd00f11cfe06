/** Something that may have become something else. */
export interface Candidate {
  /** Only candidates of one kind are paired. */
  readonly kind: string;
  readonly words: readonly string[];
}

/** Indices of a candidate before and of what became of it. */
export type Pair = readonly [before: number, after: number];

/** Letters, digits and other marks compared, at most, over one comparison of two texts. */
const COMPARED_UNITS = 100_000_000;
/** The work of pairing grows with the square of this. */
const MAX_SECTION = 1_000;
/** The share of two candidates' letters that stands in both of them, from which on they resemble each other. */
const RESEMBLANCE = 0.35;

/**
 * Pairs up what was replaced with what stands in its place, where the two resemble each other by their words.
 * The pairs keep the order of both sides; among all such choices it is the one with most text in common.
 * Long sequences are paired section by section: `units`, the length of all that is compared over one task,
 * decides how long these may be.
 */
export function pairAlike(before: readonly Candidate[], after: readonly Candidate[], units: number): Pair[] {
  if (before.length === 0 || after.length === 0) return [];
  const most = Math.max(1, Math.min(MAX_SECTION, Math.floor(COMPARED_UNITS / Math.max(1, units))));
  const sections = Math.ceil(Math.max(before.length, after.length) / most);
  const cut = (length: number, section: number) => Math.floor((length * section) / sections);
  const ids = new Map<string, number>();
  const pairs: Pair[] = [];
  for (let section = 0; section < sections; section++) {
    const [beforeStart, afterStart] = [cut(before.length, section), cut(after.length, section)];
    const olds = before.slice(beforeStart, cut(before.length, section + 1)).map((one) => bagOf(one, ids));
    const news = after.slice(afterStart, cut(after.length, section + 1)).map((one) => bagOf(one, ids));
    for (const [old, now] of bestPairs(olds, news)) pairs.push([beforeStart + old, afterStart + now]);
  }
  return pairs;
}

/** The words of a text, and its other marks one by one, without white space. */
export function wordsIn(text: string): string[] {
  return text.match(/[\p{L}\p{N}\p{M}]+|[^\s\p{L}\p{N}\p{M}]/gu) ?? [];
}

/** The words of a candidate in an order of their own, so that two bags are compared in one pass. */
interface Bag {
  readonly kind: string;
  readonly words: readonly { readonly id: number; readonly length: number }[];
  readonly length: number;
}

function bagOf({ kind, words }: Candidate, ids: Map<string, number>): Bag {
  let total = 0;
  const entries = words.map((word) => {
    const id = ids.get(word) ?? ids.size;
    if (id === ids.size) ids.set(word, id);
    total += word.length;
    return { id, length: word.length };
  });
  return { kind, words: entries.sort((one, other) => one.id - other.id), length: total };
}

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
  const common = lengthInCommon(old.words, now.words);
  // What has no words at all is like its own kind, but less than anything that has.
  return common < needed ? 0 : common + 1;
}

function lengthInCommon(old: Bag["words"], now: Bag["words"]): number {
  let [i, j, length] = [0, 0, 0];
  while (i < old.length && j < now.length) {
    const one = old[i];
    const other = now[j];
    if (!one || !other) break;
    if (one.id === other.id) length += one.length;
    if (one.id <= other.id) i++;
    if (one.id >= other.id) j++;
  }
  return length;
}
