import { EventLoopYielder } from "@palimpsest/eventsourcing";
import { LRUCache } from "lru-cache";
import type { LoadPage, PageState, ProjectedPageEvent } from "./page-events.ts";
import { PageFollower, type SectionPage } from "./page-follower.ts";

/** Results are cached for this many batches, since several views process the same batches at about the same time. */
const MAX_CACHED_BATCHES = 2;
/** Limit of the page cache, in UTF-16 code units. */
const MAX_CACHED_UNITS = 32_000_000;
/** A section ends with the event whose page brings the pages to this, for the texts of all are in memory at once. */
const SECTION_UNITS = 20_000_000;
/** What a step of a page takes in memory, beside its page. */
const UNITS_OF_A_STEP = 100;
/** The size of a page's other fields, in UTF-16 code units. */
const BASE_UNITS = 200;

interface CachedPage {
  readonly version: number;
  readonly state: PageState;
}

/**
 * Follows pages through sections of the notifications, once for all projections that are given the same section at
 * about the same time. A page is loaded at most once in a section, and not if it was in one lately.
 */
export class PageSections {
  readonly #loadPage: LoadPage;
  readonly #origin: string | undefined;
  readonly #limits = new LRUCache<string, Promise<number>>({ max: MAX_CACHED_BATCHES });
  readonly #results = new LRUCache<string, Promise<readonly SectionPage[]>>({ max: MAX_CACHED_BATCHES });
  /** By page id; each page at the version that was read last. */
  readonly #pages = new LRUCache<string, CachedPage>({
    maxSize: MAX_CACHED_UNITS,
    sizeCalculation: ({ state }) => BASE_UNITS + state.body.length + state.title.length + state.slug.length,
  });

  /** @param origin under which people know the wiki: absolute addresses of it are links within the wiki */
  constructor(loadPage: LoadPage, origin?: string) {
    this.#loadPage = loadPage;
    this.#origin = origin;
  }

  /** Resolves to how many of `events`, from 1 on, are one section: all of them unless their pages are large. */
  batchLimit(events: readonly ProjectedPageEvent[]): Promise<number> {
    return cachedResult(this.#limits, events, () => this.#weigh(events));
  }

  /** Resolves to the pages that `events` are about, in the order in which they first appear. */
  read(events: readonly ProjectedPageEvent[]): Promise<readonly SectionPage[]> {
    return cachedResult(this.#results, events, () => this.#follow(events));
  }

  /** Caches the pages that it loads, because `read` needs them next. */
  async #weigh(events: readonly ProjectedPageEvent[]): Promise<number> {
    const seen = new Set<string>();
    const yielder = new EventLoopYielder();
    let units = 0;
    for (const [index, event] of events.entries()) {
      const { originatorId: id, originatorVersion } = event;
      const before =
        seen.has(id) || originatorVersion === 1 ? undefined : await this.#loaded(id, originatorVersion - 1);
      seen.add(id);
      if (yielder.isDue) await yielder.step();
      const created = event.type === "Page.Created" ? event.data.body.length : 0;
      units += UNITS_OF_A_STEP + created + (before?.body.length ?? 0);
      if (units >= SECTION_UNITS) return index + 1;
    }
    return events.length;
  }

  async #loaded(id: string, version: number): Promise<PageState> {
    const state = await this.#pageAt(id, version);
    this.#pages.set(id, { version, state });
    return state;
  }

  async #follow(events: readonly ProjectedPageEvent[]): Promise<readonly SectionPage[]> {
    const pages: SectionPage[] = [];
    const yielder = new EventLoopYielder();
    for (const [id, ofPage] of byPage(events)) {
      const follower = new PageFollower(id, this.#origin);
      for (const event of ofPage) {
        // An event can be missing: one that an operator had left out.
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
    const ofPage = pages.get(event.originatorId);
    if (ofPage === undefined) pages.set(event.originatorId, [event]);
    else ofPage.push(event);
  }
  return pages;
}
