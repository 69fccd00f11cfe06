import createMarkdown from "markdown-it";
import { FormattingIds, type HtmlToken, tokenizeHtml } from "./html-tokens.ts";
import { MAX_MARKDOWN_UNITS } from "./markdown-parser.ts";

export interface SourcePart {
  readonly text: string;
  readonly version: number;
}

/** A piece of a rendered block. Only text has a writer. */
export interface AttributedPiece {
  readonly html: string;
  /** Undefined if the writer is not certain. */
  readonly writer?: Writer;
}

export interface Writer {
  readonly version: number;
  /** False if another version of the same author may have written the piece. */
  readonly isCertain: boolean;
}

/**
 * Attributes the words of a rendered block to the versions that wrote them. Joined, the pieces are its HTML.
 *
 * Rendering drops parts of the source and adds no letters, so the words of the block occur in the source in the same
 * order: they are a subsequence of its words. If several subsequences match, a word has a writer only if all of them
 * name the same author. The earliest and the latest match of each word bound its possible positions.
 *
 * Returns undefined if the words are not a subsequence, as with character references. Takes time linear in the length
 * of the block.
 */
export function attributedPieces(
  html: string,
  source: readonly SourcePart[],
  authorOf: (version: number) => unknown,
): readonly AttributedPiece[] | undefined {
  const text = source.map((part) => part.text).join("");
  if (text.length > MAX_MARKDOWN_UNITS || mayAddLetters(text)) return undefined;
  const tokens = tokenizeHtml(html, new FormattingIds());
  const words = sourceWords(text, source, authorOf);
  const matched = matchWords(tokens, words);
  return matched && attribute(tokens, matched, new SourceGaps(text, source));
}

/** Joins consecutive pieces of the same writer. */
export function joinedPieces(pieces: readonly AttributedPiece[]): readonly AttributedPiece[] {
  const joined: AttributedPiece[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    if (last !== undefined && isSameWriter(last.writer, piece.writer)) {
      joined[joined.length - 1] = { ...last, html: last.html + piece.html };
    } else joined.push(piece);
  }
  return joined;
}

function isSameWriter(one: Writer | undefined, other: Writer | undefined): boolean {
  return one?.version === other?.version && one?.isCertain === other?.isCertain;
}

const LETTER = /[\p{L}\p{N}\p{M}]/u;
const { unescapeAll } = createMarkdown().utils;

/** Returns true if letters may be rendered that are not in the source: from `&eacute;` and from encoded URLs. */
function mayAddLetters(source: string): boolean {
  if (/%[0-9a-f]{2}|xn--/i.test(source)) return true;
  return (source.match(/&#?\w+;/g) ?? []).some((reference) => LETTER.test(unescapeAll(reference)));
}

/** The occurrences of a word in the source, in ascending order. */
interface Occurrences {
  readonly starts: number[];
  readonly parts: (readonly SourcePart[])[];
  /** Prefix sums: the number of occurrences whose versions or authors differ from the occurrence before. */
  readonly versionChanges: number[];
  readonly authorChanges: number[];
  /** The index of the current occurrence while words are matched. */
  next: number;
}

function sourceWords(
  text: string,
  source: readonly SourcePart[],
  authorOf: (version: number) => unknown,
): ReadonlyMap<string, Occurrences> {
  const words = new Map<string, Occurrences>();
  const reader = new PartReader(source);
  for (const { 0: word, index } of text.matchAll(/[\p{L}\p{N}\p{M}]+/gu)) {
    const occurrences = words.get(word) ?? {
      starts: [],
      parts: [],
      versionChanges: [],
      authorChanges: [],
      next: 0,
    };
    words.set(word, occurrences);
    const parts = reader.take(index, index + word.length);
    const before = occurrences.parts.at(-1);
    const [versions, authors] = [
      occurrences.versionChanges.at(-1) ?? 0,
      occurrences.authorChanges.at(-1) ?? 0,
    ];
    const isSame = (key: (part: SourcePart) => unknown) =>
      before === undefined || haveSameKeys(before, parts, key);
    occurrences.starts.push(index);
    occurrences.parts.push(parts);
    occurrences.versionChanges.push(versions + Number(!isSame(({ version }) => version)));
    occurrences.authorChanges.push(authors + Number(!isSame(({ version }) => authorOf(version))));
  }
  return words;
}

/** Returns true if both lists have parts of equal lengths with equal keys. */
function haveSameKeys(
  parts: readonly SourcePart[],
  others: readonly SourcePart[],
  key: (part: SourcePart) => unknown,
): boolean {
  if (parts.length !== others.length) return false;
  return parts.every((part, index) => {
    const other = others[index];
    return other !== undefined && part.text.length === other.text.length && key(part) === key(other);
  });
}

class PartReader {
  readonly #parts: readonly SourcePart[];
  #index = 0;
  #start = 0;

  constructor(parts: readonly SourcePart[]) {
    this.#parts = parts;
  }

  /** Returns the parts between two offsets, which must not precede the offsets of the last call. */
  take(from: number, to: number): readonly SourcePart[] {
    const taken: SourcePart[] = [];
    for (let part = this.#parts[this.#index]; part !== undefined; part = this.#parts[this.#index]) {
      const end = this.#start + part.text.length;
      const text = part.text.slice(Math.max(0, from - this.#start), Math.max(0, to - this.#start));
      if (text !== "") taken.push({ text, version: part.version });
      if (end >= to) break;
      this.#index += 1;
      this.#start = end;
    }
    return taken;
  }
}

/** A word of the block, matched with the source. */
interface MatchedWord {
  readonly tokenIndex: number;
  /** Its range in the source. Undefined if several are possible. */
  readonly range?: { readonly start: number; readonly end: number };
  /** Undefined if the possible ranges have different authors. */
  readonly parts?: readonly SourcePart[];
  readonly isCertain: boolean;
}

/** Matches the words that occur in the source. Returns undefined if they do not occur in this order. */
function matchWords(
  tokens: readonly HtmlToken[],
  words: ReadonlyMap<string, Occurrences>,
): readonly MatchedWord[] | undefined {
  const found = tokens.flatMap(({ html, role, element }, index) => {
    const occurrences = role === "word" && element === "" && LETTER.test(html) ? words.get(html) : undefined;
    return occurrences === undefined ? [] : [{ index, occurrences }];
  });
  const firsts: number[] = [];
  let end = 0;
  for (const { occurrences } of found) {
    while ((occurrences.starts[occurrences.next] ?? end) < end) occurrences.next += 1;
    const start = occurrences.starts[occurrences.next];
    if (start === undefined) return undefined;
    firsts.push(occurrences.next);
    end = start + 1;
  }
  for (const { occurrences } of found) occurrences.next = occurrences.starts.length - 1;
  let limit = Number.POSITIVE_INFINITY;
  const matched: MatchedWord[] = [];
  for (const [at, { index, occurrences }] of [...found.entries()].reverse()) {
    while ((occurrences.starts[occurrences.next] ?? -1) >= limit) occurrences.next -= 1;
    limit = occurrences.starts[occurrences.next] ?? -1;
    matched.push(matchedWord(index, occurrences, firsts[at] ?? 0, occurrences.next));
  }
  return matched.reverse();
}

function matchedWord(tokenIndex: number, occurrences: Occurrences, first: number, last: number): MatchedWord {
  const { starts, parts, versionChanges, authorChanges } = occurrences;
  const isCertain = versionChanges[first] === versionChanges[last];
  if (authorChanges[first] !== authorChanges[last]) return { tokenIndex, isCertain: false };
  const wordParts = parts[first] ?? [];
  const start = starts[first] ?? 0;
  const end = start + wordParts.reduce((sum, { text }) => sum + text.length, 0);
  return { tokenIndex, parts: wordParts, isCertain, ...(first === last ? { range: { start, end } } : {}) };
}

/** Reads the source between words, in order. */
class SourceGaps {
  readonly #text: string;
  readonly #reader: PartReader;

  constructor(text: string, source: readonly SourcePart[]) {
    this.#text = text;
    this.#reader = new PartReader(source);
  }

  /** Returns the parts between two words, or the start and end of the source. Empty if a range is not known. */
  between(before: MatchedWord | undefined, after: MatchedWord | undefined): readonly SourcePart[] {
    const start = before === undefined ? 0 : before.range?.end;
    const end = after === undefined ? this.#text.trimEnd().length : after.range?.start;
    return start === undefined || end === undefined ? [] : this.#reader.take(start, end);
  }
}

function attribute(
  tokens: readonly HtmlToken[],
  matched: readonly MatchedWord[],
  gaps: SourceGaps,
): readonly AttributedPiece[] {
  const pieces: AttributedPiece[] = [];
  let before: MatchedWord | undefined;
  for (const word of [...matched, undefined]) {
    const between = tokens.slice(
      before === undefined ? 0 : before.tokenIndex + 1,
      word?.tokenIndex ?? tokens.length,
    );
    for (const piece of piecesBetween(between, gaps.between(before, word))) pieces.push(piece);
    const html = word === undefined ? "" : (tokens[word.tokenIndex]?.html ?? "");
    if (word?.parts !== undefined) {
      for (const piece of toPieces(word.parts, word.isCertain)) pieces.push(piece);
    } else if (html !== "") pieces.push({ html });
    before = word;
  }
  return pieces;
}

/** Attributes the tokens between two words to the source between these words. */
function piecesBetween(
  tokens: readonly HtmlToken[],
  source: readonly SourcePart[],
): readonly AttributedPiece[] {
  const isText = ({ role, element }: HtmlToken) => role === "word" && element === "";
  const [first, ...others] = source;
  if (first === undefined) return tokens.map(({ html }) => ({ html }));
  if (others.every(({ version }) => version === first.version)) {
    const writer = { version: first.version, isCertain: true };
    return tokens.map((token) => ({ html: token.html, ...(isText(token) ? { writer } : {}) }));
  }
  const texts = tokens.map((token) => {
    if (!isText(token)) return "";
    return token.html.startsWith("&") ? unescapeAll(token.html) : token.html;
  });
  // If the source is rendered completely, each character is attributed.
  const isComplete = texts.join("") === source.map(({ text }) => text).join("");
  if (!isComplete) return tokens.map(({ html }) => ({ html }));
  const reader = new PartReader(source);
  let offset = 0;
  return tokens.flatMap(({ html }, index) => {
    const start = offset;
    offset += texts[index]?.length ?? 0;
    const parts = start === offset ? [] : reader.take(start, offset);
    const [part, ...others] = parts;
    if (part === undefined) return [{ html }];
    // A single part stays one piece, because its HTML may be a character reference.
    return toPieces(others.length === 0 ? [{ ...part, text: html }] : parts, true);
  });
}

function toPieces(parts: readonly SourcePart[], isCertain: boolean): AttributedPiece[] {
  return parts.map(({ text, version }) => ({ html: text, writer: { version, isCertain } }));
}
