import { crc32 } from "node:zlib";
import { CodedError } from "@palimpsest/eventsourcing";
import { z } from "zod";
import { alignWords } from "./text-alignment.ts";
import { withoutCopy } from "./without-copy.ts";

/** The changes that make a result from a base. A stored form: events contain it. */
export interface BodyDiff {
  /** The checksum of the base. */
  readonly from: string;
  /** The checksum of the result. */
  readonly to: string;
  /** In ascending order, without overlaps. `offset` and `removed` count UTF-16 code units of the base. */
  readonly hunks: readonly (readonly [offset: number, removed: number, inserted: string])[];
}

const checksum = z.string().regex(/^[0-9a-f]{8}$/, "A checksum is 8 lower-case hexadecimal digits.");
const units = z.int().nonnegative();

const shape = z.strictObject({
  from: checksum,
  to: checksum,
  hunks: z.array(z.tuple([units, units, z.string()])),
});

/** Checks the shape of a diff. `applyDiff` checks that it fits a base. */
export const bodyDiff: z.ZodType<BodyDiff, BodyDiff> = withoutCopy(
  shape,
  (value) =>
    Array.isArray(value.hunks) &&
    value.hunks.every(isHunk) &&
    shape.safeParse({ ...value, hunks: [] }).success,
);

function isHunk(hunk: unknown): boolean {
  return (
    Array.isArray(hunk) &&
    hunk.length === 3 &&
    isUnits(hunk[0]) &&
    isUnits(hunk[1]) &&
    typeof hunk[2] === "string"
  );
}

function isUnits(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** The diff belongs to another base or is damaged. */
export class DiffMismatchError extends CodedError {
  readonly code = "diff-mismatch";
  /** The checksum in the diff. */
  readonly expected: string;
  /** The checksum of the actual text. */
  readonly found: string;

  constructor(reason: string, expected: string, found: string) {
    super(`The diff cannot be applied: ${reason} (checksum expected ${expected}, found ${found}).`);
    this.expected = expected;
    this.found = found;
  }
}

/**
 * Returns the diff for which `applyDiff(base, diff)` is exactly `result`. Hunks consist of whole words or larger parts
 * and never split a surrogate pair. Text that both sides share stays outside of hunks, which keeps its authorship. The
 * number of steps is bounded.
 */
export function createDiff(base: string, result: string): BodyDiff {
  const hunks = alignWords(base, result)
    .filter(({ same }) => !same)
    .map(({ baseStart, baseEnd, resultStart, resultEnd }): BodyDiff["hunks"][number] => {
      return [baseStart, baseEnd - baseStart, result.slice(resultStart, resultEnd)];
    });
  return { from: checksumOf(base), to: checksumOf(result), hunks };
}

/**
 * Applies a diff to its base and checks the result.
 *
 * @param from the checksum of the base, if it is already known
 * @throws DiffMismatchError if the base or the result has another checksum, or hunks overlap or exceed the base
 */
export function applyDiff(base: string, diff: BodyDiff, from = checksumOf(base)): string {
  if (from !== diff.from) throw new DiffMismatchError("it was created from another text", diff.from, from);

  const parts: string[] = [];
  let end = 0;
  for (const [offset, removed, inserted] of diff.hunks) {
    if (!(offset >= end && removed >= 0 && offset + removed <= base.length)) {
      const reason = `its hunk removes ${removed} units at ${offset}, which is not between ${end} and ${base.length}`;
      throw new DiffMismatchError(reason, diff.from, from);
    }
    parts.push(base.slice(end, offset), inserted);
    end = offset + removed;
  }
  parts.push(base.slice(end));
  const result = parts.join("");

  const to = checksumOf(result);
  if (to !== diff.to) throw new DiffMismatchError("its result is another text", diff.to, to);
  return result;
}

// Shared, because allocating memory for each text takes longer than the checksum.
const scratch = Buffer.allocUnsafeSlow(64 * 1024);
const CHUNK_UNITS = scratch.length / 2;

/** Returns the CRC-32 of the text in UTF-16LE, which has lone surrogates too, as 8 hexadecimal digits. */
export function checksumOf(text: string): string {
  let sum = 0;
  for (let start = 0; start < text.length; start += CHUNK_UNITS) {
    const chunk = text.length <= CHUNK_UNITS ? text : text.slice(start, start + CHUNK_UNITS);
    sum = crc32(scratch.subarray(0, scratch.write(chunk, "utf16le")), sum);
  }
  return sum.toString(16).padStart(8, "0");
}
