import type { EventStore, Recording } from "@palimpsest/eventsourcing";
import { LRUCache } from "lru-cache";
import { type PageChange, pageChange } from "../projections/page-change.ts";
import type { ProjectedPageEvent } from "../projections/page-events.ts";

/** About 10 MB: a change has at most 500 characters of text. */
const MAX_CACHED_CHANGES = 20_000;

/** Reads the changes of pages, and caches them, since recorded events never change. */
export class PageChanges {
  readonly #events: Pick<EventStore, "recordings">;
  readonly #cached = new LRUCache<string, PageChange>({ max: MAX_CACHED_CHANGES });

  constructor(events: Pick<EventStore, "recordings">) {
    this.#events = events;
  }

  /** Resolves to the changes of a page before version `before`, newest first, at most `limit`. */
  async newest(pageId: string, before: number | undefined, limit: number): Promise<readonly PageChange[]> {
    // If the version before `before` exists, so do all earlier ones.
    if (before !== undefined && this.#cached.has(keyOf(pageId, before - 1))) {
      return (await this.between(pageId, Math.max(1, before - limit), before - 1)).toReversed();
    }
    const range = { desc: true, limit, ...(before === undefined ? {} : { lte: before - 1 }) };
    return this.#add(await this.#events.recordings(pageId, range));
  }

  /** Resolves to the changes that created the versions `first` to `last` of a page, as far as they exist, in order. */
  async between(pageId: string, first: number, last: number): Promise<readonly PageChange[]> {
    const changes = new Map<number, PageChange>();
    for (let version = first; version <= last; version += 1) {
      const cached = this.#cached.get(keyOf(pageId, version));
      if (cached !== undefined) changes.set(version, cached);
    }
    let [from, to] = [first, last];
    while (changes.has(from)) from += 1;
    while (changes.has(to)) to -= 1;
    if (from <= to) {
      const read = await this.#events.recordings(pageId, { gt: from - 1, lte: to });
      for (const change of this.#add(read)) changes.set(change.version, change);
    }
    return [...changes.values()].sort((one, other) => one.version - other.version);
  }

  #add(recordings: readonly Recording[]): readonly PageChange[] {
    const changes = recordings.map(changeIn);
    for (const change of changes) this.#cached.set(keyOf(change.pageId, change.version), change);
    return changes;
  }
}

function keyOf(pageId: string, version: number): string {
  return `${pageId} ${version}`;
}

function changeIn({ domainEvent, notification }: Recording): PageChange {
  const position = { notificationId: notification.id, recordedAt: notification.recordedAt };
  return pageChange({ ...domainEvent, ...position } as ProjectedPageEvent);
}
