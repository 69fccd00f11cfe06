import { LimitExceededError } from "@palimpsest/eventsourcing";
import { wordsOf } from "./words.ts";

/** One or more adjacent words of a title or a text, in this order. */
export interface Phrase {
  readonly words: readonly string[];
  /** True if the last word matches as a prefix, because it may be incomplete. */
  readonly prefix: boolean;
}

interface Alternative {
  /** Phrases that the page must contain; at least one. */
  readonly all: readonly Phrase[];
  /** Phrases that the page must not contain. */
  readonly none: readonly Phrase[];
}

/** A page matches if it matches one of the alternatives. Without alternatives, no page matches. */
export interface SearchQuery {
  readonly any: readonly Alternative[];
  /** The title that the query is exactly, as words joined by spaces; undefined if it has OR or excludes pages. */
  readonly exactTitle: string | undefined;
}

/** In UTF-16 code units. */
export const MAX_QUERY_UNITS = 1_000;
/** The words of all terms, those of phrases included. A term that is repeated in an alternative counts once. */
export const MAX_QUERY_WORDS = 32;

/**
 * Parses a search query. No query is a syntax error.
 *
 * - `dog cat` finds pages with both words, `rose OR zebra` pages with either. OR has the lower precedence: `red rose OR
 *   zebra` means `(red rose) OR zebra`. An OR without operands on both sides is a word.
 * - `"a phrase"` finds adjacent words. A term of several words (`node.js`, `O'Brien`, 東京) is a phrase too. A missing
 *   second quotation mark is assumed at the end.
 * - `-not` and `-"not this"` exclude pages. An alternative that only excludes finds nothing.
 * - The last term, or the last word of an open phrase, also matches as a prefix if it has at least two letters.
 * - Terms without letters and digits, and repeated terms, are ignored.
 *
 * @throws LimitExceededError if the query is longer than `MAX_QUERY_UNITS` or has more than `MAX_QUERY_WORDS`
 */
export function parseQuery(text: string): SearchQuery {
  if (text.length > MAX_QUERY_UNITS) {
    throw new LimitExceededError("characters of a search query", text.length, MAX_QUERY_UNITS);
  }
  const terms = termsOf(text);
  const alternatives = alternativesOf(terms).filter(({ all }) => all.length > 0);
  const any = distinct(alternatives.map(withoutRepeatedTerms));
  const words = any.flatMap(({ all, none }) => [...all, ...none].flatMap((phrase) => phrase.words));
  if (words.length > MAX_QUERY_WORDS) {
    throw new LimitExceededError("words of a search query", words.length, MAX_QUERY_WORDS);
  }
  const mayBeTitle = alternatives.length === 1 && terms.every(({ excluded }) => !excluded);
  const exactTitle = mayBeTitle ? terms.flatMap(({ phrase }) => phrase.words).join(" ") : undefined;
  return { any, exactTitle };
}

function withoutRepeatedTerms({ all, none }: Alternative): Alternative {
  return { all: distinct(all), none: distinct(none) };
}

/** Returns the items without those that equal an earlier one. */
function distinct<Item>(items: readonly Item[]): readonly Item[] {
  const byContent = new Map<string, Item>();
  for (const item of items) {
    const key = JSON.stringify(item);
    if (!byContent.has(key)) byContent.set(key, item);
  }
  return [...byContent.values()];
}

const MIN_PREFIX_UNITS = 2;

interface Term {
  readonly phrase: Phrase;
  readonly excluded: boolean;
  readonly isOr: boolean;
}

const TERM = /(-?)(?:["“”„]([^"“”„]*)(["“”„]?)|([^\s"“”„]+))/g;

function termsOf(text: string): Term[] {
  const terms = [...text.matchAll(TERM)].flatMap(([, minus, quoted, endOfQuote, bare]) => {
    const words = Array.from(wordsOf(quoted ?? bare ?? ""), ({ word }) => word);
    if (words.length === 0) return [];
    const excluded = minus === "-";
    const prefix = !endOfQuote && !excluded && (words.at(-1) ?? "").length >= MIN_PREFIX_UNITS;
    return [{ phrase: { words, prefix }, excluded, isOr: bare === "OR" && !excluded }];
  });
  const last = terms.length - 1;
  return terms.map((term, index) =>
    index === last ? term : { ...term, phrase: { words: term.phrase.words, prefix: false } },
  );
}

function alternativesOf(terms: readonly Term[]): Alternative[] {
  const alternatives: { all: Phrase[]; none: Phrase[] }[] = [{ all: [], none: [] }];
  let isEmpty = true;
  terms.forEach(({ phrase, excluded, isOr }, index) => {
    const current = alternatives.at(-1);
    if (isOr && !isEmpty && index < terms.length - 1) {
      alternatives.push({ all: [], none: [] });
      isEmpty = true;
    } else {
      (excluded ? current?.none : current?.all)?.push(phrase);
      isEmpty = false;
    }
  });
  return alternatives;
}
