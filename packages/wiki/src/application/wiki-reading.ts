import { setImmediate } from "node:timers/promises";
import { isExactTitle, matches } from "../content/search/match.ts";
import { pageWords, readableText, storableText } from "../content/search/page-text.ts";
import { parseQuery } from "../content/search/query.ts";
import { MAX_SNIPPET_SOURCE_UNITS, snippet } from "../content/search/snippet.ts";
import { type SearchRange, type SearchResult, searchPages } from "../projections/search.ts";
import type { LinkedPage, LinkRange, WantedPage } from "../projections/site.ts";
import type { ContentManagement } from "./content-management.ts";
import { PageNotFoundError } from "./errors.ts";
import type { ListedPage, PageDetails, PageRange, SlugResolution } from "./pages.ts";
import { Turns } from "./turns.ts";
import { type Views, viewsReached } from "./views.ts";

/**
 * What can be read of the wiki as it is and, in the same way, as it was. Whoever may read it today may read what it
 * was.
 */
export interface WikiReading {
  /** The position that it is read at; undefined for the present. */
  readonly at: number | undefined;
  /** @throws InvalidSlugError */
  resolveSlug(slug: string): Promise<SlugResolution>;
  /** @throws PageNotFoundError */
  page(pageId: string): Promise<PageDetails>;
  /** Pages that are not archived, in the order of the page log; see `ContentManagement.getPages`. */
  pages(range: Omit<PageRange, "at">): AsyncIterable<ListedPage>;
  /** @throws LimitExceededError if the query is too long */
  search(query: string, range?: SearchRange): Promise<SearchResult>;
  backlinks(pageId: string, range?: LinkRange): Promise<readonly LinkedPage[]>;
  wantedPages(range?: LinkRange): Promise<readonly WantedPage[]>;
  orphans(range?: LinkRange): Promise<readonly LinkedPage[]>;
  /** Resolves to those of `slugs`, in canonical form, that lead to a page, as far as the views know. */
  leading(slugs: readonly string[]): Promise<ReadonlySet<string>>;
  /** As `leading`, from the record itself; each costs an aggregate. */
  slugsThatLead(slugs: Iterable<string>): Promise<ReadonlySet<string>>;
}

/** Reads the wiki as it is. */
export function presentWiki(content: ContentManagement, views: Views): WikiReading {
  return {
    at: undefined,
    resolveSlug: (slug) => content.resolveSlug(slug),
    page: (pageId) => content.getPageById(pageId),
    pages: (range) => content.getPages(range),
    search: (query, range) => searchPages(views.search, query, range),
    backlinks: (pageId, range) => views.site.backlinks(pageId, range),
    wantedPages: (range) => views.site.wantedPages(range),
    orphans: (range) => views.site.orphans(range),
    leading: (slugs) => views.site.leading(slugs),
    slugsThatLead: (slugs) => content.slugsThatLead(slugs),
  };
}

const searches = new Turns();

/**
 * Resolves to the wiki as it was at an instant: after the last event recorded at or before it.
 * @throws ViewBehindError when the views do not get to that event in time
 */
export async function wikiAt(content: ContentManagement, views: Views, instant: Date): Promise<WikiReading> {
  const at = await content.record.positionAt(instant);
  await viewsReached(views, at);
  return {
    at,
    resolveSlug: (slug) => content.resolveSlug(slug, at),
    page: (pageId) => content.getPageAt(pageId, at),
    pages: (range) => content.getPages({ ...range, at }),
    // One at a time: each may have to look at very many pages.
    search: (query, range) => searches.take("", () => searchPagesAt(content, views, at, query, range)),
    backlinks: (pageId, range) => views.site.backlinks(pageId, { ...range, at }),
    wantedPages: (range) => views.site.wantedPages({ ...range, at }),
    orphans: (range) => views.site.orphans({ ...range, at }),
    leading: (slugs) => views.site.leading(slugs, at),
    slugsThatLead: (slugs) => content.slugsThatLead(slugs, at),
  };
}

/**
 * Finds what the search of that time would have found. The index names the pages that may ever have matched; whether
 * they did then, their texts of then say. Exact titles come first, then it goes by title.
 */
async function searchPagesAt(
  content: ContentManagement,
  { search }: Views,
  at: number,
  query: string,
  { limit = 20, offset = 0 }: SearchRange = {},
): Promise<SearchResult> {
  const parsed = parseQuery(query);
  if (parsed.any.length === 0) return { hits: [], total: 0 };
  const found: { readonly id: string; readonly title: string; readonly isExact: boolean }[] = [];
  for (const id of await search.candidates(parsed)) {
    const page = await pageThen(content, id, at);
    // Each costs an aggregate and its Markdown, and the server has other things to do in between.
    await setImmediate();
    if (page === undefined) continue;
    const words = pageWords(storableText(page.title), readableText(page.body));
    if (!matches(parsed, words)) continue;
    found.push({ id, title: page.title, isExact: isExactTitle(parsed, words.title) });
  }
  found.sort(
    (one, other) =>
      Number(other.isExact) - Number(one.isExact) ||
      compare(one.title, other.title) ||
      compare(one.id, other.id),
  );
  const hits = await Promise.all(
    found.slice(offset, offset + limit).map(async ({ id }) => {
      const { slug, title, body } = await content.getPageAt(id, at);
      const text = storableText(readableText(body).slice(0, MAX_SNIPPET_SOURCE_UNITS));
      return { page: { id, slug, title: storableText(title) }, snippet: snippet(text, parsed) };
    }),
  );
  return { hits, total: found.length };
}

/** Resolves to a page as it was, or to undefined where it was not there, not yet or not any more. */
async function pageThen(
  content: ContentManagement,
  pageId: string,
  at: number,
): Promise<PageDetails | undefined> {
  try {
    const page = await content.getPageAt(pageId, at);
    return page.archived ? undefined : page;
  } catch (error) {
    if (error instanceof PageNotFoundError) return undefined;
    throw error;
  }
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
