import type { AlignedRange } from "./sequence-alignment.ts";

/** Longer unchanged ranges are always kept. In UTF-16 code units. */
const ALWAYS_KEPT_UNITS = 32;

/**
 * Replaces unchanged ranges that match by chance, so that a rewritten sentence reads as one replacement. After the
 * semantic cleanup of Neil Fraser, "Diff Strategies" (2006).
 *
 * An unchanged range between two replacements becomes part of them if it has no words, or if it is short and both
 * replacements are at least twice as long.
 */
export function semanticCleanup(
  ranges: readonly AlignedRange[],
  lengthOf: (range: AlignedRange) => number,
  hasWords: (unchanged: AlignedRange) => boolean,
): AlignedRange[] {
  const isChance = (unchanged: AlignedRange, before: AlignedRange, after: AlignedRange) => {
    const length = lengthOf(unchanged);
    if (length >= ALWAYS_KEPT_UNITS) return false;
    return 2 * length <= Math.min(lengthOf(before), lengthOf(after)) || !hasWords(unchanged);
  };
  const cleaned: AlignedRange[] = [];
  for (const range of ranges) {
    let last = range;
    while (!last.same) {
      const unchanged = cleaned.at(-1);
      const before = cleaned.at(-2);
      if (!unchanged || !before || !isChance(unchanged, before, last)) break;
      cleaned.length -= 2;
      last = { ...last, baseStart: before.baseStart, resultStart: before.resultStart };
    }
    cleaned.push(last);
  }
  return cleaned;
}
