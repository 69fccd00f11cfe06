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
  /** A cache, because words repeat in a long text. */
  const folded = new Map<string, readonly string[]>();
  for (let start = 0; start < text.length; ) {
    const end = endOfRun(text, start);
    if (end === start) {
      start += 1;
      continue;
    }
    const run = text.slice(start, end);
    if (!isAscii(run)) yield* wordsOfRun(run, start, folded);
    else if (run.length <= MAX_WORD_CHARACTERS) yield { word: run.toLowerCase(), start, end };
    else yield* splitLongWord(run.toLowerCase(), start, end);
    const symbol = symbolAt(text, end);
    if (symbol !== "") yield { word: symbol, start: end, end: end + symbol.length };
    start = end + symbol.length;
  }
}

/** Returns the words of `wordsOf` without their ranges. */
export function wordListOf(text: string): readonly string[] {
  const words = PLAIN.test(text) ? (text.toLowerCase().match(PLAIN_WORDS) ?? []) : undefined;
  if (words?.every(({ length }) => length <= MAX_WORD_CHARACTERS)) return words;
  return Array.from(wordsOf(text), ({ word }) => word);
}

/** ASCII without `+` and `#`, for which a single regular expression is several times as fast. */
const PLAIN = /^[\0-"$-*,-\x7f]*$/;
const PLAIN_WORDS = /[a-z0-9]+/g;

function* wordsOfRun(run: string, start: number, folded: Map<string, readonly string[]>): Generator<Word> {
  for (const [part, offset] of isUnspaced(run) ? unspacedParts(run) : [[run, 0] as const]) {
    let words = folded.get(part);
    if (words === undefined) {
      words = foldedWords(part);
      folded.set(part, words);
    }
    const from = start + offset;
    for (const word of words) yield* splitLongWord(word, from, from + part.length);
  }
}

function* splitLongWord(word: string, start: number, end: number): Generator<Word> {
  if (word.length <= MAX_WORD_CHARACTERS) {
    yield { word, start, end };
    return;
  }
  const characters = [...word];
  for (let from = 0; from < characters.length; from += MAX_WORD_CHARACTERS) {
    yield { word: characters.slice(from, from + MAX_WORD_CHARACTERS).join(""), start, end };
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

function symbolAt(text: string, at: number): string {
  if (text[at] === "+" && text[at + 1] === "+") return "++";
  return text[at] === "#" && endOfRun(text, at + 1) === at + 1 ? "#" : "";
}

function isAsciiWord(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || (code >= 0x30 && code <= 0x39);
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 0x7f) return false;
  return true;
}
