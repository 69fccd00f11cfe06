import createMarkdown from "markdown-it";
import { MAX_MARKDOWN_UNITS } from "./markdown.ts";
import { type RenderedPiece, readRendered, Surroundings } from "./rendered-words.ts";

/** A part of a source that one version wrote. Never empty. */
export interface SourcePart {
  readonly text: string;
  readonly version: number;
}

/** A piece of a rendered block. Only text has a writer. */
export interface WrittenPiece {
  readonly html: string;
  /** Undefined where it is not certain who wrote it. */
  readonly writer?: Writer;
}

export interface Writer {
  readonly version: number;
  /** If false, it may as well have been another version of the same author. */
  readonly isCertain: boolean;
}

/**
 * Says of the words of a rendered block who wrote them; joined, the pieces are its HTML. `source` is what the block was
 * rendered from. Markdown leaves much of its source out and adds nothing that has letters, so the words of the block
 * are found in the source in their order. That can be possible in several ways; where these do not agree on the author,
 * nobody is named. Resolves to undefined where the words are not to be found, as with references to characters.
 * Costs as much as the block is long.
 */
export function writtenPieces(
  html: string,
  source: readonly SourcePart[],
  authorOf: (version: number) => unknown,
): readonly WrittenPiece[] | undefined {
  const text = source.map((part) => part.text).join("");
  if (text.length > MAX_MARKDOWN_UNITS || makesLetters(text)) return undefined;
  const pieces = readRendered(html, new Surroundings());
  const words = sourceWords(text, source, authorOf);
  const placed = placedWords(pieces, words);
  return placed && attributed(pieces, placed, new SourceGaps(text, source));
}

const LETTER = /[\p{L}\p{N}\p{M}]/u;
const { unescapeAll } = createMarkdown().utils;

/** Whether letters may be rendered that do not stand in the source: from `&eacute;`, and in addresses shown as links. */
function makesLetters(source: string): boolean {
  if (/%[0-9a-f]{2}|xn--/i.test(source)) return true;
  return (source.match(/&#?\w+;/g) ?? []).some((reference) => LETTER.test(unescapeAll(reference)));
}

/** All places of a word in a source, ascending. */
interface Places {
  readonly starts: number[];
  readonly parts: (readonly SourcePart[])[];
  /** How often, up to each place, the versions (or the authors) differed from those of the place before. */
  readonly versionChanges: number[];
  readonly authorChanges: number[];
  /** How far the places were looked through. */
  next: number;
}

function sourceWords(
  text: string,
  source: readonly SourcePart[],
  authorOf: (version: number) => unknown,
): ReadonlyMap<string, Places> {
  const words = new Map<string, Places>();
  const runs = new PartReader(source);
  for (const { 0: word, index } of text.matchAll(/[\p{L}\p{N}\p{M}]+/gu)) {
    const places = words.get(word) ?? {
      starts: [],
      parts: [],
      versionChanges: [],
      authorChanges: [],
      next: 0,
    };
    words.set(word, places);
    const parts = runs.take(index, index + word.length);
    const before = places.parts.at(-1);
    const [versions, authors] = [places.versionChanges.at(-1) ?? 0, places.authorChanges.at(-1) ?? 0];
    const isSame = (key: (part: SourcePart) => unknown) =>
      before === undefined || sameStretches(before, parts, key);
    places.starts.push(index);
    places.parts.push(parts);
    places.versionChanges.push(versions + Number(!isSame(({ version }) => version)));
    places.authorChanges.push(authors + Number(!isSame(({ version }) => authorOf(version))));
  }
  return words;
}

/** Whether both are made of equally long parts with equal keys. */
function sameStretches(
  one: readonly SourcePart[],
  other: readonly SourcePart[],
  key: (part: SourcePart) => unknown,
): boolean {
  if (one.length !== other.length) return false;
  return one.every((part, index) => {
    const beside = other[index];
    return beside !== undefined && part.text.length === beside.text.length && key(part) === key(beside);
  });
}

/** Reads the parts of a source from its start on. */
class PartReader {
  readonly #parts: readonly SourcePart[];
  #index = 0;
  #start = 0;

  constructor(parts: readonly SourcePart[]) {
    this.#parts = parts;
  }

  /** The parts between two offsets that are not before those asked for last. */
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

/** Where the word of a piece stands in the source. */
interface PlacedWord {
  /** Index of the piece. */
  readonly index: number;
  /** As offsets in the source; undefined if it could be elsewhere too. */
  readonly place?: { readonly start: number; readonly end: number };
  /** Undefined if that depends on the place. */
  readonly parts?: readonly SourcePart[];
  readonly isCertain: boolean;
}

/** The words that are in the source at all, or undefined if they are not there in their order. */
function placedWords(
  pieces: readonly RenderedPiece[],
  words: ReadonlyMap<string, Places>,
): readonly PlacedWord[] | undefined {
  const found = pieces.flatMap(({ html, role, element }, index) => {
    const places = role === "word" && element === "" && LETTER.test(html) ? words.get(html) : undefined;
    return places === undefined ? [] : [{ index, places }];
  });
  const firsts: number[] = [];
  let end = 0;
  for (const { places } of found) {
    while ((places.starts[places.next] ?? end) < end) places.next += 1;
    const start = places.starts[places.next];
    if (start === undefined) return undefined;
    firsts.push(places.next);
    end = start + 1;
  }
  for (const { places } of found) places.next = places.starts.length - 1;
  let limit = Number.POSITIVE_INFINITY;
  const placed: PlacedWord[] = [];
  for (const [at, { index, places }] of [...found.entries()].reverse()) {
    while ((places.starts[places.next] ?? -1) >= limit) places.next -= 1;
    limit = places.starts[places.next] ?? -1;
    placed.push(placedBetween(index, places, firsts[at] ?? 0, places.next));
  }
  return placed.reverse();
}

/** A word that stands at one of these places. */
function placedBetween(index: number, places: Places, first: number, last: number): PlacedWord {
  const { starts, parts, versionChanges, authorChanges } = places;
  const isCertain = versionChanges[first] === versionChanges[last];
  if (authorChanges[first] !== authorChanges[last]) return { index, isCertain: false };
  const here = parts[first] ?? [];
  const start = starts[first] ?? 0;
  const end = start + here.reduce((sum, { text }) => sum + text.length, 0);
  return { index, parts: here, isCertain, ...(first === last ? { place: { start, end } } : {}) };
}

/** What stands between the words of a source. */
class SourceGaps {
  readonly #text: string;
  readonly #reader: PartReader;

  constructor(text: string, source: readonly SourcePart[]) {
    this.#text = text;
    this.#reader = new PartReader(source);
  }

  /** The parts behind one word and before another (or from the start, or to the end), which come one after another. */
  between(before: PlacedWord | undefined, after: PlacedWord | undefined): readonly SourcePart[] {
    const start = before === undefined ? 0 : before.place?.end;
    const end = after === undefined ? this.#text.trimEnd().length : after.place?.start;
    return start === undefined || end === undefined ? [] : this.#reader.take(start, end);
  }
}

function attributed(
  pieces: readonly RenderedPiece[],
  placed: readonly PlacedWord[],
  gaps: SourceGaps,
): readonly WrittenPiece[] {
  const written: WrittenPiece[] = [];
  let before: PlacedWord | undefined;
  for (const word of [...placed, undefined]) {
    const between = pieces.slice(before === undefined ? 0 : before.index + 1, word?.index ?? pieces.length);
    for (const piece of writtenBetween(between, gaps.between(before, word))) written.push(piece);
    const html = word === undefined ? "" : (pieces[word.index]?.html ?? "");
    if (word?.parts !== undefined) {
      for (const piece of cut(word.parts, word.isCertain)) written.push(piece);
    } else if (html !== "") written.push({ html });
    before = word;
  }
  return written;
}

/** What was rendered between two words, from what stands between them in the source. */
function writtenBetween(
  pieces: readonly RenderedPiece[],
  source: readonly SourcePart[],
): readonly WrittenPiece[] {
  const isText = ({ role, element }: RenderedPiece) => role === "word" && element === "";
  const [first, ...others] = source;
  if (first === undefined) return pieces.map(({ html }) => ({ html }));
  if (others.every(({ version }) => version === first.version)) {
    const writer = { version: first.version, isCertain: true };
    return pieces.map((piece) => ({ html: piece.html, ...(isText(piece) ? { writer } : {}) }));
  }
  const texts = pieces.map((piece) => {
    if (!isText(piece)) return "";
    return piece.html.startsWith("&") ? unescapeAll(piece.html) : piece.html;
  });
  // If all that stands there is shown, each character is its own.
  const isAll = texts.join("") === source.map(({ text }) => text).join("");
  if (!isAll) return pieces.map(({ html }) => ({ html }));
  const reader = new PartReader(source);
  let offset = 0;
  return pieces.flatMap(({ html }, index) => {
    const start = offset;
    offset += texts[index]?.length ?? 0;
    const parts = start === offset ? [] : reader.take(start, offset);
    const [part, ...others] = parts;
    if (part === undefined) return [{ html }];
    // What is written as a reference to a character is but one.
    return cut(others.length === 0 ? [{ ...part, text: html }] : parts, true);
  });
}

function cut(parts: readonly SourcePart[], isCertain: boolean): WrittenPiece[] {
  return parts.map(({ text, version }) => ({ html: text, writer: { version, isCertain } }));
}
