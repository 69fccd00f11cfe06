import type { DiffRow, TextPart } from "../../content/line-diff.ts";

/** Limits of what a browser can draw in one page: rows, and UTF-16 code units of all rows and of one line. */
export const MAX_DRAWN_ROWS = 2_000;
const MAX_UNITS = 1_000_000;
const MAX_LINE_UNITS = 20_000;

export interface DrawnRows {
  readonly rows: readonly DiffRow[];
  /** False if rows or parts of lines were left out. */
  readonly complete: boolean;
}

/** Returns the first rows within the limits, with long lines cut. */
export function drawnRows(rows: readonly DiffRow[]): DrawnRows {
  let units = 0;
  let complete = rows.length <= MAX_DRAWN_ROWS;
  const drawn: DiffRow[] = [];
  for (const row of rows.slice(0, MAX_DRAWN_ROWS)) {
    const cut = cutRow(row);
    if (unitsOf(cut) < unitsOf(row)) complete = false;
    units += unitsOf(cut);
    if (units > MAX_UNITS) return { rows: drawn, complete: false };
    drawn.push(cut);
  }
  return { rows: drawn, complete };
}

function unitsOf(row: DiffRow): number {
  if (row.kind === "skipped") return 0;
  if (row.kind === "equal") return row.line.length;
  return [...(row.before ?? []), ...(row.after ?? [])].reduce((sum, { text }) => sum + text.length, 0);
}

function cutRow(row: DiffRow): DiffRow {
  if (row.kind === "skipped") return row;
  if (row.kind === "equal") return { ...row, line: row.line.slice(0, MAX_LINE_UNITS) };
  return { ...row, before: cutParts(row.before), after: cutParts(row.after) };
}

function cutParts(parts: readonly TextPart[] | null): readonly TextPart[] | null {
  if (parts === null) return null;
  let remaining = MAX_LINE_UNITS;
  return parts.flatMap(({ op, text }) => {
    const kept = text.slice(0, remaining);
    remaining -= kept.length;
    return kept === "" ? [] : [{ op, text: kept }];
  });
}

/** Replaces control characters by their visible symbols. */
export function visibleText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: matches control characters on purpose
  return text.replace(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/g, (control) =>
    control === "\x7f" ? "\u2421" : String.fromCharCode(0x2400 + control.charCodeAt(0)),
  );
}
