import { EventLoopYielder } from "@palimpsest/eventsourcing";
import { parseQuery, type SearchQuery } from "../content/search/query.ts";
import { type SnippetPiece, snippet } from "../content/search/snippet.ts";
import type { BatchPage, PageText } from "./page-follower.ts";

export const SEARCH = "search";
/** How long a query of the index may run. */
export const SEARCH_TIMEOUT_MS = 3_000;

/** Increment it when the stored rows change in any database. */
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
  /** Pages whose title equals the query come first. The engine orders the others. */
  readonly hits: readonly SearchHit[];
  /** The number of all matching pages. */
  readonly total: number;
}

export interface SearchRange {
  /** The greatest number of hits. Default: 20. */
  readonly limit?: number;
  /** The number of hits to skip. Default: 0. */
  readonly offset?: number;
}

/** A full-text index. */
export interface SearchIndex {
  /** Resolves to a range of the matching pages, and their total number. */
  find(query: SearchQuery, range: Required<SearchRange>): Promise<FoundTexts>;
  /**
   * Resolves to the ids of all pages that have or had each word of `query`, anywhere in any version. They include all
   * pages that matched `query` at some position.
   */
  candidates(query: SearchQuery): Promise<readonly string[]>;
}

export interface FoundTexts {
  readonly pages: readonly (FoundPage & { readonly text: string })[];
  readonly total: number;
}

/**
 * Searches for pages by a query in the language of `parseQuery`. Every text is a valid query.
 * @throws LimitExceededError if the query is too long or has too many words
 * @throws QueryTimeoutError
 */
export async function searchPages(
  index: SearchIndex,
  query: string,
  { limit = 20, offset = 0 }: SearchRange = {},
): Promise<SearchResult> {
  const parsed = parseQuery(query);
  if (parsed.any.length === 0) return { hits: [], total: 0 };
  const { pages, total } = await index.find(parsed, { limit, offset });
  const hits: SearchHit[] = [];
  const yielder = new EventLoopYielder();
  for (const { text, ...page } of pages) {
    hits.push({ page, snippet: snippet(text, parsed) });
    if (yielder.isDue) await yielder.step();
  }
  return { hits, total };
}

/** A page in the index. */
export interface SearchEntry extends FoundPage {
  readonly text: PageText;
}

export interface SearchChanges {
  readonly entries: readonly SearchEntry[];
  /** The ids of pages that are archived after the batch. */
  readonly archived: readonly string[];
  /** Words that versions of the batch removed, for each page. Later versions may have added them again. */
  readonly former: readonly FormerWords[];
}

export interface FormerWords {
  readonly pageId: string;
  /** Without duplicates. */
  readonly words: readonly string[];
}

export function searchChanges(pages: readonly BatchPage[]): SearchChanges {
  return {
    entries: pages.flatMap(({ id, last: { slug, title }, text }) =>
      text === undefined ? [] : [{ id, slug, title, text }],
    ),
    archived: pages.flatMap(({ id, text }) => (text === undefined ? [id] : [])),
    former: pages.flatMap(({ id, steps }) => {
      const words = new Set(steps.flatMap(({ removedWords }) => removedWords));
      return words.size === 0 ? [] : [{ pageId: id, words: [...words] }];
    }),
  };
}

/** A word of a query. With `prefix`, longer words that begin with it match, too. */
export interface WantedWord {
  readonly word: string;
  readonly prefix: boolean;
}

/** Returns the distinct words of each alternative of a query, without those that it excludes. */
export function wantedWords({ any }: SearchQuery): readonly (readonly WantedWord[])[] {
  return any.map(({ all }) => {
    const wanted = all.flatMap(({ words, prefix }) =>
      words.map((word, index) => ({ word, prefix: prefix && index === words.length - 1 })),
    );
    return [...new Map(wanted.map((one) => [`${one.prefix} ${one.word}`, one])).values()];
  });
}

/** Sorts after every character of a word: words with a prefix sort before the prefix followed by this character. */
export const LAST_CHARACTER = "\u{10ffff}";

/** Splits joined words. */
export function wordsIn(joined: string): readonly string[] {
  return joined === "" ? [] : joined.split(" ");
}
