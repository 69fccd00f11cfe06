import type { Env } from "markdown-it";
import { codeText } from "./code-highlighting.ts";
import { hasFootnotes } from "./dialect/footnotes.ts";
import { frontMatterText } from "./dialect/front-matter.ts";
import { MATH_BLOCK } from "./dialect/math.ts";
import { findLineEdit, type LineEdit } from "./line-edit.ts";
import { lineStarts } from "./lines.ts";
import { MAX_MARKDOWN_UNITS } from "./markdown-parser.ts";
import { isUnformatted, markdownBlocks, type PagePart, PartParser, plainPart } from "./page-parts.ts";
import { MAX_VOCABULARY_BYTES, VocabularyLimit } from "./search/page-text.ts";
import { splitWords, wordListOf, wordsOf } from "./search/words.ts";
import { SOURCE_PART_UNITS, sourceParts } from "./source-parts.ts";
import { type LinkNames, resolveForPage } from "./wiki-links.ts";

/**
 * Parses the words and links of a page. Reuses the unchanged parts of a previous version.
 *
 * @param origin the public origin of the wiki; absolute addresses with this origin are links within the wiki
 */
export function parsePage(title: string, body: string, previous?: ParsedPage, origin?: string): ParsedPage {
  const titlePart = previous?.parts[0]?.text === title ? previous.parts[0] : plainPart(title);
  if (body.length > MAX_MARKDOWN_UNITS) {
    const previousParts = previous?.body.source === undefined ? previous?.parts.slice(1) : undefined;
    const parts = sourceParts(body, previousParts ?? []);
    const segment: Segment = { kind: "other", units: body.length, parts };
    return new ParsedPage(titlePart, { source: undefined, segments: [segment] });
  }
  const source = body.includes("\r") ? body.replace(/\r\n?/g, "\n") : body;
  const parsed =
    reparseEditedParagraph(source, previous?.body, origin) ??
    parseBody(source, new PartParser(previous?.parts ?? [], origin));
  return new ParsedPage(titlePart, parsed);
}

interface ParsedBody {
  /** With LF as line ending. Undefined if the body is too long to be rendered. */
  readonly source: string | undefined;
  readonly segments: readonly Segment[];
}

interface Segment {
  /** A body with link reference definitions, which may change the meaning of any line, has no paragraph segments. */
  readonly kind: "paragraph" | "other";
  readonly units: number;
  readonly parts: readonly PagePart[];
  /** Set if the paragraph is unformatted and each line is a part: the lengths of the lines with their endings. */
  readonly lineLengths?: readonly number[] | undefined;
}

/** Parses only the paragraph that contains an edit. Returns undefined if the edit could affect other lines. */
function reparseEditedParagraph(
  source: string,
  previous: ParsedBody | undefined,
  origin: string | undefined,
): ParsedBody | undefined {
  // A line of properties would turn text between two rules into front matter.
  if (previous?.source === undefined || source.startsWith("---")) return;
  const edit = findLineEdit(previous.source, source);
  if (edit === undefined) return;
  let start = 0;
  for (const [index, segment] of previous.segments.entries()) {
    const end = start + segment.units;
    if (start <= edit.start && edit.end <= end) {
      const changed = source.slice(start, end + source.length - previous.source.length);
      const mayBeDefinition = /^\s*\[/.test(changed);
      const mayChangeKind = mayBeDefinition || mayBeTerm(source, start) || mayBeFormula(source, edit.start);
      if (segment.kind !== "paragraph" || mayChangeKind) return;
      const within = { start: edit.start - start, end: edit.end - start };
      const edited = reparseParagraph(changed, segment, within, origin);
      return { source, segments: previous.segments.with(index, edited) };
    }
    start = end;
  }
  return;
}

/** A line before ": text" is the term of a definition list. A blank line may separate them. */
function mayBeTerm(source: string, start: number): boolean {
  TERM.lastIndex = start;
  return TERM.test(source);
}

const TERM = /[^\n]*\n\s*[:~]/y;

/** A formula that begins with "$$" may end many lines later, but has no blank line. */
function mayBeFormula(source: string, lineStart: number): boolean {
  return source.slice(source.lastIndexOf("\n\n", lineStart) + 1, lineStart).includes("$$");
}

/** Parses only the edited lines if the paragraph is unformatted. */
function reparseParagraph(source: string, previous: Segment, edit: LineEdit, origin?: string): Segment {
  const inner = editedInnerLines(previous, edit);
  const lines = source.slice(edit.start, edit.end + source.length - previous.units);
  if (inner === undefined || !isUnformatted(lines)) {
    const content = trimSpaces(source.replaceAll("\0", "\ufffd"));
    return paragraph(source, new PartParser(previous.parts, origin).inlineParts(content, {}));
  }
  const parser = new PartParser([]);
  const parsed = lines
    .replaceAll("\0", "\ufffd")
    .split("\n")
    .map((line) => parser.linePart(line));
  const lengths = lines.split("\n").map((line) => line.length + 1);
  return {
    kind: "paragraph",
    units: source.length,
    parts: previous.parts.toSpliced(inner.from, inner.count, ...parsed),
    lineLengths: previous.lineLengths?.toSpliced(inner.from, inner.count, ...lengths),
  };
}

/** Returns the range of lines that an edit replaced, if each is a part and neither the first nor the last line. */
function editedInnerLines({ lineLengths = [] }: Segment, edit: LineEdit) {
  let [from, start] = [0, 0];
  while (from < lineLengths.length && start < edit.start) {
    start += lineLengths[from] ?? 0;
    from += 1;
  }
  let [count, end] = [0, start];
  while (from + count < lineLengths.length && end <= edit.end) {
    end += lineLengths[from + count] ?? 0;
    count += 1;
  }
  const isInner =
    from > 0 && from + count < lineLengths.length && start === edit.start && end === edit.end + 1;
  return isInner ? { from, count } : undefined;
}

function parseBody(source: string, parser: PartParser): ParsedBody {
  const env: Env = {};
  const tokens = markdownBlocks.parse(source, env);
  const segments: Segment[] = [];
  const lines = lineStarts(source);
  let parts: PagePart[] = [];
  let start = 0;
  const finish = (end: number) => {
    segments.push({ kind: "other", units: end - start, parts });
    [parts, start] = [[], end];
  };
  for (const [index, token] of tokens.entries()) {
    const { type, content, level, map } = token;
    const isOutermost = type === "inline" && level === 1 && tokens[index - 1]?.type === "paragraph_open";
    if (isOutermost && env.references === undefined && !hasFootnotes(env)) {
      const [from, to] = [lines[map?.[0] ?? 0] ?? 0, lines[map?.[1] ?? 0] ?? source.length];
      finish(from);
      segments.push(paragraph(source.slice(from, to), parser.inlineParts(content, env)));
      start = to;
    } else if (type === "inline") parts.push(...parser.inlineParts(content, env));
    else if (type === "front_matter") parts.push(parser.plainPart(frontMatterText(token)));
    else if (type === "fence" || type === "code_block") parts.push(parser.plainPart(codeText(token)));
    else if (type === MATH_BLOCK) parts.push(parser.plainPart(content));
    else if (type === "html_block") parts.push(parser.htmlPart(content));
  }
  finish(source.length);
  return { source, segments };
}

function paragraph(source: string, parts: readonly PagePart[]): Segment {
  const lines = source.replace(/\n$/, "").split("\n");
  const areParts = lines.length > 2 && lines.length === parts.length && isUnformatted(source);
  return {
    kind: "paragraph",
    units: source.length,
    parts,
    lineLengths: areParts ? lines.map((line) => line.length + 1) : undefined,
  };
}

/** Removes the white space that Markdown ignores around a paragraph. */
function trimSpaces(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && SPACES.includes(text[start] ?? "")) start += 1;
  while (end > start && SPACES.includes(text[end - 1] ?? "")) end -= 1;
  return text.slice(start, end);
}

const SPACES = " \t\n\v\f\r";

/** A text is kept as the source, the texts of parts and their words. */
const BYTES_PER_UNIT = 3;
const BYTES_PER_PART = 220;

/** The text, words and links of a page. */
export class ParsedPage {
  /** The title first. Parts reused from a previous version are the same objects. */
  readonly parts: readonly PagePart[];
  readonly body: ParsedBody;
  #isFullyIndexed: boolean | undefined;
  #limitedWords: LimitedWords | undefined;

  constructor(titlePart: PagePart, body: ParsedBody) {
    this.body = body;
    this.parts = [titlePart, ...body.segments.flatMap(({ parts }) => parts)];
  }

  /** An estimate of the memory it uses. */
  get bytes(): number {
    return BYTES_PER_UNIT * (this.body.source?.length ?? 0) + BYTES_PER_PART * this.parts.length;
  }

  /** The same text as `readableText` returns. */
  get text(): string {
    const text = this.parts
      .slice(1)
      .map((part) => part.text)
      .join("");
    return this.body.source === undefined ? text : text.trim();
  }

  /** Whether all words are indexed, because the vocabulary is within its limit. */
  get isFullyIndexed(): boolean {
    if (this.#isFullyIndexed !== undefined) return this.#isFullyIndexed;
    let bytes = 0;
    for (const part of this.parts) {
      // Finding the words of such a long part would block the event loop.
      bytes += part.text.length > MAX_VOCABULARY_BYTES ? Number.POSITIVE_INFINITY : part.vocabularyBytes;
      if (bytes > MAX_VOCABULARY_BYTES) break;
    }
    this.#isFullyIndexed = bytes <= MAX_VOCABULARY_BYTES;
    return this.#isFullyIndexed;
  }

  /** The words that `pageWords` returns, joined by spaces, which takes a fraction of the memory. */
  get joinedWords(): { readonly title: string; readonly text: string } {
    if (!this.isFullyIndexed) return this.#allLimitedWords().joined;
    const [title = "", ...body] = this.parts.map(({ joinedWords }) => joinedWords);
    return { title, text: body.filter((words) => words !== "").join(" ") };
  }

  get vocabulary(): ReadonlySet<string> {
    return this.isFullyIndexed
      ? new Set(this.parts.flatMap(({ joinedWords }) => splitWords(joinedWords)))
      : this.#allLimitedWords().vocabulary;
  }

  /** Finds the words of a long page in steps, so that the caller can yield to the event loop between them. */
  *findWords(): Generator<void, void> {
    if (this.#limitedWords === undefined && !this.isFullyIndexed) {
      this.#limitedWords = yield* limitedWords(this.parts);
    }
  }

  #allLimitedWords(): LimitedWords {
    if (this.#limitedWords === undefined) for (const _ of this.findWords());
    return this.#limitedWords ?? { joined: { title: "", text: "" }, vocabulary: new Set() };
  }

  /** Returns the distinct links of the body, resolved for a page with this slug and without files. */
  linksOn(slug: string): readonly LinkNames[] {
    const links = new Map<string, LinkNames>();
    for (const part of this.parts) {
      for (const written of part.links) {
        const names = resolveForPage({ slug }, written);
        if (names !== undefined) links.set(names.join("\n"), names);
      }
    }
    return [...links.values()];
  }
}

/** The words of a page whose vocabulary exceeds the limit, up to the limit. */
interface LimitedWords {
  readonly joined: { readonly title: string; readonly text: string };
  readonly vocabulary: ReadonlySet<string>;
}

function* limitedWords([title, ...body]: readonly PagePart[]): Generator<void, LimitedWords> {
  const limit = new VocabularyLimit();
  function* joinWords(parts: readonly PagePart[]): Generator<void, string> {
    const joined: string[] = [];
    for (const part of parts) {
      for (const words of wordChunks(part)) {
        const beyond = words.findIndex((word) => !limit.accepts(word));
        const within = beyond === -1 ? words : words.slice(0, beyond);
        if (within.length > 0) joined.push(within.join(" "));
        if (beyond !== -1) return joined.join(" ");
        yield;
      }
    }
    return joined.join(" ");
  }
  const titleWords = yield* joinWords(title ? [title] : []);
  const textWords = yield* joinWords(body);
  return { joined: { title: titleWords, text: textWords }, vocabulary: limit.vocabulary };
}

function* wordChunks({ text }: PagePart): Generator<readonly string[]> {
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
