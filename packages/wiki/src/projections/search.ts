import { setImmediate } from "node:timers/promises";
import type { PageWords } from "../content/search/match.ts";
import { pageWords, readableText, storableText } from "../content/search/page-text.ts";
import { parseQuery, type SearchQuery } from "../content/search/query.ts";
import { MAX_SNIPPET_SOURCE_UNITS, type SnippetPiece, snippet } from "../content/search/snippet.ts";
import { type LoadPage, type ProjectedPageEvent, pageIdsOf } from "./page-events.ts";

export const SEARCH = "search";

interface FoundPage {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
}

interface SearchHit {
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

/** What a search engine answers: the pages in `range`, and how many there are in all. */
export interface SearchIndex {
  find(query: SearchQuery, range: Required<SearchRange>): Promise<FoundTexts>;
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
  /** For snippets: the start of what readers see, storable everywhere. */
  readonly text: string;
  readonly words: PageWords;
}

export interface SearchChanges {
  readonly entries: readonly SearchEntry[];
  /** The ids of pages that are not to be found any more. */
  readonly gone: readonly string[];
}

/** Reads each page that the events touch, once, as it is now: the index needs no state between. */
export async function searchChanges(
  events: readonly ProjectedPageEvent[],
  loadPage: LoadPage,
): Promise<SearchChanges> {
  const entries: SearchEntry[] = [];
  const gone: string[] = [];
  for (const id of pageIdsOf(events)) {
    const page = await loadPage(id);
    if (page === undefined) gone.push(id);
    else {
      const title = storableText(page.title);
      const text = readableText(page.body);
      const start = text.slice(0, MAX_SNIPPET_SOURCE_UNITS);
      entries.push({ id, slug: page.slug, title, text: storableText(start), words: pageWords(title, text) });
    }
    // A section can be thousands of pages, and the server has other things to do in between.
    await setImmediate();
  }
  return { entries, gone };
}
