import { alignLines, splitLines } from "../../content/alignment.ts";

/** A line of one text or both, or a number of unchanged lines that are not worth showing. */
export type LineChange =
  | { readonly op: "equal" | "insert" | "delete"; readonly line: string }
  | { readonly op: "skipped"; readonly lines: number };

const CONTEXT_LINES = 3;

/** What turns `from` into `to`, line by line, with a few lines around each change. Empty if they are equal. */
export function lineChanges(from: string, to: string): LineChange[] {
  if (from === to) return [];
  const ranges = alignLines(from, to);
  return ranges.flatMap(({ same, baseStart, baseEnd, resultStart, resultEnd }, index) => {
    const before = linesOf(from.slice(baseStart, baseEnd));
    if (same) return folded(before, index === 0, index === ranges.length - 1);
    const after = linesOf(to.slice(resultStart, resultEnd));
    return [...before.map(changed("delete")), ...after.map(changed("insert"))];
  });
}

function changed(op: "equal" | "insert" | "delete"): (line: string) => LineChange {
  return (line) => ({ op, line });
}

function linesOf(text: string): string[] {
  return splitLines(text).map((line) => line.replace(/[\r\n]+$/, ""));
}

/** Unchanged lines, without those that are far from a change. */
function folded(lines: readonly string[], isFirst: boolean, isLast: boolean): LineChange[] {
  const head = isFirst ? 0 : CONTEXT_LINES;
  const tail = isLast ? 0 : CONTEXT_LINES;
  const skipped = lines.length - head - tail;
  // A note in the place of one line would save nothing.
  if (skipped <= 1) return lines.map(changed("equal"));
  return [
    ...lines.slice(0, head).map(changed("equal")),
    { op: "skipped", lines: skipped },
    ...lines.slice(lines.length - tail).map(changed("equal")),
  ];
}
