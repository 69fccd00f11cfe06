import { crc32 } from "node:zlib";
import { CodedError } from "@palimpsest/eventsourcing";
import { z } from "zod";
import { alignWords } from "./alignment.ts";

/**
 * How one text became another. `from` and `to` are the checksums of the base and of the result: CRC-32 over
 * their UTF-16LE bytes, as 8 hexadecimal digits, so that every code unit counts. Hunks ascend and do not
 * overlap; `offset` and `removed` are UTF-16 code units of the base.
 */
export interface BodyDiff {
  readonly from: string;
  readonly to: string;
  readonly hunks: readonly (readonly [offset: number, removed: number, inserted: string])[];
}

const checksum = z.string().regex(/^[0-9a-f]{8}$/, "a checksum is 8 hexadecimal digits");
const units = z.int().nonnegative();

/** Checks the shape of a diff and changes nothing. Whether it fits a base, only `applyDiff` can tell. */
export const bodyDiff: z.ZodType<BodyDiff, BodyDiff> = z.strictObject({
  from: checksum,
  to: checksum,
  hunks: z.array(z.tuple([units, units, z.string()])),
});

/** The diff was made from another text, or was damaged. Nothing was changed. */
export class DiffMismatchError extends CodedError {
  readonly code = "diff-mismatch";
  /** The checksum that the diff names. */
  readonly expected: string;
  /** The checksum of the text that was there instead. */
  readonly found: string;

  constructor(what: string, expected: string, found: string) {
    super(`The diff cannot be applied: ${what} (checksum expected ${expected}, found ${found}).`);
    this.expected = expected;
    this.found = found;
  }
}

/**
 * Finds a diff for which `applyDiff(base, diff)` is exactly `result`. Whole words are inserted, or larger
 * parts where texts have little in common; a surrogate pair is never split. What both texts share between two hunks
 * is in neither, as by that is known who wrote it. The cost is bounded in steps.
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
 * Makes the result of a diff from its base. `from` is the checksum of the base, to be given where it is known: where
 * the base is itself what a diff has made, that one's `to`. Whatever the base is, the outcome is checked.
 * @throws DiffMismatchError if the base is not the one the diff was made from, a hunk lies outside it or
 * before the end of the one before, or the outcome is not what it was when the diff was made
 */
export function applyDiff(base: string, diff: BodyDiff, from = checksumOf(base)): string {
  if (from !== diff.from) throw new DiffMismatchError("it was made from another text", diff.from, from);

  const parts: string[] = [];
  let end = 0;
  for (const [offset, removed, inserted] of diff.hunks) {
    if (!(offset >= end && removed >= 0 && offset + removed <= base.length)) {
      const hunk = `its hunk at ${offset}, removing ${removed}`;
      throw new DiffMismatchError(
        `${hunk}, does not lie in the ${base.length - end} units after ${end}`,
        diff.from,
        from,
      );
    }
    parts.push(base.slice(end, offset), inserted);
    end = offset + removed;
  }
  parts.push(base.slice(end));
  const result = parts.join("");

  const outcome = checksumOf(result);
  if (outcome !== diff.to) throw new DiffMismatchError("its outcome is another text", diff.to, outcome);
  return result;
}

// Memory of its own for each text would cost more than the checksum does.
const scratch = Buffer.allocUnsafeSlow(64 * 1024);
const UNITS_AT_A_TIME = scratch.length / 2;

/** Returns the checksum of a text as it stands in diffs. */
export function checksumOf(text: string): string {
  let sum = 0;
  for (let start = 0; start < text.length; start += UNITS_AT_A_TIME) {
    const part = text.length <= UNITS_AT_A_TIME ? text : text.slice(start, start + UNITS_AT_A_TIME);
    sum = crc32(scratch.subarray(0, scratch.write(part, "utf16le")), sum);
  }
  return sum.toString(16).padStart(8, "0");
}
