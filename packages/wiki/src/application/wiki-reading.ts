import { SEARCH, type SearchRange, type SearchResult, searchPages } from "../projections/search.ts";
import {
  type LinkedPage,
  type LinkRange,
  SITE,
  type SiteView,
  type WantedPage,
} from "../projections/site.ts";
import type { ContentManagement } from "./content-management.ts";
import type { ListedPage, PageDetails, PageRange, SlugResolution } from "./pages.ts";
import { PastSearch, type SearchClient } from "./past-search.ts";
import { type Views, viewReached } from "./views.ts";

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
  /**
   * Finds pages by what they say. Of the past, it looks at no more of them once the signal of `client` is aborted.
   * @throws LimitExceededError if the query is too long
   * @throws SearchBusyError if too many search the past already, or this client does so too often
   */
  search(query: string, range?: SearchRange, client?: SearchClient): Promise<SearchResult>;
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

/** What is under way, and what was found, is that of one wiki. */
const pastSearches = new WeakMap<ContentManagement, PastSearch>();

function pastSearchOf(content: ContentManagement, views: Views): PastSearch {
  const search = pastSearches.get(content) ?? new PastSearch(content, views.search);
  pastSearches.set(content, search);
  return search;
}

/**
 * Resolves to the wiki as it was at an instant: after the last event recorded at or before it. What is read of a view
 * waits until that one has got to the event; pages and slugs are read whatever became of the views.
 * @throws ViewBehindError, from those readings, when the view does not get there in time
 */
export async function wikiAt(content: ContentManagement, views: Views, instant: Date): Promise<WikiReading> {
  const at = await content.record.positionAt(instant);
  const site = async (): Promise<SiteView> => {
    await viewReached(views, SITE, at);
    return views.site;
  };
  return {
    at,
    resolveSlug: (slug) => content.resolveSlug(slug, at),
    page: (pageId) => content.getPageAt(pageId, at),
    pages: (range) => content.getPages({ ...range, at }),
    search: async (query, range, client) => {
      await viewReached(views, SEARCH, at);
      return pastSearchOf(content, views).search(at, query, range, client);
    },
    backlinks: async (pageId, range) => (await site()).backlinks(pageId, { ...range, at }),
    wantedPages: async (range) => (await site()).wantedPages({ ...range, at }),
    orphans: async (range) => (await site()).orphans({ ...range, at }),
    leading: async (slugs) => (await site()).leading(slugs, at),
    slugsThatLead: (slugs) => content.slugsThatLead(slugs, at),
  };
}
