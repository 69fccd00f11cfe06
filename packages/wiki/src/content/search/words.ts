import { foldedWords, ignorable, isUnspaced, unspacedParts } from "./folding.ts";

/** A word of a text in the form in which it is compared, and where it stands: UTF-16 code units, end excluded. */
export interface Word {
  readonly word: string;
  readonly start: number;
  readonly end: number;
}

/** No word is longer, in characters (code points): a longer run of letters and digits is several words. */
export const MAX_WORD_CHARACTERS = 64;

/**
 * Iterates over the words of `text`, in order, in the one form that every search engine is given. So all find the
 * same pages, whatever each of them thinks a word is.
 *
 * - A word is a run of letters, digits and their marks, in any script. All else separates: `node.js`,
 *   `snake_case` and `O'Brien` are two words each, and a query for them is a phrase.
 * - `++` and `#` behind a word are words of their own, so `c++` and `c#` differ from each other, and `c` finds both.
 * - Han, kana, Thai and others written without spaces: each letter with its marks is a word. A query for several
 *   is a phrase, and so finds exactly the texts that hold them, without a dictionary.
 * - Case and accents are folded as `foldedWords` says.
 */
export function* wordsOf(text: string): Generator<Word> {
  // In a long text the same words come again and again.
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
    else yield* inWordsOfLength(run.toLowerCase(), start, end);
    const symbol = symbolAt(text, end);
    if (symbol !== "") yield { word: symbol, start: end, end: end + symbol.length };
    start = end + symbol.length;
  }
}

/** The words alone, as `wordsOf` gives them. */
export function wordListOf(text: string): readonly string[] {
  const words = PLAIN.test(text) ? (text.toLowerCase().match(PLAIN_WORDS) ?? []) : undefined;
  if (words?.every(({ length }) => length <= MAX_WORD_CHARACTERS)) return words;
  return Array.from(wordsOf(text), ({ word }) => word);
}

/** ASCII without what may be a word besides letters and digits: several times as fast, and most of most texts. */
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
    for (const word of words) yield* inWordsOfLength(word, from, from + part.length);
  }
}

function* inWordsOfLength(word: string, start: number, end: number): Generator<Word> {
  if (word.length <= MAX_WORD_CHARACTERS) {
    yield { word, start, end };
    return;
  }
  const characters = [...word];
  for (let from = 0; from < characters.length; from += MAX_WORD_CHARACTERS) {
    yield { word: characters.slice(from, from + MAX_WORD_CHARACTERS).join(""), start, end };
  }
}

// Runs are read in parts of 1,000 characters: normalising a letter with a million marks takes quadratic time.
const RUN = new RegExp(`[\\p{L}\\p{N}][\\p{L}\\p{N}\\p{M}${ignorable}]{0,999}`, "uy");

/** The end of the run of letters and digits that starts at `start`; `start` if none does. */
function endOfRun(text: string, start: number): number {
  let end = start;
  while (isAsciiWord(text.charCodeAt(end))) end += 1;
  // Most words and most of what lies between them are ASCII, which needs no expression.
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
