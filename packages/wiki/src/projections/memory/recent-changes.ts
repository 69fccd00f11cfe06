import { type Projection, projection } from "@palimpsest/eventsourcing";
import type { MemoryChange, MemoryViewStore } from "@palimpsest/eventsourcing/memory";
import { storableText } from "../../content/storable-text.ts";
import { type PageChange, pageChange } from "../page-change.ts";
import { PAGE_EVENTS } from "../page-events.ts";
import {
  type Change,
  changeRow,
  nameRows,
  RECENT_CHANGES,
  RECENT_CHANGES_VERSION,
  type RecentChangesView,
  saveUuid,
} from "../recent-changes.ts";

export function recentChangesProjection(): Projection<typeof PAGE_EVENTS, MemoryChange> {
  return projection({
    name: RECENT_CHANGES,
    version: RECENT_CHANGES_VERSION,
    handles: PAGE_EVENTS,
    tables: ["changes", "pages"],
    project: (events) => [
      (tables) => {
        const changes = tables<PageChange>("changes");
        const pages = tables<Change["page"]>("pages");
        for (const event of events) changes.set(String(event.notificationId), storable(pageChange(event)));
        for (const [pageId, title, slug] of nameRows(events.map(changeRow))) {
          const before = pages.get(pageId);
          pages.set(pageId, { title: title ?? before?.title ?? "", slug: slug ?? before?.slug ?? "" });
        }
      },
    ],
  });
}

export function recentChangesView(store: MemoryViewStore): RecentChangesView {
  return {
    recentChanges: async ({ before = Number.POSITIVE_INFINITY, limit = 50, ...filters } = {}) => {
      const found = await store.read(RECENT_CHANGES, (tables) => {
        const pages = tables<Change["page"]>("pages");
        // In order of position, so the latest are last.
        return [...tables<PageChange>("changes").values()]
          .filter(({ position }) => position < before)
          .filter(({ pageId }) => pageId === (filters.pageId ?? pageId))
          .filter(({ userId }) => userId === (filters.userId ?? userId))
          .filter(({ kind }) => kind === (filters.kind ?? kind))
          .reverse()
          .slice(0, limit)
          .map((change) => ({ ...change, page: pages.get(change.pageId) ?? { title: "", slug: "" } }));
      });
      return found ?? [];
    },
    editsOf: async (pageId, versions) => {
      const found = await store.read(RECENT_CHANGES, (tables) =>
        [...tables<PageChange>("changes").values()]
          .filter((change) => change.pageId === pageId && versions.includes(change.version))
          .map(({ version, userId, at }) => ({ version, userId, at })),
      );
      return found ?? [];
    },
  };
}

function storable(change: PageChange): PageChange {
  const stored = (text: string | null) => (text === null ? null : storableText(text));
  const { title, summary, saveId } = change;
  return { ...change, title: stored(title), summary: stored(summary), saveId: saveUuid(saveId) };
}
