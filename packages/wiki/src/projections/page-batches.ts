import { EventLoopYielder } from "@palimpsest/eventsourcing";
import { LRUCache } from "lru-cache";
import type { LoadPage, PageState, ProjectedPageEvent } from "./page-events.ts";
import { type BatchPage, PageFollower } from "./page-follower.ts";

/** Results are cached for this many batches, since several views process the same batches at about the same time. */
const MAX_CACHED_BATCHES = 2;
/** Limit of the page cache, in UTF-16 code units. */
const MAX_CACHED_UNITS = 32_000_000;
/** A batch ends once its pages have this size, in UTF-16 code units, because all their texts are in memory. */
const BATCH_UNITS = 20_000_000;
/** The size in memory of a `PageStep`, in UTF-16 code units. */
const STEP_UNITS = 100;
/** The size of a page's other fields, in UTF-16 code units. */
const BASE_UNITS = 200;

interface CachedPage {
  readonly version: number;
  readonly state: PageState;
}

/**
 * Computes the pages of batches of notifications, once for all projections that process the same batch at about the
 * same time. Loads a page at most once for a batch, and not if an earlier batch left it in the cache.
 */
export class PageBatches {
  readonly #loadPage: LoadPage;
  readonly #origin: string | undefined;
  readonly #batchUnits: number;
  readonly #limits = new LRUCache<string, Promise<number>>({ max: MAX_CACHED_BATCHES });
  readonly #results = new LRUCache<string, Promise<readonly BatchPage[]>>({ max: MAX_CACHED_BATCHES });
  /** The latest version read of each page, by id. */
  readonly #pages = new LRUCache<string, CachedPage>({
    maxSize: MAX_CACHED_UNITS,
    sizeCalculation: ({ state }) => BASE_UNITS + state.body.length + state.title.length + state.slug.length,
  });

  /**
   * @param origin the origin of the wiki, whose absolute addresses are links within the wiki
   * @param batchUnits the size of pages that ends a batch, in UTF-16 code units
   */
  constructor(loadPage: LoadPage, origin?: string, batchUnits = BATCH_UNITS) {
    this.#loadPage = loadPage;
    this.#origin = origin;
    this.#batchUnits = batchUnits;
  }

  /** Resolves to the number of `events` to process as one batch: all of them, unless their pages are large. */
  batchLimit(events: readonly ProjectedPageEvent[]): Promise<number> {
    return cachedResult(this.#limits, events, () => this.#limitOf(events));
  }

  /** Resolves to the pages of `events`, in the order of their first events. */
  read(events: readonly ProjectedPageEvent[]): Promise<readonly BatchPage[]> {
    return cachedResult(this.#results, events, () => this.#follow(events));
  }

  // Caches the pages that it loads, because `read` needs them next.
  async #limitOf(events: readonly ProjectedPageEvent[]): Promise<number> {
    const seen = new Set<string>();
    const yielder = new EventLoopYielder();
    let units = 0;
    for (const [index, event] of events.entries()) {
      const { originatorId: id, originatorVersion } = event;
      const before =
        seen.has(id) || originatorVersion === 1 ? undefined : await this.#load(id, originatorVersion - 1);
      seen.add(id);
      if (yielder.isDue) await yielder.step();
      const created = event.type === "Page.Created" ? event.data.body.length : 0;
      units += STEP_UNITS + created + (before?.body.length ?? 0);
      if (units >= this.#batchUnits) return index + 1;
    }
    return events.length;
  }

  async #load(id: string, version: number): Promise<PageState> {
    const state = await this.#pageAt(id, version);
    this.#pages.set(id, { version, state });
    return state;
  }

  async #follow(events: readonly ProjectedPageEvent[]): Promise<readonly BatchPage[]> {
    const pages: BatchPage[] = [];
    const yielder = new EventLoopYielder();
    for (const [id, pageEvents] of byPage(events)) {
      const follower = new PageFollower(id, this.#origin);
      for (const event of pageEvents) {
        // An operator may have skipped the previous event.
        const before = event.originatorVersion - 1;
        if (before > 0 && follower.version !== before)
          await follower.begin(before, await this.#pageAt(id, before));
        await follower.follow(event);
        if (yielder.isDue) await yielder.step();
      }
      pages.push(follower.page());
      if (follower.state !== undefined)
        this.#pages.set(id, { version: follower.version, state: follower.state });
    }
    return pages;
  }

  async #pageAt(id: string, version: number): Promise<PageState> {
    const cached = this.#pages.get(id);
    return cached?.version === version ? cached.state : this.#loadPage(id, version);
  }
}

/** Returns the cached result for these events, or computes it. A failure is not cached. */
function cachedResult<T>(
  cache: LRUCache<string, Promise<T>>,
  events: readonly ProjectedPageEvent[],
  compute: () => Promise<T>,
): Promise<T> {
  const key = events.map(({ id }) => id).join(" ");
  const cached = cache.get(key);
  if (cached !== undefined) return cached;
  const result = compute();
  cache.set(key, result);
  result.catch(() => {
    if (cache.peek(key) === result) cache.delete(key);
  });
  return result;
}

function byPage(events: readonly ProjectedPageEvent[]): ReadonlyMap<string, readonly ProjectedPageEvent[]> {
  const pages = new Map<string, ProjectedPageEvent[]>();
  for (const event of events) {
    const pageEvents = pages.get(event.originatorId);
    if (pageEvents === undefined) pages.set(event.originatorId, [event]);
    else pageEvents.push(event);
  }
  return pages;
}
