import { z } from "zod";
import { type BodyDiff, createDiff } from "./diff.ts";

/** A stretch of a text, in UTF-16 code units, and the version of the page that wrote it. */
export type Run = readonly [length: number, version: number];

/** Who wrote what of a text: its runs in order, which cover it exactly. No two neighbours name one version. */
export type Authorship = readonly Run[];

const atLeastOne = z.int().positive();

/** Checks the shape of runs and changes nothing. */
export const authorship: z.ZodType<Authorship, Authorship> = z.array(z.tuple([atLeastOne, atLeastOne]));

/** The authorship of a text of one version. */
export function writtenBy(version: number, length: number): Authorship {
  return length === 0 ? [] : [[length, version]];
}

/**
 * Returns the authorship of what `diff` makes of a text. `written` is that of all it inserts, one after another.
 * Costs as much as there are runs and hunks.
 */
export function authorshipAfter(before: Authorship, diff: BodyDiff, written: Authorship): Authorship {
  const after: Run[] = [];
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

/** How many code units a diff inserts. */
export function insertedUnits(diff: BodyDiff): number {
  return diff.hunks.reduce((sum, [, , inserted]) => sum + inserted.length, 0);
}

/**
 * Returns who wrote what `diff` inserts into a text to make it `result`, when that is brought back from `earlier`: as
 * far as `result` still has it from there, its first authors; the rest is by `version`.
 */
export function originsOf(
  diff: BodyDiff,
  result: string,
  earlier: { readonly body: string; readonly authorship: Authorship },
  version: number,
): Authorship {
  const sinceThen = createDiff(earlier.body, result);
  const written = writtenBy(version, insertedUnits(sinceThen));
  const reader = new RunReader(authorshipAfter(earlier.authorship, sinceThen, written));
  const origins: Run[] = [];
  let offset = 0;
  for (const [start, removed, inserted] of diff.hunks) {
    reader.take(start - offset);
    reader.take(inserted.length, origins);
    offset = start + removed;
  }
  return origins;
}

/** Cuts a text into the parts that one version each wrote. */
export function authoredParts(
  text: string,
  authorship: Authorship,
): readonly { readonly text: string; readonly version: number }[] {
  let end = 0;
  return authorship.map(([length, version]) => {
    end += length;
    return { text: text.slice(end - length, end), version };
  });
}

/** Reads runs from their start, part by part. */
class RunReader {
  readonly #runs: Authorship;
  #index = 0;
  /** How much of the run at `#index` was taken. */
  #taken = 0;

  constructor(runs: Authorship) {
    this.#runs = runs;
  }

  /** Takes the next `length` units, into `target` if that is given. */
  take(length: number, target?: Run[]): void {
    for (let rest = length; rest > 0; ) {
      const run = this.#runs[this.#index];
      if (run === undefined) throw new RangeError(`The runs end ${rest} units before the text does.`);
      const part = Math.min(rest, run[0] - this.#taken);
      if (target) append(target, part, run[1]);
      this.#taken += part;
      rest -= part;
      if (this.#taken === run[0]) {
        this.#index += 1;
        this.#taken = 0;
      }
    }
  }

  takeRest(target: Run[]): void {
    for (let run = this.#runs[this.#index]; run !== undefined; run = this.#runs[this.#index]) {
      this.take(run[0] - this.#taken, target);
    }
  }
}

function append(runs: Run[], length: number, version: number): void {
  const last = runs.at(-1);
  if (last?.[1] === version) runs[runs.length - 1] = [last[0] + length, version];
  else runs.push([length, version]);
}
