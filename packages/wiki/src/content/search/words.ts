import { foldedWords, ignorable, isUnspaced, unspacedParts } from "./folding.ts";

/** A folded word and its range in the text, in UTF-16 code units; the end is exclusive. */
export interface Word {
  readonly word: string;
  readonly start: number;
  readonly end: number;
}

/** Longer words are split. In code points. */
export const MAX_WORD_CHARACTERS = 64;

/**
 * Yields the words of `text` for the search index and for queries. All view stores index these words, so that all find
 * the same pages.
 *
 * - A word is a run of letters, digits and combining marks. Unlike in UAX #29, all other characters separate words:
 *   `node.js`, `snake_case` and `O'Brien` are two words each, and a query for them is a phrase.
 * - `++` and `#` after a word are words, so that `c++` and `c#` differ and `c` finds both.
 * - In scripts without spaces, such as Han, kana and Thai, each letter with its marks is a word. A query for several
 *   letters is a phrase, which needs no dictionary.
 * - Case and accents are folded by `foldedWords`.
 */
export function* wordsOf(text: string): Generator<Word> {
  const reader = new WordReader(text);
  while (reader.readRun()) yield* reader.words.splice(0);
}

/** Returns all words of `wordsOf`, faster than the generator. */
export function allWordsOf(text: string): readonly Word[] {
  const plain = PLAIN.test(text) ? plainWordsOf(text) : undefined;
  if (plain !== undefined) return plain;
  const reader = new WordReader(text);
  while (reader.readRun());
  return reader.words;
}

/** Returns the words of a `PLAIN` text, or undefined if one is too long. */
function plainWordsOf(text: string): readonly Word[] | undefined {
  const lower = text.toLowerCase();
  const words: Word[] = [];
  for (let at = 0; at < lower.length; at += 1) {
    const start = at;
    while (isAsciiWord(lower.charCodeAt(at))) at += 1;
    if (at - start > MAX_WORD_CHARACTERS) return undefined;
    if (at > start) words.push({ word: lower.slice(start, at), start, end: at });
  }
  return words;
}

/** Returns the words of `wordsOf` without their ranges. */
export function wordListOf(text: string): readonly string[] {
  const words = PLAIN.test(text) ? (text.toLowerCase().match(PLAIN_WORDS) ?? []) : undefined;
  if (words?.every(({ length }) => length <= MAX_WORD_CHARACTERS)) return words;
  return allWordsOf(text).map(({ word }) => word);
}

/** Returns the words of a list joined by spaces. */
export function splitWords(joined: string): readonly string[] {
  return joined === "" ? [] : joined.split(" ");
}

/** ASCII without `+` and `#`, for which a single regular expression is several times as fast. */
const PLAIN = /^[\0-"$-*,-\x7f]*$/;
const PLAIN_WORDS = /[a-z0-9]+/g;

/** Reads a text run by run. */
class WordReader {
  readonly words: Word[] = [];
  readonly #text: string;
  #next = 0;
  /** A cache, because words repeat in a long text. */
  readonly #folded = new Map<string, readonly string[]>();

  constructor(text: string) {
    this.#text = text;
  }

  /** Adds the words of the next run of letters and digits. Returns false at the end of the text. */
  readRun(): boolean {
    const text = this.#text;
    let start = this.#next;
    let end = endOfRun(text, start);
    while (end === start) {
      if (start >= text.length) return false;
      start += 1;
      end = endOfRun(text, start);
    }
    const run = text.slice(start, end);
    if (isAscii(run)) this.#addWord(run.toLowerCase(), start, end);
    else this.#addFolded(run, start);
    const symbol = symbolAt(text, end);
    if (symbol !== "") this.words.push({ word: symbol, start: end, end: end + symbol.length });
    this.#next = end + symbol.length;
    return true;
  }

  #addFolded(run: string, start: number): void {
    for (const [part, offset] of isUnspaced(run) ? unspacedParts(run) : [[run, 0] as const]) {
      let words = this.#folded.get(part);
      if (words === undefined) {
        words = foldedWords(part);
        this.#folded.set(part, words);
      }
      const from = start + offset;
      for (const word of words) this.#addWord(word, from, from + part.length);
    }
  }

  #addWord(word: string, start: number, end: number): void {
    if (word.length <= MAX_WORD_CHARACTERS) {
      this.words.push({ word, start, end });
      return;
    }
    const characters = [...word];
    for (let from = 0; from < characters.length; from += MAX_WORD_CHARACTERS) {
      this.words.push({ word: characters.slice(from, from + MAX_WORD_CHARACTERS).join(""), start, end });
    }
  }
}

// At most 1,000 characters, because normalising a letter with many marks takes quadratic time.
const RUN = new RegExp(`[\\p{L}\\p{N}][\\p{L}\\p{N}\\p{M}${ignorable}]{0,999}`, "uy");

/** Returns the end of the run of letters and digits at `start`, or `start` if there is none. */
function endOfRun(text: string, start: number): number {
  let end = start;
  while (isAsciiWord(text.charCodeAt(end))) end += 1;
  const next = text.charCodeAt(end);
  if (!(next > 0x7f)) return end;
  RUN.lastIndex = start;
  return RUN.test(text) ? Math.max(RUN.lastIndex, end) : end;
}

const PLUS = 0x2b;
const NUMBER_SIGN = 0x23;

function symbolAt(text: string, at: number): string {
  const code = text.charCodeAt(at);
  if (code === PLUS && text.charCodeAt(at + 1) === PLUS) return "++";
  return code === NUMBER_SIGN && endOfRun(text, at + 1) === at + 1 ? "#" : "";
}

function isAsciiWord(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || (code >= 0x30 && code <= 0x39);
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 0x7f) return false;
  return true;
}
