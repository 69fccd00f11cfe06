import { commonPrefixLength, commonSuffixLength } from "./common-ends.ts";

/** The lines of a text that an edit replaced, in UTF-16 code units. Excludes the last line ending. */
export interface LineEdit {
  readonly start: number;
  readonly end: number;
}

/**
 * Finds the lines in which two texts differ. Returns undefined if an old or new line could start a Markdown block other
 * than a paragraph, or end the block before it. All other lines keep their meaning if such lines are replaced.
 */
export function findLineEdit(before: string, after: string): LineEdit | undefined {
  const shorter = Math.min(before.length, after.length);
  const prefix = commonPrefixLength(before, after, shorter);
  const suffix = commonSuffixLength(before, after, shorter - prefix);
  const start = prefix === 0 ? 0 : before.lastIndexOf("\n", prefix - 1) + 1;
  const lineEnd = before.indexOf("\n", before.length - suffix);
  const end = lineEnd === -1 ? before.length : lineEnd;
  const lines = [before.slice(start, end), after.slice(start, end + after.length - before.length)];
  return lines.every(continueParagraph) ? { start, end } : undefined;
}

function continueParagraph(lines: string): boolean {
  // "-->" ends a comment that may have begun many lines before.
  if (lines.includes("-->")) return false;
  return lines.split("\n").every((line) => /^[^\s$>*\-_+\d#`~|:=[<][^|]*$/u.test(line));
}
