import { type Projection, projection } from "@palimpsest/eventsourcing";
import type { MemoryChange, MemoryViewStore } from "@palimpsest/eventsourcing/memory";
import { PAGE_EVENTS } from "../page-events.ts";
import {
  namedPages,
  RECENT_CHANGES,
  type RecentChangesView,
  type StoredChange,
  storedChange,
} from "../recent-changes.ts";

interface Names {
  readonly title: string;
  readonly slug: string;
}

/** Keeps every change of a page in memory. */
export function recentChangesProjection(): Projection<typeof PAGE_EVENTS, MemoryChange> {
  return projection({
    name: RECENT_CHANGES,
    version: 1,
    handles: PAGE_EVENTS,
    tables: ["changes", "pages"],
    project: (events) => [
      (tables) => {
        const changes = tables<StoredChange>("changes");
        const pages = tables<Names>("pages");
        for (const event of events) changes.set(String(event.notificationId), storedChange(event));
        for (const { pageId, ...names } of namedPages(events)) {
          pages.set(pageId, { ...(pages.get(pageId) ?? { title: "", slug: "" }), ...names });
        }
      },
    ],
  });
}

export function recentChangesView(store: MemoryViewStore): RecentChangesView {
  return {
    recentChanges: async ({ before = Number.POSITIVE_INFINITY, limit = 50 } = {}) => {
      const changes = await store.read(RECENT_CHANGES, (tables) => {
        const pages = tables<Names>("pages");
        // Put in by position, so the newest are the last.
        return [...tables<StoredChange>("changes").values()]
          .filter(({ position }) => position < before)
          .reverse()
          .slice(0, limit)
          .map((change) => ({ ...change, ...(pages.get(change.pageId) ?? { title: "", slug: "" }) }));
      });
      return (changes ?? []).map((change) => ({ ...change, at: new Date(change.at) }));
    },
  };
}
