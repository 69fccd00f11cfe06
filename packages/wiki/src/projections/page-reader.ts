import { EventLoopYielder } from "@palimpsest/eventsourcing";
import { LRUCache } from "lru-cache";
import type { ParsedPage } from "../content/parsed-page.ts";
import type { LoadPage, PageState, ProjectedPageEvent } from "./page-events.ts";
import { type BatchPage, PageFollower } from "./page-follower.ts";

/** The size in memory of a `PageStep`, in UTF-16 code units. */
const STEP_UNITS = 100;
/** The size of a page's other fields, in UTF-16 code units. */
const BASE_UNITS = 200;
/** The size of a `PageFile`, in UTF-16 code units. */
const FILE_UNITS = 250;

/** Larger batches occur while a view is built. They need the memory for their pages, and rarely read one again. */
const MAX_EVENTS_WITH_PARSED_PAGES = 100;
/** The memory for parsed pages in bytes, for each code unit of other cached pages. */
const PARSED_BYTES_PER_UNIT = 1.5;
/** Parsed pages are not cached above this length: one would replace all others. In UTF-16 code units. */
const MAX_PARSED_UNITS = 256 * 1024;

/** Computes the pages of batches of events. */
export interface PageReading {
  /**
   * Resolves to the sizes in memory of events with the pages that they change, in UTF-16 code units: of all `events`, or
   * of the first ones whose sizes add up to `maxUnits`.
   */
  sizes(events: readonly ProjectedPageEvent[], maxUnits: number): Promise<readonly number[]>;

  /** Resolves to the pages of `events`, in the order of their first events. */
  read(events: readonly ProjectedPageEvent[]): Promise<readonly BatchPage[]>;
}

interface CachedPage {
  readonly version: number;
  readonly state: PageState;
}

interface CachedParsedPage {
  readonly version: number;
  readonly parsed: ParsedPage;
}

/** Computes the pages in this thread. Loads a page at most once for a batch, and not while it is cached. */
export class PageReader implements PageReading {
  readonly #loadPage: LoadPage;
  readonly #origin: string | undefined;
  /** The latest version read of each page, by id. */
  readonly #pages: LRUCache<string, CachedPage>;
  /** The same for the pages of small batches, so that an edit of a page that was edited lately parses only the change. */
  readonly #parsedPages: LRUCache<string, CachedParsedPage>;

  /**
   * @param origin the origin of the wiki, whose absolute addresses are links within the wiki
   * @param cachedUnits the size of the cached pages, in UTF-16 code units
   */
  constructor(loadPage: LoadPage, origin: string | undefined, cachedUnits: number) {
    this.#loadPage = loadPage;
    this.#origin = origin;
    this.#pages = new LRUCache<string, CachedPage>({
      maxSize: cachedUnits,
      sizeCalculation: ({ state: { slug, title, body, files } }) =>
        BASE_UNITS + slug.length + title.length + body.length + FILE_UNITS * files.length,
    });
    this.#parsedPages = new LRUCache<string, CachedParsedPage>({
      maxSize: PARSED_BYTES_PER_UNIT * cachedUnits,
      sizeCalculation: ({ parsed }) => parsed.bytes,
    });
  }

  // Caches the pages that it loads, because `read` needs them next.
  async sizes(events: readonly ProjectedPageEvent[], maxUnits: number): Promise<readonly number[]> {
    const seen = new Set<string>();
    const yielder = new EventLoopYielder();
    const sizes: number[] = [];
    let total = 0;
    for (const event of events) {
      const { originatorId: id, originatorVersion } = event;
      const before =
        seen.has(id) || originatorVersion === 1 ? undefined : await this.#load(id, originatorVersion - 1);
      seen.add(id);
      if (yielder.isDue) await yielder.step();
      const created = event.type === "Page.Created" ? event.data.body.length : 0;
      const size = STEP_UNITS + created + (before?.body.length ?? 0);
      sizes.push(size);
      total += size;
      if (total >= maxUnits) break;
    }
    return sizes;
  }

  async read(events: readonly ProjectedPageEvent[]): Promise<readonly BatchPage[]> {
    if (events.length > MAX_EVENTS_WITH_PARSED_PAGES) this.#parsedPages.clear();
    const pages: BatchPage[] = [];
    const yielder = new EventLoopYielder();
    for (const [id, pageEvents] of byPage(events)) {
      const follower = new PageFollower(id, this.#origin);
      for (const event of pageEvents) {
        // An operator may have skipped the previous event.
        const before = event.originatorVersion - 1;
        if (before > 0 && follower.version !== before) {
          const parsed = this.#parsedPages.get(id);
          const state = await this.#pageAt(id, before);
          await follower.begin(before, state, parsed?.version === before ? parsed.parsed : undefined);
        }
        await follower.follow(event);
        if (yielder.isDue) await yielder.step();
      }
      pages.push(follower.page());
      const { version, state, parsed } = follower;
      if (state !== undefined) this.#pages.set(id, { version, state });
      this.#parsedPages.delete(id);
      const isSmall =
        events.length <= MAX_EVENTS_WITH_PARSED_PAGES && (state?.body.length ?? 0) <= MAX_PARSED_UNITS;
      if (parsed !== undefined && isSmall) this.#parsedPages.set(id, { version, parsed });
    }
    return pages;
  }

  async #load(id: string, version: number): Promise<PageState> {
    const state = await this.#pageAt(id, version);
    this.#pages.set(id, { version, state });
    return state;
  }

  async #pageAt(id: string, version: number): Promise<PageState> {
    const cached = this.#pages.get(id);
    if (cached?.version === version) return cached.state;
    const { slug, title, body, archived, files } = await this.#loadPage(id, version);
    return { slug, title, body, archived, files };
  }
}

/** Returns the events of each page, in the order of their first events. */
export function byPage(
  events: readonly ProjectedPageEvent[],
): ReadonlyMap<string, readonly ProjectedPageEvent[]> {
  const pages = new Map<string, ProjectedPageEvent[]>();
  for (const event of events) {
    const pageEvents = pages.get(event.originatorId);
    if (pageEvents === undefined) pages.set(event.originatorId, [event]);
    else pageEvents.push(event);
  }
  return pages;
}
