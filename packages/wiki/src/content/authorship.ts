import { z } from "zod";
import { alignWords } from "./alignment.ts";
import type { Stretch } from "./body-change.ts";
import type { BodyDiff } from "./diff.ts";
import { type AlignedRange, SearchBudget } from "./sequence-alignment.ts";

/**
 * Who wrote what of a text: its runs in order, which cover it exactly, each as two numbers: its length, in UTF-16 code
 * units, and the version of the page that wrote it. No two neighbours name one version. The numbers stand one after
 * another, as a page has thousands of runs and copying so many pairs would cost more than all the rest of a page.
 */
export type Authorship = readonly number[];

/** Checks the shape of runs and changes nothing. */
export const authorship: z.ZodType<Authorship, Authorship> = z
  .array(z.int().positive())
  .refine(({ length }) => length % 2 === 0, "runs are pairs of numbers");

/** The authorship of a text of one version. */
export function writtenBy(version: number, length: number): Authorship {
  return length === 0 ? [] : [length, version];
}

/**
 * Returns the authorship of what `diff` makes of a text. `written` is that of all it inserts, one after another.
 * Costs as much as there are runs and hunks.
 */
export function authorshipAfter(before: Authorship, diff: BodyDiff, written: Authorship): Authorship {
  const after: number[] = [];
  const kept = new RunReader(before);
  const inserted = new RunReader(written);
  let offset = 0;
  for (const [start, removed, text] of diff.hunks) {
    kept.take(start - offset, after);
    kept.take(removed);
    inserted.take(text.length, after);
    offset = start + removed;
  }
  kept.takeRest(after);
  return after;
}

/** Stands for the author of what is in no text that was asked: no version has this number. */
const NOBODY = 0;

/**
 * Returns the authorship of these stretches of a text that was made from `earlier` ones of the page: what it has of
 * them, the first of them before the others, stays its authors'; all else is of `version`. An earlier one is only
 * compared while something is without an author, and all of them share what one comparison may cost at most.
 */
export function authorshipFrom(
  earlier: readonly { readonly body: string; readonly authorship: Authorship }[],
  text: string,
  stretches: readonly Stretch[],
  version: number,
): Authorship {
  const length = stretches.reduce((sum, [start, end]) => sum + end - start, 0);
  const budget = new SearchBudget();
  let runs = writtenBy(NOBODY, length);
  for (const one of earlier) {
    if (!runs.includes(NOBODY)) break;
    const found = keptAuthorship(one.authorship, alignWords(one.body, text, budget));
    runs = filledIn(runs, authorshipOf(found, stretches));
  }
  return filledIn(runs, writtenBy(version, length));
}

/** The authorship of the other side of these ranges: where it is not the same, it is nobody's. */
function keptAuthorship(before: Authorship, ranges: readonly AlignedRange[]): Authorship {
  const runs: number[] = [];
  const reader = new RunReader(before);
  for (const { same, baseStart, baseEnd, resultStart, resultEnd } of ranges) {
    reader.take(baseEnd - baseStart, same ? runs : undefined);
    if (!same && resultEnd > resultStart) append(runs, resultEnd - resultStart, NOBODY);
  }
  return runs;
}

/** The authors of a text, and where there is nobody, those that `others` names. */
function filledIn(runs: Authorship, others: Authorship): Authorship {
  const filled: number[] = [];
  const reader = new RunReader(others);
  for (let index = 0; index < runs.length; index += 2) {
    const [length = 0, version = NOBODY] = [runs[index], runs[index + 1]];
    if (version === NOBODY) reader.take(length, filled);
    else {
      reader.take(length);
      append(filled, length, version);
    }
  }
  return filled;
}

/** How many code units a diff inserts. */
export function insertedUnits(diff: BodyDiff): number {
  return diff.hunks.reduce((sum, [, , inserted]) => sum + inserted.length, 0);
}

/** The runs of these stretches of a text, one after another. The stretches ascend. */
export function authorshipOf(runs: Authorship, stretches: readonly Stretch[]): Authorship {
  const taken: number[] = [];
  const reader = new RunReader(runs);
  let offset = 0;
  for (const [start, end] of stretches) {
    reader.take(start - offset);
    reader.take(end - start, taken);
    offset = end;
  }
  return taken;
}

/** Cuts a text into the parts that one version each wrote. */
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

/** Reads runs from their start, part by part. */
class RunReader {
  readonly #runs: Authorship;
  /** Where the next run stands. */
  #index = 0;
  /** How much of that run was taken. */
  #taken = 0;

  constructor(runs: Authorship) {
    this.#runs = runs;
  }

  /** Takes the next `length` units, into `target` if that is given. */
  take(length: number, target?: number[]): void {
    const runs = this.#runs;
    let [index, taken] = [this.#index, this.#taken];
    for (let rest = length; rest > 0; ) {
      const run = runs[index];
      if (run === undefined) throw new RangeError(`The runs end ${rest} units before the text does.`);
      const part = Math.min(rest, run - taken);
      if (target) append(target, part, runs[index + 1] ?? 0);
      taken += part;
      rest -= part;
      if (taken === run) [index, taken] = [index + 2, 0];
    }
    [this.#index, this.#taken] = [index, taken];
  }

  takeRest(target: number[]): void {
    const run = this.#runs[this.#index];
    if (run === undefined) return;
    this.take(run - this.#taken, target);
    // No two neighbours name one version.
    for (let index = this.#index; index < this.#runs.length; index++) target.push(this.#runs[index] ?? 0);
  }
}

function append(runs: number[], length: number, version: number): void {
  const last = runs.length - 2;
  if (last >= 0 && runs[last + 1] === version) runs[last] = (runs[last] ?? 0) + length;
  else runs.push(length, version);
}
