import { LimitExceededError } from "@palimpsest/eventsourcing";
import { wordsOf } from "./words.ts";

/** Words that stand side by side, in this order, in the title or in the text of a page. At least one. */
export interface Phrase {
  readonly words: readonly string[];
  /** The last word may go on: it is still being typed. */
  readonly prefix: boolean;
}

/** What a page must have, all of it, and must not have. */
export interface Alternative {
  /** At least one. */
  readonly all: readonly Phrase[];
  readonly none: readonly Phrase[];
}

/** A page is found if it fits one of the alternatives; without any, none is. */
export interface SearchQuery {
  readonly any: readonly Alternative[];
}

/** In UTF-16 code units. */
export const MAX_QUERY_UNITS = 1_000;

/**
 * Reads what a person typed; every text has a meaning:
 *
 * - `dog cat` is both. `rose OR zebra` is either; OR binds less than standing side by side, so `red rose OR zebra`
 *   is both of the first or the last. An OR without something on both sides is a word.
 * - `"a phrase"` is these words side by side, and so is what a bare word consists of (`node.js`, `O'Brien`, 東京). A
 *   quotation mark without its second one reaches to the end.
 * - `-not` and `-"not this"` exclude. An alternative that only excludes finds nothing.
 * - The last bare word, or the last of a phrase that is still open, is also found as the beginning of a longer one,
 *   if it has two letters: one is the beginning of too much.
 * - What holds no letter and no digit is passed over. A query of nothing else finds nothing.
 *
 * @throws LimitExceededError if it is longer than `MAX_QUERY_UNITS`
 */
export function parseQuery(text: string): SearchQuery {
  if (text.length > MAX_QUERY_UNITS) {
    throw new LimitExceededError("characters of a search query", text.length, MAX_QUERY_UNITS);
  }
  const alternatives = alternativesOf(itemsOf(text));
  return { any: alternatives.filter(({ all }) => all.length > 0) };
}

const MIN_PREFIX_UNITS = 2;

interface Item {
  readonly phrase: Phrase;
  readonly excluded: boolean;
  readonly isOr: boolean;
}

const ITEM = /(-?)(?:["“”„]([^"“”„]*)(["“”„]?)|([^\s"“”„]+))/g;

function itemsOf(text: string): Item[] {
  const items = [...text.matchAll(ITEM)].flatMap(([, minus, quoted, endOfQuote, bare]) => {
    const words = Array.from(wordsOf(quoted ?? bare ?? ""), ({ word }) => word);
    if (words.length === 0) return [];
    const excluded = minus === "-";
    const goesOn = !endOfQuote && !excluded && (words.at(-1) ?? "").length >= MIN_PREFIX_UNITS;
    return [{ phrase: { words, prefix: goesOn }, excluded, isOr: bare === "OR" && !excluded }];
  });
  const last = items.length - 1;
  return items.map((item, index) =>
    index === last ? item : { ...item, phrase: { words: item.phrase.words, prefix: false } },
  );
}

function alternativesOf(items: readonly Item[]): Alternative[] {
  const alternatives: { all: Phrase[]; none: Phrase[] }[] = [{ all: [], none: [] }];
  let joined = true;
  items.forEach(({ phrase, excluded, isOr }, index) => {
    const current = alternatives.at(-1);
    if (isOr && !joined && index < items.length - 1) {
      alternatives.push({ all: [], none: [] });
      joined = true;
    } else {
      (excluded ? current?.none : current?.all)?.push(phrase);
      joined = false;
    }
  });
  return alternatives;
}
