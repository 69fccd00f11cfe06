import type { FoundTexts } from "./search.ts";

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
