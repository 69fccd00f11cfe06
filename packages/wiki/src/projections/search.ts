import { createHash } from "node:crypto";
import { EventLoopYielder } from "@palimpsest/eventsourcing";
import { parseQuery, type SearchQuery } from "../content/search/query.ts";
import { type SnippetPiece, snippet } from "../content/search/snippet.ts";
import { splitWords } from "../content/search/words.ts";
import type { BatchPage, PageText } from "./page-follower.ts";

export const SEARCH = "search";
/** How long a query of the index may run. */
export const SEARCH_TIMEOUT_MS = 3_000;

/** Increment it when the stored rows change in any database. */
export const SEARCH_VERSION = 4;
/** A search lists and counts at most this many pages. */
export const MAX_RESULTS = 1_000;

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
  /**
   * Pages whose title equals the query come first. If no more than `MAX_RESULTS` pages match, the engine ranks the
   * others by how often the words occur, and a word in the title weighs more. If more match, pages with all the words in
   * their titles are next, and then the others; the newest page of each group is first.
   */
  readonly hits: readonly SearchHit[];
  /** The number of matching pages, at most `MAX_RESULTS`. */
  readonly total: number;
  /** Set if more pages match than `total`. They are not listed. */
  readonly moreThanTotal?: true;
}

export interface SearchRange {
  /** The greatest number of hits. Default: 20. */
  readonly limit?: number;
  /** The number of hits to skip. Default: 0. */
  readonly offset?: number;
}

/** A full-text index. */
export interface SearchIndex {
  /** Resolves to a range of the matching pages, in the order of `SearchResult.hits`, and their number. */
  find(query: SearchQuery, range: Required<SearchRange>): Promise<FoundTexts>;
  /**
   * Resolves to the ids of all pages that have or had each word of `query`, anywhere in any version. They include all
   * pages that matched `query` at some position.
   */
  candidates(query: SearchQuery): Promise<readonly string[]>;
}

export interface FoundTexts {
  readonly pages: readonly (FoundPage & { readonly text: string })[];
  /** If more than `MAX_RESULTS` pages match, `MAX_RESULTS` + 1. */
  readonly count: number;
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
  const shown = Math.max(0, Math.min(limit, MAX_RESULTS - offset));
  const { pages, count } = await index.find(parsed, { limit: shown, offset });
  const hits: SearchHit[] = [];
  const yielder = new EventLoopYielder();
  for (const { text, ...page } of pages) {
    hits.push({ page, snippet: snippet(text, parsed) });
    if (yielder.isDue) await yielder.step();
  }
  return { hits, ...totalOf(count) };
}

/** @param count the number of matching pages, at most `MAX_RESULTS` + 1 */
export function totalOf(count: number): Pick<SearchResult, "total" | "moreThanTotal"> {
  return count <= MAX_RESULTS ? { total: count } : { total: MAX_RESULTS, moreThanTotal: true };
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
    former: pages.flatMap(({ id, formerWords: words }) =>
      words.length === 0 ? [] : [{ pageId: id, words }],
    ),
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

/** Returns words that the index stores beside those of the page: its title words, marked, and one for the whole title. */
export function titleMarks(titleWords: string): string {
  return [...splitWords(titleWords).map(inTitle), wholeTitle(titleWords)].join(" ");
}

/** Returns the query for pages that match `query` and have all its words in their titles. */
export function titleQuery({ any, exactTitle }: SearchQuery): SearchQuery {
  const marked = any.map(({ all, none }) => ({
    all: all.map(({ words, prefix }) => ({ words: words.map(inTitle), prefix })),
    none,
  }));
  return { any: marked, exactTitle };
}

/** Returns the mark of a page whose title has exactly these words. */
export function wholeTitle(titleWords: string): string {
  return `=${createHash("sha256").update(titleWords).digest("hex").slice(0, 24)}`;
}

// No word has this character.
function inTitle(word: string): string {
  return `^${word}`;
}

/** Returns the query whose last word matches only as a whole, or undefined if that is the same query. */
export function wholeWordQuery({ any, exactTitle }: SearchQuery): SearchQuery | undefined {
  if (!any.some(({ all }) => all.some(({ prefix }) => prefix))) return undefined;
  const whole = any.map(({ all, none }) => ({
    all: all.map(({ words }) => ({ words, prefix: false })),
    none,
  }));
  return { any: whole, exactTitle };
}
