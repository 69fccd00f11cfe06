import { alignLines, alignWords, countLines, endOfLine } from "./alignment.ts";
import { type Candidate, pairAlike, wordsIn } from "./pairing.ts";
import { type AlignedRange, alignSequences, PASSING_EFFORT, SearchBudget } from "./sequence-alignment.ts";

/** A part of a text that stayed, came or went. Never empty. */
export interface TextPart {
  readonly op: "equal" | "insert" | "delete";
  readonly text: string;
}

export type LineEnding = "LF" | "CRLF" | "CR" | "none";

/** A row of two texts side by side. Lines come without their endings and are counted from 1. */
export type DiffRow =
  | { readonly kind: "equal"; readonly line: string; readonly from: number; readonly to: number }
  | {
      readonly kind: "changed";
      /** The parts of the line before (equal and delete), none if it is empty; null if there is no line. */
      readonly before: readonly TextPart[] | null;
      /** The parts of the line after (equal and insert), none if it is empty; null if there is no line. */
      readonly after: readonly TextPart[] | null;
      readonly from: number | null;
      readonly to: number | null;
      /** Both lines' endings, if there are both lines and they end differently. */
      readonly endings?: { readonly before: LineEnding; readonly after: LineEnding };
    }
  /** So many unchanged lines that are far from any change. */
  | { readonly kind: "skipped"; readonly lines: number };

/** More than anybody reads, few enough to be held at once: a body may have millions of empty lines. */
export const MAX_DIFF_ROWS = 100_000;

export interface LineDiffOptions {
  /** How many unchanged lines are shown on either side of a change; 3 by default. */
  readonly context?: number | "all";
  /** So many rows from the start are worked out; `MAX_DIFF_ROWS` by default. */
  readonly atMost?: number;
}

/**
 * What turns `from` into `to`, line by line, and word by word in lines that stand beside their replacement.
 * Lines that were replaced are put beside those that resemble them; the others stand alone. Without any
 * change there are no rows, unless `context` is "all", which shows every line of both texts.
 */
export function lineDiff(from: string, to: string, options: LineDiffOptions = {}): readonly DiffRow[] {
  const { context = 3, atMost = MAX_DIFF_ROWS } = options;
  const rows: DiffRow[] = [];
  if (atMost <= 0 || (from === to && context !== "all")) return rows;
  for (const row of rowsOf(from, to, context)) {
    rows.push(row);
    if (rows.length >= atMost) break;
  }
  return rows;
}

/**
 * What turns `from` into `to`, by line, and by word where lines were replaced. Equal and delete joined are
 * `from`, equal and insert joined are `to`; where both were replaced, the delete comes first.
 */
export function textDiff(from: string, to: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  for (const range of alignWords(from, to, new SearchBudget(PASSING_EFFORT))) {
    const removed = from.slice(range.baseStart, range.baseEnd);
    const added = to.slice(range.resultStart, range.resultEnd);
    if (range.same) parts.push({ op: "equal", text: removed });
    else parts.push(...partOf("delete", removed), ...partOf("insert", added));
  }
  return parts;
}

/** Neighbouring lines of a text, with their endings. */
interface Lines {
  readonly lines: readonly string[];
  /** The number of the first. */
  readonly first: number;
}

interface Line {
  readonly text: string;
  readonly ending: LineEnding;
  readonly number: number;
}

/** Reads the lines of a text one after the other: of millions few may be wanted. */
class LineReader {
  readonly #text: string;
  #offset = 0;
  #number = 1;

  constructor(text: string) {
    this.#text = text;
  }

  /** How many lines there are from here to an offset that starts one. */
  linesBefore(offset: number): number {
    return countLines(this.#text, this.#offset, offset);
  }

  take(count: number): Lines {
    const [lines, first]: [string[], number] = [[], this.#number];
    for (let taken = 0; taken < count; taken++) {
      const start = this.#offset;
      this.skip(1);
      lines.push(this.#text.slice(start, this.#offset));
    }
    return { lines, first };
  }

  skip(count: number): void {
    for (let left = count; left > 0; left--) this.#offset = endOfLine(this.#text, this.#offset);
    this.#number += count;
  }
}

/** Both texts, as far as they were read. */
interface Readers {
  readonly before: LineReader;
  readonly after: LineReader;
}

function* rowsOf(from: string, to: string, context: number | "all"): Generator<DiffRow> {
  const shownBeside = (isChange: boolean) =>
    context === "all" ? Number.POSITIVE_INFINITY : isChange ? context : 0;
  const budget = new SearchBudget(PASSING_EFFORT);
  const ranges = alignLines(from, to, budget);
  const readers = { before: new LineReader(from), after: new LineReader(to) };
  for (const [index, range] of ranges.entries()) {
    const edges = { head: shownBeside(index > 0), tail: shownBeside(index < ranges.length - 1) };
    yield* range.same ? unchangedRows(readers, range, edges) : replacedRows(readers, range, budget);
  }
}

function* unchangedRows(
  { before, after }: Readers,
  { baseEnd }: AlignedRange,
  { head, tail }: { readonly head: number; readonly tail: number },
): Generator<DiffRow> {
  const count = before.linesBefore(baseEnd);
  // A note in the place of one line would save nothing.
  const skipped = count - head - tail > 1 ? count - head - tail : 0;
  for (let index = 0; index < count; index++) {
    if (index === head && skipped > 0) {
      yield { kind: "skipped", lines: skipped };
      before.skip(skipped);
      after.skip(skipped);
      index += skipped;
      if (index === count) break;
    }
    const [old, now] = [lineAt(before.take(1), 0), lineAt(after.take(1), 0)];
    if (old && now) yield { kind: "equal", line: old.text, from: old.number, to: now.number };
  }
}

/** So many lines and UTF-16 code units, of both sides together, are put beside each other at once. */
const SECTION_LINES = 50_000;
const SECTION_UNITS = 1_000_000;

/** Long replacements come section by section, which are worked out as far as rows are wanted. */
function* replacedRows(
  { before, after }: Readers,
  { baseStart, baseEnd, resultStart, resultEnd }: AlignedRange,
  budget: SearchBudget,
): Generator<DiffRow> {
  const [olds, news] = [before.linesBefore(baseEnd), after.linesBefore(resultEnd)];
  const units = baseEnd - baseStart + resultEnd - resultStart;
  const sections = Math.ceil(Math.max((olds + news) / SECTION_LINES, units / SECTION_UNITS));
  const cut = (length: number, section: number) => Math.floor((length * section) / sections);
  for (let section = 0; section < sections; section++) {
    const oldSection = before.take(cut(olds, section + 1) - cut(olds, section));
    const newSection = after.take(cut(news, section + 1) - cut(news, section));
    yield* sectionRows(oldSection, newSection, budget);
  }
}

/** Lines that differ in their endings alone belong together before any others. */
function* sectionRows(before: Lines, after: Lines, budget: SearchBudget): Generator<DiffRow> {
  const texts = [before.lines.map(withoutEnding), after.lines.map(withoutEnding)] as const;
  for (const range of alignSequences(...texts, budget)) {
    const olds = linesWithin(before, range.baseStart, range.baseEnd);
    const news = linesWithin(after, range.resultStart, range.resultEnd);
    yield* range.same ? sameTextRows(olds, news, budget) : rewrittenRows(olds, news, budget);
  }
}

function* sameTextRows(before: Lines, after: Lines, budget: SearchBudget): Generator<DiffRow> {
  for (let index = 0; index < before.lines.length; index++) {
    yield rowOf(lineAt(before, index), lineAt(after, index), budget);
  }
}

function* rewrittenRows(before: Lines, after: Lines, budget: SearchBudget): Generator<DiffRow> {
  const pairs = pairAlike(before.lines.map(candidateOf), after.lines.map(candidateOf), budget);
  let [old, now] = [0, 0];
  for (let place = 0; place <= pairs.length; place++) {
    const [oldPaired, nowPaired] = pairs[place] ?? [before.lines.length, after.lines.length];
    for (; old < oldPaired; old++) yield rowOf(lineAt(before, old), undefined, budget);
    for (; now < nowPaired; now++) yield rowOf(undefined, lineAt(after, now), budget);
    if (place < pairs.length) yield rowOf(lineAt(before, old++), lineAt(after, now++), budget);
  }
}

function linesWithin({ lines, first }: Lines, start: number, end: number): Lines {
  return { lines: lines.slice(start, end), first: first + start };
}

/** By so much of their beginnings long lines are found to resemble each other. In UTF-16 code units. */
const RESEMBLING_UNITS = 4_000;

function candidateOf(line: string): Candidate {
  return { kind: "line", words: wordsIn(line.slice(0, RESEMBLING_UNITS)) };
}

const ENDINGS: Readonly<Record<string, LineEnding>> = { "\n": "LF", "\r\n": "CRLF", "\r": "CR" };

function withoutEnding(line: string): string {
  if (line.endsWith("\r\n")) return line.slice(0, -2);
  return line.endsWith("\n") || line.endsWith("\r") ? line.slice(0, -1) : line;
}

function lineAt({ lines, first }: Lines, index: number): Line | undefined {
  const line = lines[index];
  if (line === undefined) return undefined;
  const text = withoutEnding(line);
  return { text, ending: ENDINGS[line.slice(text.length)] ?? "none", number: first + index };
}

function rowOf(before: Line | undefined, after: Line | undefined, budget: SearchBudget): DiffRow {
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
  const parts = isSameText ? sameParts(before.text) : partsOfBoth(before.text, after.text, budget);
  if (before.ending === after.ending) {
    return { kind: "changed", before: parts.before, after: parts.after, from, to };
  }
  const endings = { before: before.ending, after: after.ending };
  return { kind: "changed", before: parts.before, after: parts.after, from, to, endings };
}

interface PartsOfBoth {
  readonly before: readonly TextPart[];
  readonly after: readonly TextPart[];
}

function sameParts(text: string): PartsOfBoth {
  const parts = partOf("equal", text);
  return { before: parts, after: parts };
}

function partsOfBoth(before: string, after: string, budget: SearchBudget): PartsOfBoth {
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
