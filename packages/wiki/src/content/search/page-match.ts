import { storableText } from "../storable-text.ts";
import { isExactTitle, matches } from "./match.ts";
import { pageWords, readableText } from "./page-text.ts";
import type { SearchQuery } from "./query.ts";
import { MAX_SNIPPET_SOURCE_UNITS, type SnippetPiece, snippet } from "./snippet.ts";

/** A page as it was saved, and a query. */
export interface SearchedPage {
  readonly title: string;
  readonly body: string;
  readonly query: SearchQuery;
}

export interface PageMatch {
  readonly matches: boolean;
  readonly isExact: boolean;
}

/** Returns whether the query matches the page, and whether it is exactly its title. */
export function matchPage({ title, body, query }: SearchedPage): PageMatch {
  const words = pageWords(storableText(title), readableText(body));
  return { matches: matches(query, words), isExact: isExactTitle(query, words.title) };
}

/** Returns the snippet of a page for a query. */
export function pageSnippet({ body, query }: Omit<SearchedPage, "title">): readonly SnippetPiece[] {
  return snippet(storableText(readableText(body).slice(0, MAX_SNIPPET_SOURCE_UNITS)), query);
}
