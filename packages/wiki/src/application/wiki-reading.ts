import type { NamedPage, TitleHolder } from "../content/link-target.ts";
import { SEARCH, type SearchRange, type SearchResult, searchPages } from "../projections/search.ts";
import {
  type LinkedPage,
  type LinkRange,
  SITE,
  type SiteView,
  type WantedPage,
} from "../projections/site.ts";
import { type Client, ClientQueue } from "./client-queue.ts";
import type { ContentManagement } from "./content-management.ts";
import { SearchBusyError } from "./errors.ts";
import { HistoricalSearch } from "./historical-search.ts";
import { SEARCH_LIMITS } from "./limits.ts";
import type { ListedPage, PageDetails, PageRange, SlugResolution } from "./pages.ts";
import { type Views, waitForView } from "./views.ts";

/** Reads the wiki, now or at an earlier date. Current rights apply to both. */
export interface WikiReader {
  /** The position that is read; undefined for the current wiki. */
  readonly at: number | undefined;
  /** @throws InvalidSlugError */
  resolveSlug(slug: string): Promise<SlugResolution>;
  /** @throws PageNotFoundError */
  page(pageId: string): Promise<PageDetails>;
  /** Pages that are not archived, in the order of the page log; see `ContentManagement.getPages`. */
  pages(range: Omit<PageRange, "at">): AsyncIterable<ListedPage>;
  /**
   * Finds pages by their text. A search that waits, or one of an earlier date, ends when the signal of `client` is
   * aborted.
   * @throws LimitExceededError if the query is too long or has too many words
   * @throws SearchBusyError if too many searches are running, of this client or of all
   * @throws QueryTimeoutError
   */
  search(query: string, range?: SearchRange, client?: Client): Promise<SearchResult>;
  backlinks(pageId: string, range?: LinkRange): Promise<readonly LinkedPage[]>;
  wantedPages(range?: LinkRange): Promise<readonly WantedPage[]>;
  orphans(range?: LinkRange): Promise<readonly LinkedPage[]>;
  /** Resolves to the position that the site view has processed. */
  sitePosition(): Promise<number>;
  /**
   * Resolves to the slugs that were claimed or released after a position. If there are too many new events, resolves to all
   * of `slugs`. `slugs` must be in canonical form.
   */
  slugsChangedAfter(position: number, slugs: readonly string[]): Promise<readonly string[]>;
  /** Resolves to the pages that slugs lead to, read from the site view. `slugs` must be in canonical form. */
  slugHolders(slugs: readonly string[]): Promise<ReadonlyMap<string, NamedPage>>;
  /** Resolves to the same as `slugHolders`, but reads the record, which loads an aggregate for each slug. */
  slugHoldersInRecord(slugs: Iterable<string>): Promise<ReadonlyMap<string, NamedPage>>;
  /** Resolves to the pages that titles lead to, by title key. */
  titleHolders(keys: readonly string[]): Promise<ReadonlyMap<string, TitleHolder>>;
  /** Resolves to the pages with a title, in the order of creation. */
  pagesTitled(key: string, range?: LinkRange): Promise<readonly LinkedPage[]>;
}

/** Returns a reader of the current wiki. */
export function currentWiki(content: ContentManagement, views: Views): WikiReader {
  return {
    at: undefined,
    resolveSlug: (slug) => content.resolveSlug(slug),
    page: (pageId) => content.getPageById(pageId),
    pages: (range) => content.getPages(range),
    search: (query, range, client = {}) =>
      searchQueueOf(content).run(client, () => searchPages(views.search, query, range)),
    backlinks: (pageId, range) => views.site.backlinks(pageId, range),
    wantedPages: (range) => views.site.wantedPages(range),
    orphans: (range) => views.site.orphans(range),
    sitePosition: async () => (await views.activeViews()).find(({ name }) => name === SITE)?.position ?? 0,
    slugsChangedAfter: (position, slugs) => content.record.slugsChangedAfter(position, slugs),
    slugHolders: (slugs) => views.site.slugHolders(slugs),
    slugHoldersInRecord: (slugs) => content.slugHolders(slugs),
    titleHolders: (keys) => views.site.titleHolders(keys),
    pagesTitled: (key, range) => views.site.pagesTitled(key, range),
  };
}

// One for each wiki: its requests share limits and cached results.
const searchQueues = new WeakMap<ContentManagement, ClientQueue>();
const historicalSearches = new WeakMap<ContentManagement, HistoricalSearch>();

function searchQueueOf(content: ContentManagement): ClientQueue {
  const queue = searchQueues.get(content) ?? new ClientQueue(SEARCH_LIMITS, SearchBusyError);
  searchQueues.set(content, queue);
  return queue;
}

function historicalSearchOf(content: ContentManagement, views: Views): HistoricalSearch {
  const search =
    historicalSearches.get(content) ?? new HistoricalSearch(content, views.search, content.workers);
  historicalSearches.set(content, search);
  return search;
}

/**
 * Resolves to a reader of the wiki at an instant. It shows the events recorded up to and including that instant. Methods
 * that read a view wait until the view has processed these events, and throw ViewBehindError if this takes too long.
 * Pages and slugs are read from the record.
 */
export async function wikiAt(content: ContentManagement, views: Views, instant: Date): Promise<WikiReader> {
  const at = await content.record.positionAt(instant);
  const site = async (): Promise<SiteView> => {
    await waitForView(views, SITE, at);
    return views.site;
  };
  return {
    at,
    resolveSlug: (slug) => content.resolveSlug(slug, at),
    page: (pageId) => content.getPageAt(pageId, at),
    pages: (range) => content.getPages({ ...range, at }),
    search: async (query, range, client) => {
      await waitForView(views, SEARCH, at);
      return historicalSearchOf(content, views).search(at, query, range, client);
    },
    backlinks: async (pageId, range) => (await site()).backlinks(pageId, { ...range, at }),
    wantedPages: async (range) => (await site()).wantedPages({ ...range, at }),
    orphans: async (range) => (await site()).orphans({ ...range, at }),
    sitePosition: async () => at,
    // The view, for which `slugHolders` waits, has processed all events that are read.
    slugsChangedAfter: async () => [],
    slugHolders: async (slugs) => (await site()).slugHolders(slugs, at),
    slugHoldersInRecord: (slugs) => content.slugHolders(slugs, at),
    titleHolders: async (keys) => (await site()).titleHolders(keys, at),
    pagesTitled: async (key, range) => (await site()).pagesTitled(key, { ...range, at }),
  };
}
