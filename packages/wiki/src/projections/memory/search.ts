import { type Projection, projection } from "@palimpsest/eventsourcing";
import type { MemoryChange, MemoryViewStore } from "@palimpsest/eventsourcing/memory";
import { isExactTitle, matches } from "../../content/search/match.ts";
import type { SearchQuery } from "../../content/search/query.ts";
import { type LoadPage, PAGE_EVENTS } from "../page-events.ts";
import { type FoundTexts, SEARCH, type SearchEntry, type SearchIndex, searchChanges } from "../search.ts";

/** Keeps the words of every page in memory. */
export function searchProjection(loadPage: LoadPage): Projection<typeof PAGE_EVENTS, MemoryChange> {
  return projection({
    name: SEARCH,
    version: 1,
    handles: PAGE_EVENTS,
    tables: ["pages"],
    project: async (events) => {
      const { entries, gone } = await searchChanges(events, loadPage);
      return [
        (tables) => {
          const pages = tables<SearchEntry>("pages");
          for (const entry of entries) pages.set(entry.id, entry);
          for (const id of gone) pages.delete(id);
        },
      ];
    },
  });
}

/** Searches by looking at every page: those found in their titles first, then in the order they came. */
export function searchIndex(store: MemoryViewStore): SearchIndex {
  return {
    find: async (query, { limit, offset }): Promise<FoundTexts> => {
      const entries = await store.read(SEARCH, (tables) => [...tables<SearchEntry>("pages").values()]);
      const found = (entries ?? [])
        .filter(({ words }) => matches(query, words))
        .map((entry) => ({ entry, rank: rankOf(query, entry) }))
        .sort((one, other) => one.rank - other.rank);
      const pages = found.slice(offset, offset + limit).map(({ entry: { id, slug, title, text } }) => {
        return { id, slug, title, text };
      });
      return { pages, total: found.length };
    },
  };
}

function rankOf(query: SearchQuery, { words }: SearchEntry): number {
  if (isExactTitle(query, words.title)) return 0;
  return matches(query, { title: words.title, text: [] }) ? 1 : 2;
}
