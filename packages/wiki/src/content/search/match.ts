import type { Phrase, SearchQuery } from "./query.ts";

/** The words of a page in their order, those of the title apart from those of the text. */
export interface PageWords {
  readonly title: readonly string[];
  readonly text: readonly string[];
}

/** Whether a search for `query` finds the page. What every search engine finds is defined by this. */
export function matches(query: SearchQuery, page: PageWords): boolean {
  const found = (phrase: Phrase) => holds(page.title, phrase) || holds(page.text, phrase);
  return query.any.some(({ all, none }) => all.every(found) && !none.some(found));
}

/** Whether the title is exactly what was searched for: such a page comes first. */
export function isExactTitle(query: SearchQuery, title: readonly string[]): boolean {
  return title.length > 0 && exactTitleOf(query) === title.join(" ");
}

/** The words of the one title that the query names, joined by spaces; undefined if it names none. */
export function exactTitleOf({ any }: SearchQuery): string | undefined {
  const [only] = any;
  if (any.length !== 1 || only === undefined || only.none.length > 0) return undefined;
  return only.all.flatMap(({ words }) => words).join(" ");
}

function holds(words: readonly string[], phrase: Phrase): boolean {
  const [first = ""] = phrase.words;
  if (phrase.words.length > 1) {
    for (let at = words.indexOf(first); at !== -1; at = words.indexOf(first, at + 1)) {
      if (standsAt(words, at, phrase)) return true;
    }
    return false;
  }
  return phrase.prefix ? words.some((word) => word.startsWith(first)) : words.includes(first);
}

/** Whether the phrase starts at the index `at` of `words`. */
export function standsAt(words: readonly string[], at: number, { words: wanted, prefix }: Phrase): boolean {
  const last = wanted.length - 1;
  return wanted.every((word, index) => {
    const there = words[at + index];
    return there === word || (prefix && index === last && there?.startsWith(word) === true);
  });
}
