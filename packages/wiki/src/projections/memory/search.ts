import { EventLoopYielder, type Projection, projection } from "@palimpsest/eventsourcing";
import type { MemoryChange, MemoryViewStore } from "@palimpsest/eventsourcing/memory";
import { isExactTitle, matches, type PageWords } from "../../content/search/match.ts";
import type { SearchQuery } from "../../content/search/query.ts";
import { splitWords } from "../../content/search/words.ts";
import type { PageBatches } from "../page-batches.ts";
import { PAGE_EVENTS } from "../page-events.ts";
import {
  type FormerWords,
  type FoundTexts,
  MAX_RESULTS,
  SEARCH,
  SEARCH_VERSION,
  type SearchEntry,
  type SearchIndex,
  searchChanges,
  wantedWords,
} from "../search.ts";

export function searchProjection(batches: PageBatches): Projection<typeof PAGE_EVENTS, MemoryChange> {
  return projection({
    name: SEARCH,
    version: SEARCH_VERSION,
    handles: PAGE_EVENTS,
    batchLimit: (events) => batches.batchLimit(events),
    tables: ["pages", "former_words"],
    project: async (events) => {
      const { entries, archived, former } = searchChanges(await batches.read(events));
      return [
        (tables) => {
          const pages = tables<SearchEntry>("pages");
          for (const entry of entries) pages.set(entry.id, entry);
          for (const id of archived) pages.delete(id);
          const formerWords = tables<FormerWords>("former_words");
          for (const { pageId, words } of former) {
            const earlier = formerWords.get(pageId)?.words ?? [];
            formerWords.set(pageId, { pageId, words: [...new Set([...earlier, ...words])] });
          }
        },
      ];
    },
  });
}

/** Checks every page. Pages that match by their titles come first, then the others in the order of insertion. */
export function searchIndex(store: MemoryViewStore): SearchIndex {
  return {
    find: async (query, { limit, offset }): Promise<FoundTexts> => {
      const entries = await store.read(SEARCH, (tables) => [...tables<SearchEntry>("pages").values()]);
      const found: { readonly entry: SearchEntry; readonly rank: number }[] = [];
      const yielder = new EventLoopYielder();
      for (const entry of entries ?? []) {
        if (matches(query, pageWordsOf(entry))) found.push({ entry, rank: rankOf(query, entry) });
        if (yielder.isDue) await yielder.step();
      }
      found.sort((one, other) => one.rank - other.rank);
      const pages = found.slice(offset, offset + limit).map(({ entry: { id, slug, title, text } }) => {
        return { id, slug, title, text: text.start };
      });
      return { pages, count: Math.min(found.length, MAX_RESULTS + 1) };
    },
    candidates: async (query) => {
      const found = await store.read(SEARCH, (tables) => {
        const pages = tables<SearchEntry>("pages");
        const former = tables<FormerWords>("former_words");
        return [...new Set([...pages.keys(), ...former.keys()])].filter((id) => {
          const page = pages.get(id);
          const { title, text } = page === undefined ? { title: [], text: [] } : pageWordsOf(page);
          return mayHaveMatched(query, [...title, ...text, ...(former.get(id)?.words ?? [])]);
        });
      });
      return found ?? [];
    },
  };
}

function mayHaveMatched(query: SearchQuery, words: readonly string[]): boolean {
  return wantedWords(query).some((alternative) =>
    alternative.every(({ word, prefix }) =>
      words.some((candidate) => (prefix ? candidate.startsWith(word) : candidate === word)),
    ),
  );
}

function rankOf(query: SearchQuery, entry: SearchEntry): number {
  const { title } = pageWordsOf(entry);
  if (isExactTitle(query, title)) return 0;
  return matches(query, { title, text: [] }) ? 1 : 2;
}

function pageWordsOf({ text: { titleWords, textWords } }: SearchEntry): PageWords {
  return { title: splitWords(titleWords), text: splitWords(textWords) };
}
