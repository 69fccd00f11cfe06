import { DISPLAYED_DIFF_LIMITS, DiffBudget } from "./diff-budget.ts";
import { countLines, endOfLine, withoutLineEnding } from "./lines.ts";
import { type AlignedRange, alignSequences } from "./sequence-alignment.ts";
import { type Candidate, similarRows, wordsIn } from "./similarity-pairing.ts";
import { alignLines, alignWords } from "./text-alignment.ts";

/** A part of a text that is unchanged, added or removed. Never empty. */
export interface TextPart {
  readonly op: "equal" | "insert" | "delete";
  readonly text: string;
}

export type LineEnding = "LF" | "CRLF" | "CR" | "none";

/** A row of two texts side by side. Lines have no endings and are numbered from 1. */
export type DiffRow =
  | { readonly kind: "equal"; readonly line: string; readonly from: number; readonly to: number }
  | {
      readonly kind: "changed";
      /** The old line in parts, equal and delete; null if there is none. */
      readonly before: readonly TextPart[] | null;
      /** The new line in parts, equal and insert; null if there is none. */
      readonly after: readonly TextPart[] | null;
      readonly from: number | null;
      readonly to: number | null;
      /** Set if both lines exist and their endings differ. */
      readonly endings?: { readonly before: LineEnding; readonly after: LineEnding };
    }
  | { readonly kind: "skipped"; readonly lines: number };

/** Bounds the memory of a diff: a body may have millions of lines. */
export const MAX_DIFF_ROWS = 100_000;

export interface LineDiffOptions {
  /** The number of unchanged lines before and after each change; 3 by default. */
  readonly context?: number | "all";
  /** The maximum number of rows; `MAX_DIFF_ROWS` by default. */
  readonly maxRows?: number;
}

/**
 * Compares two texts by line for a side-by-side view. A removed line shares its row with a similar added line; both are
 * compared by word. Equal texts have no rows, unless `context` is "all".
 */
export function lineDiff(from: string, to: string, options: LineDiffOptions = {}): readonly DiffRow[] {
  const { context = 3, maxRows = MAX_DIFF_ROWS } = options;
  const rows: DiffRow[] = [];
  if (maxRows <= 0 || (from === to && context !== "all")) return rows;
  for (const row of rowsOf(from, to, context)) {
    rows.push(row);
    if (rows.length >= maxRows) break;
  }
  return rows;
}

/**
 * Compares two texts by line, and replaced lines by word. The equal and delete parts joined are `from`, the equal and
 * insert parts `to`. A delete precedes the insert that replaces it.
 */
export function textDiff(from: string, to: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  for (const range of alignWords(from, to, new DiffBudget(DISPLAYED_DIFF_LIMITS))) {
    const removed = from.slice(range.baseStart, range.baseEnd);
    const added = to.slice(range.resultStart, range.resultEnd);
    if (range.same) parts.push({ op: "equal", text: removed });
    else parts.push(...partOf("delete", removed), ...partOf("insert", added));
  }
  return parts;
}

interface Lines {
  readonly lines: readonly string[];
  readonly firstNumber: number;
}

interface Line {
  readonly text: string;
  readonly ending: LineEnding;
  readonly number: number;
}

/** Reads lines one by one, because a diff may show only a few of millions. */
class LineReader {
  readonly #text: string;
  #offset = 0;
  #number = 1;

  constructor(text: string) {
    this.#text = text;
  }

  /** Counts the lines from the current one to an offset where a line starts. */
  linesUntil(offset: number): number {
    return countLines(this.#text, this.#offset, offset);
  }

  take(count: number): Lines {
    const [lines, firstNumber]: [string[], number] = [[], this.#number];
    for (let taken = 0; taken < count; taken++) {
      const start = this.#offset;
      this.skip(1);
      lines.push(this.#text.slice(start, this.#offset));
    }
    return { lines, firstNumber };
  }

  skip(count: number): void {
    for (let left = count; left > 0; left--) this.#offset = endOfLine(this.#text, this.#offset);
    this.#number += count;
  }
}

interface Readers {
  readonly before: LineReader;
  readonly after: LineReader;
}

function* rowsOf(from: string, to: string, context: number | "all"): Generator<DiffRow> {
  const contextLines = (isBesideChange: boolean) =>
    context === "all" ? Number.POSITIVE_INFINITY : isBesideChange ? context : 0;
  const budget = new DiffBudget(DISPLAYED_DIFF_LIMITS);
  const ranges = alignLines(from, to, budget);
  const readers = { before: new LineReader(from), after: new LineReader(to) };
  for (const [index, range] of ranges.entries()) {
    const edges = { head: contextLines(index > 0), tail: contextLines(index < ranges.length - 1) };
    yield* range.same ? unchangedRows(readers, range, edges) : replacedRows(readers, range, budget);
  }
}

function* unchangedRows(
  { before, after }: Readers,
  { baseEnd }: AlignedRange,
  { head, tail }: { readonly head: number; readonly tail: number },
): Generator<DiffRow> {
  const count = before.linesUntil(baseEnd);
  // A skipped row takes as much room as one line.
  const skipped = count - head - tail > 1 ? count - head - tail : 0;
  for (let index = 0; index < count; index++) {
    if (index === head && skipped > 0) {
      yield { kind: "skipped", lines: skipped };
      before.skip(skipped);
      after.skip(skipped);
      index += skipped;
      if (index === count) break;
    }
    const [from, to] = [lineAt(before.take(1), 0), lineAt(after.take(1), 0)];
    if (from && to) yield { kind: "equal", line: from.text, from: from.number, to: to.number };
  }
}

/** Limits of a chunk of replaced lines, on both sides together. In lines and UTF-16 code units. */
const CHUNK_LINES = 50_000;
const CHUNK_UNITS = 1_000_000;

/** Compares long replacements in chunks, because a caller may need only the first rows. */
function* replacedRows(
  { before, after }: Readers,
  { baseStart, baseEnd, resultStart, resultEnd }: AlignedRange,
  budget: DiffBudget,
): Generator<DiffRow> {
  const [oldCount, newCount] = [before.linesUntil(baseEnd), after.linesUntil(resultEnd)];
  const units = baseEnd - baseStart + resultEnd - resultStart;
  const chunks = Math.ceil(Math.max((oldCount + newCount) / CHUNK_LINES, units / CHUNK_UNITS));
  const startOf = (length: number, chunk: number) => Math.floor((length * chunk) / chunks);
  for (let chunk = 0; chunk < chunks; chunk++) {
    const oldChunk = before.take(startOf(oldCount, chunk + 1) - startOf(oldCount, chunk));
    const newChunk = after.take(startOf(newCount, chunk + 1) - startOf(newCount, chunk));
    yield* chunkRows(oldChunk, newChunk, budget);
  }
}

/** Pairs lines with the same text first, even if their endings differ. */
function* chunkRows(before: Lines, after: Lines, budget: DiffBudget): Generator<DiffRow> {
  const texts = [before.lines.map(withoutLineEnding), after.lines.map(withoutLineEnding)] as const;
  for (const range of alignSequences(...texts, budget)) {
    const oldLines = linesWithin(before, range.baseStart, range.baseEnd);
    const newLines = linesWithin(after, range.resultStart, range.resultEnd);
    yield* range.same ? sameTextRows(oldLines, newLines, budget) : pairedRows(oldLines, newLines, budget);
  }
}

function* sameTextRows(before: Lines, after: Lines, budget: DiffBudget): Generator<DiffRow> {
  for (let index = 0; index < before.lines.length; index++) {
    yield rowOf(lineAt(before, index), lineAt(after, index), budget);
  }
}

function* pairedRows(before: Lines, after: Lines, budget: DiffBudget): Generator<DiffRow> {
  const [removed, added] = [before.lines.map(candidateOf), after.lines.map(candidateOf)];
  for (const [from, to] of similarRows(removed, added, budget)) {
    yield rowOf(lineAt(before, from ?? -1), lineAt(after, to ?? -1), budget);
  }
}

function linesWithin({ lines, firstNumber }: Lines, start: number, end: number): Lines {
  return { lines: lines.slice(start, end), firstNumber: firstNumber + start };
}

/** Long lines are compared for similarity by their first units. In UTF-16 code units. */
const SIMILARITY_UNITS = 4_000;

function candidateOf(line: string): Candidate {
  return { kind: "line", words: wordsIn(line.slice(0, SIMILARITY_UNITS)) };
}

const ENDINGS: Readonly<Record<string, LineEnding>> = { "\n": "LF", "\r\n": "CRLF", "\r": "CR" };

function lineAt({ lines, firstNumber }: Lines, index: number): Line | undefined {
  const line = lines[index];
  if (line === undefined) return undefined;
  const text = withoutLineEnding(line);
  return { text, ending: ENDINGS[line.slice(text.length)] ?? "none", number: firstNumber + index };
}

function rowOf(before: Line | undefined, after: Line | undefined, budget: DiffBudget): DiffRow {
  const isSameText = before !== undefined && before.text === after?.text;
  if (isSameText && before.ending === after.ending) {
    return { kind: "equal", line: before.text, from: before.number, to: after.number };
  }
  const from = before?.number ?? null;
  const to = after?.number ?? null;
  if (!before || !after) {
    const removed = before ? partOf("delete", before.text) : null;
    const added = after ? partOf("insert", after.text) : null;
    return { kind: "changed", before: removed, after: added, from, to };
  }
  const parts = isSameText ? sameParts(before.text) : wordParts(before.text, after.text, budget);
  if (before.ending === after.ending) {
    return { kind: "changed", before: parts.before, after: parts.after, from, to };
  }
  const endings = { before: before.ending, after: after.ending };
  return { kind: "changed", before: parts.before, after: parts.after, from, to, endings };
}

interface LineParts {
  readonly before: readonly TextPart[];
  readonly after: readonly TextPart[];
}

function sameParts(text: string): LineParts {
  const parts = partOf("equal", text);
  return { before: parts, after: parts };
}

function wordParts(before: string, after: string, budget: DiffBudget): LineParts {
  const ranges = alignWords(before, after, budget);
  return {
    before: ranges.flatMap(({ same, baseStart, baseEnd }) =>
      partOf(same ? "equal" : "delete", before.slice(baseStart, baseEnd)),
    ),
    after: ranges.flatMap(({ same, resultStart, resultEnd }) =>
      partOf(same ? "equal" : "insert", after.slice(resultStart, resultEnd)),
    ),
  };
}

function partOf(op: TextPart["op"], text: string): TextPart[] {
  return text === "" ? [] : [{ op, text }];
}
