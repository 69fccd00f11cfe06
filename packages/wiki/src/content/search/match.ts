import type { Phrase, SearchQuery } from "./query.ts";

export interface PageWords {
  readonly title: readonly string[];
  readonly text: readonly string[];
}

/** Returns true if the page matches the query. The reference for the searches of all view stores. */
export function matches(query: SearchQuery, page: PageWords): boolean {
  const isFound = (phrase: Phrase) => contains(page.title, phrase) || contains(page.text, phrase);
  return query.any.some(({ all, none }) => all.every(isFound) && !none.some(isFound));
}

/** Returns true if the query is exactly the title. Such a page ranks first. */
export function isExactTitle(query: SearchQuery, title: readonly string[]): boolean {
  return title.length > 0 && query.exactTitle === title.join(" ");
}

function contains(words: readonly string[], phrase: Phrase): boolean {
  const [first = ""] = phrase.words;
  if (phrase.words.length > 1) {
    for (let at = words.indexOf(first); at !== -1; at = words.indexOf(first, at + 1)) {
      if (startsAt(words, at, phrase)) return true;
    }
    return false;
  }
  return phrase.prefix ? words.some((word) => word.startsWith(first)) : words.includes(first);
}

/** Returns true if the phrase starts at index `at` of `words`. */
export function startsAt(words: readonly string[], at: number, phrase: Phrase): boolean {
  const last = phrase.words.length - 1;
  return phrase.words.every((word, index) => {
    const candidate = words[at + index];
    const mayBePrefix = phrase.prefix && index === last;
    return candidate === word || (mayBePrefix && candidate?.startsWith(word) === true);
  });
}
