import type { ProjectedPageEvent } from "./page-events.ts";
import type { BatchPage } from "./page-follower.ts";
import type { PageReading } from "./page-reader.ts";

/** Results are cached for this many batches, since several views process the same batches at about the same time. */
const MAX_CACHED_BATCHES = 2;

/** Computes the pages of batches of notifications, once for all projections that process the same batch at about the same time. */
export class PageBatches {
  readonly #reading: PageReading;
  readonly #batchUnits: number;
  readonly #limits = new BatchCache<number>();
  readonly #results = new BatchCache<readonly BatchPage[]>();

  /** @param batchUnits the size of pages that ends a batch, in UTF-16 code units, because all their texts are in memory */
  constructor(reading: PageReading, batchUnits: number) {
    this.#reading = reading;
    this.#batchUnits = batchUnits;
  }

  /** Resolves to the number of `events` to process as one batch: all of them, unless their pages are large. */
  batchLimit(events: readonly ProjectedPageEvent[]): Promise<number> {
    return this.#limits.get(events, () => this.#limitOf(events));
  }

  /** Resolves to the pages of `events`, in the order of their first events. */
  read(events: readonly ProjectedPageEvent[]): Promise<readonly BatchPage[]> {
    return this.#results.get(events, () => this.#reading.read(events));
  }

  async #limitOf(events: readonly ProjectedPageEvent[]): Promise<number> {
    return (await this.#reading.sizes(events, this.#batchUnits)).length;
  }
}

interface CachedResult<T> {
  readonly eventIds: readonly string[];
  readonly result: Promise<T>;
}

/** Results for the last batches of events. */
class BatchCache<T> {
  #cached: readonly CachedResult<T>[] = [];

  /** Returns the cached result for these events, or computes it. A failure is not cached. */
  get(events: readonly ProjectedPageEvent[], compute: () => Promise<T>): Promise<T> {
    const cached = this.#cached.find(({ eventIds }) => hasIds(events, eventIds));
    if (cached !== undefined) return cached.result;
    const added = { eventIds: events.map(({ id }) => id), result: compute() };
    this.#cached = [...this.#cached, added].slice(-MAX_CACHED_BATCHES);
    added.result.catch(() => {
      this.#cached = this.#cached.filter((other) => other !== added);
    });
    return added.result;
  }
}

/** The ids of equal events are mostly the same strings, so this compares pointers. */
function hasIds(events: readonly ProjectedPageEvent[], ids: readonly string[]): boolean {
  return events.length === ids.length && events.every(({ id }, index) => id === ids[index]);
}
