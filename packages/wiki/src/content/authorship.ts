import { z } from "zod";
import type { TextRange } from "./body-change.ts";
import type { BodyDiff } from "./diff.ts";
import { DiffBudget } from "./diff-budget.ts";
import type { AlignedRange } from "./sequence-alignment.ts";
import { alignWords } from "./text-alignment.ts";
import { withoutCopy } from "./without-copy.ts";

/**
 * The authorship of a text: its runs in order, as pairs of numbers in one flat array. The first number of a pair is the
 * length of the run in UTF-16 code units, the second the page version that wrote it. Adjacent runs have different
 * versions. A stored form: events and snapshots contain it.
 *
 * The array is flat because a page has thousands of runs, and copying as many pairs would dominate loading a page.
 */
export type Authorship = readonly number[];

export const authorship: z.ZodType<Authorship, Authorship> = withoutCopy(
  z
    .array(z.int().positive())
    .refine(({ length }) => length % 2 === 0, "Authorship is a list of pairs of numbers."),
  (value) =>
    Array.isArray(value) &&
    value.length % 2 === 0 &&
    value.every((number) => Number.isSafeInteger(number) && number > 0),
);

/** Returns the authorship of a text that one version wrote. */
export function writtenBy(version: number, length: number): Authorship {
  return length === 0 ? [] : [length, version];
}

/**
 * Returns the authorship of a text after `diff`. `inserted` covers the inserted text of all hunks. Takes time
 * proportional to the runs and hunks.
 */
export function applyDiffToAuthorship(
  authorship: Authorship,
  diff: BodyDiff,
  inserted: Authorship,
): Authorship {
  const after: number[] = [];
  const keptRuns = new RunReader(authorship);
  const insertedRuns = new RunReader(inserted);
  let offset = 0;
  for (const [start, removed, text] of diff.hunks) {
    keptRuns.take(start - offset, after);
    keptRuns.take(removed);
    insertedRuns.take(text.length, after);
    offset = start + removed;
  }
  keptRuns.takeRest(after);
  return after;
}

/** The version of text whose author is not known yet. Versions start at 1. */
const UNKNOWN = 0;

/**
 * Returns the authorship of some ranges of a text. Text that stands in an ancestor keeps its author, with earlier
 * ancestors in the list preferred. All other text belongs to `version`. All comparisons share one budget.
 */
export function inheritAuthorship(
  ancestors: readonly { readonly body: string; readonly authorship: Authorship }[],
  text: string,
  ranges: readonly TextRange[],
  version: number,
): Authorship {
  const length = ranges.reduce((sum, [start, end]) => sum + end - start, 0);
  const budget = new DiffBudget();
  let runs = writtenBy(UNKNOWN, length);
  for (const ancestor of ancestors) {
    if (!runs.includes(UNKNOWN)) break;
    const inherited = unchangedAuthorship(ancestor.authorship, alignWords(ancestor.body, text, budget));
    runs = fillUnknown(runs, sliceAuthorship(inherited, ranges));
  }
  return fillUnknown(runs, writtenBy(version, length));
}

/** Returns the authorship of the aligned result, with replaced text as unknown. */
function unchangedAuthorship(before: Authorship, ranges: readonly AlignedRange[]): Authorship {
  const runs: number[] = [];
  const reader = new RunReader(before);
  for (const { same, baseStart, baseEnd, resultStart, resultEnd } of ranges) {
    reader.take(baseEnd - baseStart, same ? runs : undefined);
    if (!same && resultEnd > resultStart) append(runs, resultEnd - resultStart, UNKNOWN);
  }
  return runs;
}

/** Replaces the unknown runs by the runs of another authorship of the same text. */
function fillUnknown(runs: Authorship, others: Authorship): Authorship {
  const filled: number[] = [];
  const reader = new RunReader(others);
  for (let index = 0; index < runs.length; index += 2) {
    const [length = 0, version = UNKNOWN] = [runs[index], runs[index + 1]];
    if (version === UNKNOWN) reader.take(length, filled);
    else {
      reader.take(length);
      append(filled, length, version);
    }
  }
  return filled;
}

export function insertedUnits(diff: BodyDiff): number {
  return diff.hunks.reduce((sum, [, , inserted]) => sum + inserted.length, 0);
}

/** Returns the authorship of some ranges, joined. The ranges are in ascending order. */
export function sliceAuthorship(runs: Authorship, ranges: readonly TextRange[]): Authorship {
  const taken: number[] = [];
  const reader = new RunReader(runs);
  let offset = 0;
  for (const [start, end] of ranges) {
    reader.take(start - offset);
    reader.take(end - start, taken);
    offset = end;
  }
  return taken;
}

export function authoredParts(
  text: string,
  authorship: Authorship,
): readonly { readonly text: string; readonly version: number }[] {
  const parts: { text: string; version: number }[] = [];
  let start = 0;
  for (let index = 0; index < authorship.length; index += 2) {
    const end = start + (authorship[index] ?? 0);
    parts.push({ text: text.slice(start, end), version: authorship[index + 1] ?? 0 });
    start = end;
  }
  return parts;
}

class RunReader {
  readonly #runs: Authorship;
  #runIndex = 0;
  #takenOfRun = 0;

  constructor(runs: Authorship) {
    this.#runs = runs;
  }

  /** Reads the next `length` units and appends them to `target`, if given. */
  take(length: number, target?: number[]): void {
    const runs = this.#runs;
    let [index, taken] = [this.#runIndex, this.#takenOfRun];
    for (let rest = length; rest > 0; ) {
      const run = runs[index];
      if (run === undefined) throw new RangeError(`The authorship is ${rest} units shorter than the text.`);
      const part = Math.min(rest, run - taken);
      if (target) append(target, part, runs[index + 1] ?? 0);
      taken += part;
      rest -= part;
      if (taken === run) [index, taken] = [index + 2, 0];
    }
    [this.#runIndex, this.#takenOfRun] = [index, taken];
  }

  takeRest(target: number[]): void {
    const run = this.#runs[this.#runIndex];
    if (run === undefined) return;
    this.take(run - this.#takenOfRun, target);
    // The other runs need no joining: adjacent runs have different versions.
    for (let index = this.#runIndex; index < this.#runs.length; index++) target.push(this.#runs[index] ?? 0);
  }
}

function append(runs: number[], length: number, version: number): void {
  const last = runs.length - 2;
  if (last >= 0 && runs[last + 1] === version) runs[last] = (runs[last] ?? 0) + length;
  else runs.push(length, version);
}
