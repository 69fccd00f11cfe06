import { randomBytes, randomInt } from "node:crypto";
import { LRUCache } from "lru-cache";
import { v5 } from "uuid";

/** The namespace for names that are URLs or paths (RFC 9562, 6.6). */
export const NAMESPACE_URL: string = v5.URL;

/** Keys of aggregates are looked up again and again, and hashing one takes longer than a lookup. */
const namedIds = new LRUCache<string, string>({ max: 10_000 });
const MAX_CACHED_NAME = 500;

/** Returns the version-5 UUID of `name` in `namespace`: always the same one (RFC 9562, 5.5). */
export function uuid5(namespace: string, name: string): string {
  if (name.length > MAX_CACHED_NAME) return v5(name, namespace);
  const key = `${namespace}${name}`;
  const known = namedIds.get(key);
  if (known !== undefined) return known;
  const id = v5(name, namespace);
  namedIds.set(key, id);
  return id;
}

/** How many ids are made of the random bytes drawn at a time. */
const IDS_PER_DRAW = 128;
const RANDOM_BYTES = 8;

/** The last millisecond and the number of ids made in it, and its digits. */
let milliseconds = 0;
let counter = 0;
let timeDigits = "";
/** Hexadecimal digits not used yet begin at `used`. */
let randomDigits = "";
let used = 0;

/**
 * Returns a version-7 UUID, which sorts after all that this process made before (RFC 9562, 6.2, method 1). The function
 * of `uuid` draws random bytes for each id, which takes longer than everything else that an event needs.
 */
export function uuid7(): string {
  const now = Date.now();
  if (now > milliseconds) startMillisecond(now, randomInt(0x800));
  else if (counter < 0xfff) counter += 1;
  else startMillisecond(milliseconds + 1, 0);
  if (used === randomDigits.length) {
    randomDigits = randomBytes(IDS_PER_DRAW * RANDOM_BYTES).toString("hex");
    used = 0;
  }
  const random = used;
  used += 2 * RANDOM_BYTES;
  const variant = VARIANTS[Number.parseInt(randomDigits.charAt(random), 16) % 4] as string;
  const high = randomDigits.slice(random + 1, random + 4);
  const low = randomDigits.slice(random + 4, used);
  return `${timeDigits}${(0x7000 + counter).toString(16)}-${variant}${high}-${low}`;
}

/** The digits that hold the two bits of the variant and two random bits. */
const VARIANTS = ["8", "9", "a", "b"];

function startMillisecond(at: number, firstCounter: number): void {
  milliseconds = at;
  counter = firstCounter;
  const digits = at.toString(16).padStart(12, "0");
  timeDigits = `${digits.slice(0, 8)}-${digits.slice(8)}-`;
}
