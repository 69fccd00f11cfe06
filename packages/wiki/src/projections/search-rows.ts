import type { SqlViewStore, TableName } from "@palimpsest/eventsourcing";
import type { Phrase, SearchQuery } from "../content/search/query.ts";
import { type FoundTexts, LAST_CHARACTER, SEARCH, wantedWords } from "./search.ts";

/** A row of a search in SQL; one with null alone carries the total of a search that found nothing in its range. */
export interface FoundRow {
  readonly total: number;
  readonly page_id: string | null;
  readonly slug: string;
  readonly title: string;
  readonly text: string;
}

export function foundTexts(rows: readonly FoundRow[]): FoundTexts {
  const pages = rows.flatMap(({ page_id: id, slug, title, text }) => {
    return id === null ? [] : [{ id, slug, title, text }];
  });
  return { pages, total: rows[0]?.total ?? 0 };
}

/**
 * Resolves to the ids of the pages that may ever have matched. `sql` takes a row for each word as JSON: its alternative,
 * the word, the last word that it may be the beginning of, and what `termOf` makes of it for the index.
 */
export async function candidatesOn(
  store: SqlViewStore,
  sql: (table: TableName) => string,
  termOf: (phrase: Phrase) => unknown,
  query: SearchQuery,
): Promise<readonly string[]> {
  const wanted = wantedWords(query).flatMap((words, alternative) =>
    words.map(({ word, prefix }) => {
      const end = prefix ? word + LAST_CHARACTER : word;
      return [alternative, word, end, termOf({ words: [word], prefix })];
    }),
  );
  const params = [JSON.stringify(wanted)];
  const rows = await store.read<{ page_id: string }>(SEARCH, (table) => ({ sql: sql(table), params }));
  return rows.map(({ page_id }) => page_id);
}
