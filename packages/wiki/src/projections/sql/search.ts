import {
  type Projection,
  projection,
  type SqlViewStore,
  type Statement,
  type TableName,
} from "@palimpsest/eventsourcing";
import type { Phrase, SearchQuery } from "../../content/search/query.ts";
import type { PageBatches } from "../page-batches.ts";
import { PAGE_EVENTS } from "../page-events.ts";
import {
  LAST_CHARACTER,
  SEARCH,
  SEARCH_TIMEOUT_MS,
  SEARCH_VERSION,
  type SearchEntry,
  type SearchIndex,
  type SearchRange,
  searchChanges,
  wantedWords,
} from "../search.ts";

/** Full-text search of one database: its tables and statements. */
export interface SearchEngine {
  readonly tables: readonly string[];
  /** Returns the statements that create the tables. */
  create(table: TableName): readonly string[];
  /** Returns the statements that store the current text of a page. */
  put(entry: SearchEntry, table: TableName): readonly Statement[];
  /** Returns the statements that remove the text of an archived page. */
  remove(pageId: string, table: TableName): readonly Statement[];
  /** Returns the statement that adds words to the former words of page $1, from the JSON list $2. */
  putFormerWords(table: TableName): string;
  /** Returns the query for a range of the pages that match. Its rows are `FoundRow`s with `FoundTexts.count`. */
  find(query: SearchQuery, range: Required<SearchRange>, table: TableName): Statement;
  /** Returns the query of `SearchIndex.candidates`. $1 is a JSON list of `[alternative, word, lastWord, term]`. */
  candidates(table: TableName): string;
  /** Returns a text from the form in which it is stored. */
  unpack(text: string | Uint8Array): string;
  /** Returns a phrase in the engine's query language. */
  termOf(phrase: Phrase): string;
}

/** A page that matches. If the range has no page, a single row without a page has the count. */
interface FoundRow {
  readonly count: number;
  readonly page_id: string | null;
  readonly slug: string;
  readonly title: string;
  readonly text: string | Uint8Array;
}

const TIME_LIMIT = { timeoutMs: SEARCH_TIMEOUT_MS };

export function searchProjection(
  engine: SearchEngine,
  batches: PageBatches,
): Projection<typeof PAGE_EVENTS, Statement> {
  return projection({
    name: SEARCH,
    version: SEARCH_VERSION,
    handles: PAGE_EVENTS,
    batchLimit: (events) => batches.batchLimit(events),
    tables: engine.tables,
    create: (table) => engine.create(table).map((sql) => ({ sql })),
    project: async (events, table) => {
      const { entries, archived, former } = searchChanges(await batches.read(events));
      return [
        ...entries.flatMap((entry) => engine.put(entry, table)),
        ...archived.flatMap((id) => engine.remove(id, table)),
        ...former.map(({ pageId, words }) => ({
          sql: engine.putFormerWords(table),
          params: [pageId, JSON.stringify(words)],
        })),
      ];
    },
  });
}

export function searchIndex(engine: SearchEngine, store: SqlViewStore): SearchIndex {
  return {
    find: async (query, range) => {
      const rows = await store.read<FoundRow>(
        SEARCH,
        (table) => engine.find(query, range, table),
        TIME_LIMIT,
      );
      const pages = rows.flatMap(({ page_id: id, slug, title, text }) =>
        id === null ? [] : [{ id, slug, title, text: engine.unpack(text) }],
      );
      return { pages, count: rows[0]?.count ?? 0 };
    },
    candidates: async (query) => {
      const words = wantedWords(query).flatMap((alternativeWords, alternative) =>
        alternativeWords.map(({ word, prefix }) => {
          const lastWord = prefix ? word + LAST_CHARACTER : word;
          return [alternative, word, lastWord, engine.termOf({ words: [word], prefix })];
        }),
      );
      const params = [JSON.stringify(words)];
      const rows = await store.read<{ page_id: string }>(
        SEARCH,
        (table) => ({ sql: engine.candidates(table), params }),
        TIME_LIMIT,
      );
      return rows.map(({ page_id }) => page_id);
    },
  };
}
