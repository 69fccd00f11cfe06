export interface DiffLimits {
  /** Pairs of items that are compared. */
  readonly steps: number;
  /** Texts with more lines, on both sides together, are not aligned by line. */
  readonly lines: number;
  /** UTF-16 code units, on both sides together, that are compared word by word. */
  readonly wordUnits: number;
}

/** For diffs that are stored: at most about a second. */
const STORED_DIFF_LIMITS: DiffLimits = {
  steps: 120_000_000,
  lines: Number.POSITIVE_INFINITY,
  wordUnits: Number.POSITIVE_INFINITY,
};
/** For diffs that any visitor may request: at most about half a second. */
export const DISPLAYED_DIFF_LIMITS: DiffLimits = { steps: 10_000_000, lines: 400_000, wordUnits: 1_000_000 };

/** Counts the steps of one or more diffs. Unlike a time limit, it gives the same result on every machine. */
export class DiffBudget {
  readonly maxLines: number;
  #steps: number;
  #wordUnits: number;

  constructor({ steps, lines, wordUnits } = STORED_DIFF_LIMITS) {
    this.maxLines = lines;
    this.#steps = steps;
    this.#wordUnits = wordUnits;
  }

  /**
   * Reserves up to `maxRounds` rounds that compare `items` items each, and at most a quarter of the remaining steps.
   * Returns the number of rounds reserved.
   */
  reserve(items: number, maxRounds: number): number {
    const rounds = Math.min(maxRounds, Math.floor(this.#steps / 4 / items));
    this.#steps -= items * rounds;
    return rounds;
  }

  release(items: number, rounds: number): void {
    this.#steps += items * rounds;
  }

  /** Reserves text for a comparison by word. Returns false if too little is left. */
  reserveWordUnits(units: number): boolean {
    if (units > this.#wordUnits) return false;
    this.#wordUnits -= units;
    return true;
  }
}
