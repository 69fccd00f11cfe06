import { parseQuery, type SearchQuery } from "../content/search/query.ts";
import { type SnippetPiece, snippet } from "../content/search/snippet.ts";
import type { PageText, SectionPage } from "./page-follower.ts";

export const SEARCH = "search";
/** Of what is kept, on each backend. */
export const SEARCH_VERSION = 2;

interface FoundPage {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
}

export interface SearchHit {
  readonly page: FoundPage;
  /** From the page's text. */
  readonly snippet: readonly SnippetPiece[];
}

export interface SearchResult {
  /** The best first: a page whose title is exactly the query, then as the engine ranks. */
  readonly hits: readonly SearchHit[];
  /** How many pages are found in all. */
  readonly total: number;
}

export interface SearchRange {
  /** How many hits at most; 20 unless said. */
  readonly limit?: number;
  /** How many of the best are left out; 0 unless said. */
  readonly offset?: number;
}

/** What a search engine answers. */
export interface SearchIndex {
  /** Resolves to the pages in `range` of those that are found, and how many there are in all. */
  find(query: SearchQuery, range: Required<SearchRange>): Promise<FoundTexts>;
  /**
   * Resolves to the ids of all pages that `query` would have found at any time, and of some more: of those that had
   * each of its words, now or once, wherever they stood.
   */
  candidates(query: SearchQuery): Promise<readonly string[]>;
}

export interface FoundTexts {
  readonly pages: readonly (FoundPage & { readonly text: string })[];
  readonly total: number;
}

/**
 * Finds pages by what they say in the language of `parseQuery`, which gives every text a meaning.
 * @throws LimitExceededError if the query is too long
 */
export async function searchPages(
  index: SearchIndex,
  query: string,
  { limit = 20, offset = 0 }: SearchRange = {},
): Promise<SearchResult> {
  const parsed = parseQuery(query);
  if (parsed.any.length === 0) return { hits: [], total: 0 };
  const { pages, total } = await index.find(parsed, { limit, offset });
  const hits = pages.map(({ text, ...page }) => ({ page, snippet: snippet(text, parsed) }));
  return { hits, total };
}

/** What an engine is given of a page. */
export interface SearchEntry extends FoundPage {
  readonly text: PageText;
}

export interface SearchChanges {
  readonly entries: readonly SearchEntry[];
  /** The ids of pages that are archived, and not found any more. */
  readonly gone: readonly string[];
  /** Words that pages had once, each page once: what later versions say again is still among them. */
  readonly former: readonly FormerWords[];
}

export interface FormerWords {
  readonly pageId: string;
  /** Each once. */
  readonly words: readonly string[];
}

/** An index has a page once, as it is after the section; which words went, every version says. */
export function searchChanges(pages: readonly SectionPage[]): SearchChanges {
  return {
    entries: pages.flatMap(({ id, last: { slug, title }, text }) =>
      text === undefined ? [] : [{ id, slug, title, text }],
    ),
    gone: pages.flatMap(({ id, text }) => (text === undefined ? [id] : [])),
    former: pages.flatMap(({ id, steps }) => {
      const words = new Set(steps.flatMap(({ wentWords }) => wentWords));
      return words.size === 0 ? [] : [{ pageId: id, words: [...words] }];
    }),
  };
}

/** A word that pages are looked for by; with `prefix`, also as the beginning of a longer one. */
export interface WantedWord {
  readonly word: string;
  readonly prefix: boolean;
}

/** For each alternative of a query, the words of which a page must once have had every one, each once. */
export function wantedWords({ any }: SearchQuery): readonly (readonly WantedWord[])[] {
  return any.map(({ all }) => {
    const wanted = all.flatMap(({ words, prefix }) =>
      words.map((word, index) => ({ word, prefix: prefix && index === words.length - 1 })),
    );
    return [...new Map(wanted.map((one) => [`${one.prefix} ${one.word}`, one])).values()];
  });
}

/** In no word, and behind every character that is in one: what begins with a word is up to that word with this. */
export const LAST_CHARACTER = "\u{10ffff}";

/** The words of a title or text, as they were before they were joined. */
export function wordsIn(joined: string): readonly string[] {
  return joined === "" ? [] : joined.split(" ");
}
