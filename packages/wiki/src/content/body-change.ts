import { type BodyDiff, createDiff } from "./diff.ts";

/** A part of a text, by its offsets in UTF-16 code units; half-open. */
export type Stretch = readonly [start: number, end: number];

/** How the body of a page becomes what somebody wanted. */
export interface BodyChange {
  /** What it becomes. */
  readonly text: string;
  /** From what it is. */
  readonly diff: BodyDiff;
  /** For each hunk of the diff, the stretch of the wanted text that it inserts. Ascending. */
  readonly sources: readonly Stretch[];
}

/** Makes `text` of a body, whatever it was. */
export function bodyChange(body: string, text: string): BodyChange {
  const diff = createDiff(body, text);
  let growth = 0;
  const sources = diff.hunks.map(([offset, removed, inserted]): Stretch => {
    const start = offset + growth;
    growth += inserted.length - removed;
    return [start, start + inserted.length];
  });
  return { text, diff, sources };
}
