import { type PagePart, plainPart } from "./page-parts.ts";

/** Most parts have at least this length. Short parts would use too much memory, as a body may have millions of lines. */
export const SOURCE_PART_UNITS = 16_384;

/**
 * Splits a body that is too long to be rendered into long parts that end at white space. Reuses equal parts at the start
 * and at the end of a previous version.
 */
export function sourceParts(body: string, previous: readonly PagePart[]): readonly PagePart[] {
  let [first, start] = [0, 0];
  for (const { text } of previous) {
    const end = start + text.length;
    // The end of the last part may be within a word now.
    if (!body.startsWith(text, start) || !isWordBoundary(body, end)) break;
    [first, start] = [first + 1, end];
  }
  let [last, end] = [previous.length, body.length];
  while (last > first) {
    const text = previous[last - 1]?.text ?? "";
    const from = end - text.length;
    if (from < start || !body.startsWith(text, from) || !isWordBoundary(body, from)) break;
    [last, end] = [last - 1, from];
  }
  return [...previous.slice(0, first), ...splitSource(body, start, end), ...previous.slice(last)];
}

function splitSource(body: string, start: number, end: number): PagePart[] {
  const parts: PagePart[] = [];
  for (let at = start; at < end; ) {
    SPACE.lastIndex = at + SOURCE_PART_UNITS - 1;
    const isLast = end - at <= 2 * SOURCE_PART_UNITS || !SPACE.test(body);
    const next = isLast ? end : Math.min(SPACE.lastIndex, end);
    parts.push(plainPart(body.slice(at, next)));
    at = next;
  }
  return parts;
}

const SPACE = /[ \t\n\r]/g;

/** Returns true if no word contains this offset. */
function isWordBoundary(body: string, offset: number): boolean {
  return offset === 0 || offset === body.length || /[ \t\n\r]/.test(body[offset - 1] ?? "");
}
