import { type BodyDiff, createDiff } from "./diff.ts";

/** A range of a text in UTF-16 code units; the end is exclusive. */
export type TextRange = readonly [start: number, end: number];

/** A new text of a body, with the diff from the current one. */
export interface BodyChange {
  readonly text: string;
  readonly diff: BodyDiff;
  /** For each hunk, the range of the submitted text that it inserts. In a merge, `text` is not the submitted text. */
  readonly sources: readonly TextRange[];
}

/** Returns the change that replaces a body by `text`. */
export function bodyChange(body: string, text: string): BodyChange {
  const diff = createDiff(body, text);
  let growth = 0;
  const sources = diff.hunks.map(([offset, removed, inserted]): TextRange => {
    const start = offset + growth;
    growth += inserted.length - removed;
    return [start, start + inserted.length];
  });
  return { text, diff, sources };
}
