import type { Env } from "markdown-it";
import { lineStarts } from "./lines.ts";
import { MAX_MARKDOWN_UNITS } from "./markdown.ts";
import { areUnmarked, markdownBlocks, type PagePart, PartReader, plainPart } from "./page-parts.ts";
import type { PageWords } from "./search/match.ts";
import { BYTES_BESIDE_A_WORD, MAX_VOCABULARY_BYTES, pageWords } from "./search/page-text.ts";
import { wordListOf, wordsOf } from "./search/words.ts";
import { type LinkedSlugs, linkOn } from "./wiki-links.ts";

/**
 * Reads a page: its words and its links in one go. `before` is what the page said before an edit; what the edit left
 * as it was is then not read again. Absolute addresses of `origin` are links within the wiki.
 */
export function readPage(title: string, body: string, before?: PageReading, origin?: string): PageReading {
  const titlePart = before?.parts[0]?.text === title ? before.parts[0] : plainPart(title);
  if (body.length > MAX_MARKDOWN_UNITS) return new PageReading(title, titlePart, sourceRead(body, before));
  const source = body.replace(/\r\n?/g, "\n");
  const stretches =
    stretchesEdited(source, before, origin) ??
    stretchesOf(source, new PartReader(before?.parts ?? [], origin));
  return new PageReading(title, titlePart, { source, stretches });
}

/** What stands outside of the one paragraph within which an edit was made need not be read again. */
function stretchesEdited(
  source: string,
  before: PageReading | undefined,
  origin: string | undefined,
): readonly Stretch[] | undefined {
  if (before?.source === undefined || before.stretches[0]?.kind === "defining") return;
  const edit = editWithinLines(before.source, source);
  if (edit === undefined) return;
  let start = 0;
  for (const [index, stretch] of before.stretches.entries()) {
    const end = start + stretch.units;
    if (start <= edit.start && edit.end <= end) {
      const changed = source.slice(start, end + source.length - before.source.length);
      // What is no definition now could become one.
      if (stretch.kind !== "paragraph" || /^\s*\[/.test(changed)) return;
      const within = { start: edit.start - start, end: edit.end - start };
      return before.stretches.with(index, paragraphEdited(changed, stretch, within, origin));
    }
    start = end;
  }
  return;
}

/** Reads a paragraph anew, but for its lines that are as they were. */
function paragraphEdited(source: string, before: Stretch, edit: LineEdit, origin?: string): Stretch {
  const inner = innerLines(before, edit);
  const lines = source.slice(edit.start, edit.end + source.length - before.units);
  if (inner === undefined || !areUnmarked(lines)) {
    const content = trimmed(source.replaceAll("\0", "\ufffd"));
    return paragraph(source, new PartReader(before.parts, origin).inline(content, {}));
  }
  const reader = new PartReader([]);
  const read = lines
    .replaceAll("\0", "\ufffd")
    .split("\n")
    .map((line) => reader.line(line));
  const lengths = lines.split("\n").map((line) => line.length + 1);
  return {
    kind: "paragraph",
    units: source.length,
    parts: before.parts.toSpliced(inner.from, inner.count, ...read),
    lines: before.lines?.toSpliced(inner.from, inner.count, ...lengths),
  };
}

function stretchesOf(source: string, reader: PartReader): readonly Stretch[] {
  const env: Env = {};
  const tokens = markdownBlocks.parse(source, env);
  const stretches: Stretch[] = [];
  const lines = lineStarts(source);
  let parts: PagePart[] = [];
  let start = 0;
  const finish = (end: number) => {
    stretches.push({ kind: "other", units: end - start, parts });
    [parts, start] = [[], end];
  };
  for (const [index, { type, content, level, map }] of tokens.entries()) {
    const isOutermost = type === "inline" && level === 1 && tokens[index - 1]?.type === "paragraph_open";
    if (isOutermost && env.references === undefined) {
      const [from, to] = [lines[map?.[0] ?? 0] ?? 0, lines[map?.[1] ?? 0] ?? source.length];
      finish(from);
      stretches.push(paragraph(source.slice(from, to), reader.inline(content, env)));
      start = to;
    } else if (type === "inline") parts.push(...reader.inline(content, env));
    else if (type === "fence" || type === "code_block") parts.push(reader.plain(content));
  }
  finish(source.length);
  return env.references === undefined ? stretches : stretches.map((one) => ({ ...one, kind: "defining" }));
}

/** Some lines of a body. */
interface Stretch {
  /** Of a page that defines what links mean elsewhere in it, all stretches are `defining`. */
  readonly kind: "paragraph" | "defining" | "other";
  /** How long they are in the source. */
  readonly units: number;
  readonly parts: readonly PagePart[];
  /** Of a paragraph of unmarked lines, each of which is a part: how long each is in the source, with its end. */
  readonly lines?: readonly number[] | undefined;
}

function paragraph(source: string, parts: readonly PagePart[]): Stretch {
  const lines = source.replace(/\n$/, "").split("\n");
  const areParts = lines.length > 2 && lines.length === parts.length && areUnmarked(source);
  return {
    kind: "paragraph",
    units: source.length,
    parts,
    lines: areParts ? lines.map((line) => line.length + 1) : undefined,
  };
}

/** Which lines of a paragraph an edit is in, if each line is a part and it is neither in the first nor in the last. */
function innerLines({ lines = [] }: Stretch, edit: LineEdit) {
  let [from, start] = [0, 0];
  while (from < lines.length && start < edit.start) {
    start += lines[from] ?? 0;
    from += 1;
  }
  let [count, end] = [0, start];
  while (from + count < lines.length && end <= edit.end) {
    end += lines[from + count] ?? 0;
    count += 1;
  }
  const isInner = from > 0 && from + count < lines.length && start === edit.start && end === edit.end + 1;
  return isInner ? { from, count } : undefined;
}

/** What a page says to readers, and where it leads. */
export class PageReading {
  /** The title first. Parts that were known before are the same objects. */
  readonly parts: readonly PagePart[];
  /** With line feeds between lines; undefined of a body that is too long to be rendered. */
  readonly source: string | undefined;
  readonly stretches: readonly Stretch[];
  readonly #title: string;
  #wordsAreAll: boolean | undefined;
  #bounded: BoundedWords | undefined;

  constructor(
    title: string,
    titlePart: PagePart,
    body: { readonly source: string | undefined; readonly stretches: readonly Stretch[] },
  ) {
    this.#title = title;
    this.source = body.source;
    this.stretches = body.stretches;
    this.parts = [titlePart, ...body.stretches.flatMap(({ parts }) => parts)];
  }

  /** As `readableText` has it. */
  get text(): string {
    const text = this.parts
      .slice(1)
      .map((part) => part.text)
      .join("");
    return this.source === undefined ? text : text.trim();
  }

  /** Whether all words of the parts are words by which the page is found. */
  get wordsAreAll(): boolean {
    if (this.#wordsAreAll !== undefined) return this.#wordsAreAll;
    let bytes = 0;
    for (const part of this.parts) {
      // A text of so many units without any space is not read in one go.
      bytes += part.text.length > MAX_VOCABULARY_BYTES ? Number.POSITIVE_INFINITY : part.vocabularyBytes;
      if (bytes > MAX_VOCABULARY_BYTES) break;
    }
    this.#wordsAreAll = bytes <= MAX_VOCABULARY_BYTES;
    return this.#wordsAreAll;
  }

  /** As `pageWords` has them. */
  get words(): PageWords {
    if (!this.wordsAreAll) return pageWords(this.#title, this.text);
    const [title, ...body] = this.parts;
    return { title: title?.words ?? [], text: body.flatMap(({ words }) => words) };
  }

  /** The same, joined by spaces: of a page it takes a fraction of the memory. */
  get joinedWords(): { readonly title: string; readonly text: string } {
    if (!this.wordsAreAll) return this.#allWords().joined;
    const [title = "", ...body] = this.parts.map(({ words }) => words.join(" "));
    return { title, text: body.filter((words) => words !== "").join(" ") };
  }

  /** Each word by which the page is found, once. */
  get vocabulary(): ReadonlySet<string> {
    return this.wordsAreAll ? new Set(this.parts.flatMap(({ words }) => words)) : this.#allWords().vocabulary;
  }

  /** Reads the words of a long page bit by bit, so that others have their turn; else they are read when asked for. */
  *readWords(): Generator<void, void> {
    if (this.#bounded === undefined && !this.wordsAreAll) {
      this.#bounded = yield* boundedWords(this.parts);
    }
  }

  #allWords(): BoundedWords {
    if (this.#bounded === undefined) for (const _ of this.readWords());
    return this.#bounded ?? { joined: { title: "", text: "" }, vocabulary: new Set() };
  }

  /** What each link of the body may mean on the page with this slug, the likeliest first, and each of these once. */
  linksOn(slug: string): readonly LinkedSlugs[] {
    const links = new Map<string, LinkedSlugs>();
    for (const part of this.parts) {
      for (const written of part.links) {
        const slugs = linkOn(slug, written);
        if (slugs !== undefined) links.set(slugs.join("\n"), slugs);
      }
    }
    return [...links.values()];
  }
}

/** What `pageWords` gives, made in pieces and with the words joined by spaces. */
interface BoundedWords {
  readonly joined: { readonly title: string; readonly text: string };
  readonly vocabulary: ReadonlySet<string>;
}

/** Reads the words of the title and of the text behind it, and lets others have their turn after each piece. */
function* boundedWords([title, ...body]: readonly PagePart[]): Generator<void, BoundedWords> {
  const vocabulary = new Set<string>();
  let bytes = 0;
  const isWithin = (word: string) => {
    if (vocabulary.has(word)) return true;
    bytes += Buffer.byteLength(word) + BYTES_BESIDE_A_WORD;
    if (bytes <= MAX_VOCABULARY_BYTES) vocabulary.add(word);
    return bytes <= MAX_VOCABULARY_BYTES;
  };
  function* joined(parts: readonly PagePart[]): Generator<void, string> {
    const pieces: string[] = [];
    for (const part of parts) {
      for (const words of wordPieces(part)) {
        const beyond = words.findIndex((word) => !isWithin(word));
        const within = beyond === -1 ? words : words.slice(0, beyond);
        if (within.length > 0) pieces.push(within.join(" "));
        if (beyond !== -1) return pieces.join(" ");
        yield;
      }
    }
    return pieces.join(" ");
  }
  const titleWords = yield* joined(title ? [title] : []);
  return { joined: { title: titleWords, text: yield* joined(body) }, vocabulary };
}

function* wordPieces({ text }: PagePart): Generator<readonly string[]> {
  if (text.length <= 2 * SOURCE_PART_UNITS) {
    yield wordListOf(text);
    return;
  }
  let words: string[] = [];
  for (const { word } of wordsOf(text)) {
    if (words.push(word) < SOURCE_PART_UNITS) continue;
    yield words;
    words = [];
  }
  yield words;
}

/** So long, at least, are most parts of a body that is read as its source: few, as one may have millions of lines. */
const SOURCE_PART_UNITS = 16_384;

/** Reads a body as its source, in long parts, but for the first and the last that are as they were. */
function sourceRead(body: string, before: PageReading | undefined) {
  const known = before?.source === undefined ? (before?.stretches[0]?.parts ?? []) : [];
  let [first, start] = [0, 0];
  for (const { text } of known) {
    const end = start + text.length;
    // The last part may end within what is one word now.
    if (!body.startsWith(text, start) || !isCut(body, end)) break;
    [first, start] = [first + 1, end];
  }
  let [last, end] = [known.length, body.length];
  while (last > first) {
    const text = known[last - 1]?.text ?? "";
    const from = end - text.length;
    if (from < start || !body.startsWith(text, from) || !isCut(body, from)) break;
    [last, end] = [last - 1, from];
  }
  const parts = [...known.slice(0, first), ...sourceParts(body, start, end), ...known.slice(last)];
  return { source: undefined, stretches: [{ kind: "other", units: body.length, parts }] as const };
}

function sourceParts(body: string, start: number, end: number): PagePart[] {
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

/** Whether no word lies on both sides of this place. */
function isCut(body: string, at: number): boolean {
  return at === 0 || at === body.length || /[ \t\n\r]/.test(body[at - 1] ?? "");
}

/** Where a text was edited, in whole lines, end excluded: in UTF-16 code units of the text before. */
interface LineEdit {
  readonly start: number;
  readonly end: number;
}

/**
 * Finds the lines in which two texts differ; undefined if one of these, before or after, could begin something else
 * than a paragraph, or the row of a table, or end what comes before it. The other lines of a paragraph go on as they
 * did when such a line is put in place of another.
 */
function editWithinLines(before: string, after: string): LineEdit | undefined {
  const same = sameAtStart(before, after);
  const sameAtEnd = sameBehind(before, after, Math.min(before.length, after.length) - same);
  const start = same === 0 ? 0 : before.lastIndexOf("\n", same - 1) + 1;
  const lineEnd = before.indexOf("\n", before.length - sameAtEnd);
  const end = lineEnd === -1 ? before.length : lineEnd;
  const lines = [before.slice(start, end), after.slice(start, end + after.length - before.length)];
  return lines.every(goesOnInParagraph) ? { start, end } : undefined;
}

/** Whole pieces are compared first, which takes far less time than unit by unit. */
const PIECE = 128;

function sameAtStart(one: string, other: string): number {
  const most = Math.min(one.length, other.length);
  let same = 0;
  while (same + PIECE <= most && one.startsWith(other.slice(same, same + PIECE), same)) same += PIECE;
  while (same < most && one.charCodeAt(same) === other.charCodeAt(same)) same += 1;
  return same;
}

function sameBehind(one: string, other: string, most: number): number {
  let same = 0;
  while (same + PIECE <= most) {
    const piece = other.slice(other.length - same - PIECE, other.length - same);
    if (!one.startsWith(piece, one.length - same - PIECE)) break;
    same += PIECE;
  }
  while (same < most && one.charCodeAt(one.length - 1 - same) === other.charCodeAt(other.length - 1 - same)) {
    same += 1;
  }
  return same;
}

function goesOnInParagraph(lines: string): boolean {
  return lines.split("\n").every((line) => /^[^\s>*\-_+\d#`~|:=[<][^|]*$/u.test(line));
}

/** Without the spaces that Markdown leaves out around a paragraph. */
function trimmed(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && SPACES.includes(text[start] ?? "")) start += 1;
  while (end > start && SPACES.includes(text[end - 1] ?? "")) end -= 1;
  return text.slice(start, end);
}

const SPACES = " \t\n\v\f\r";
