/** Comparing chunks is much faster than comparing single code units. */
const CHUNK_UNITS = 128;

/** Returns the number of equal UTF-16 code units from the given offsets on, at most `max`. */
export function commonPrefixLength(
  a: string,
  b: string,
  max: number,
  aStart: number = 0,
  bStart: number = 0,
): number {
  let length = 0;
  while (length + CHUNK_UNITS <= max) {
    const chunk = b.slice(bStart + length, bStart + length + CHUNK_UNITS);
    if (!a.startsWith(chunk, aStart + length)) break;
    length += CHUNK_UNITS;
  }
  while (length < max && a.charCodeAt(aStart + length) === b.charCodeAt(bStart + length)) length += 1;
  return length;
}

/** Returns the number of equal UTF-16 code units before the given offsets, at most `max`. */
export function commonSuffixLength(
  a: string,
  b: string,
  max: number,
  aEnd: number = a.length,
  bEnd: number = b.length,
): number {
  let length = 0;
  while (length + CHUNK_UNITS <= max) {
    const chunk = b.slice(bEnd - length - CHUNK_UNITS, bEnd - length);
    if (!a.startsWith(chunk, aEnd - length - CHUNK_UNITS)) break;
    length += CHUNK_UNITS;
  }
  while (length < max && a.charCodeAt(aEnd - 1 - length) === b.charCodeAt(bEnd - 1 - length)) length += 1;
  return length;
}
