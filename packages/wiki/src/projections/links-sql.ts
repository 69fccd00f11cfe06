import type { SqlViewStore, TableName } from "@palimpsest/eventsourcing";
import { LINKS, type LinkedPage, type LinkRange, type LinksView, type WantedPage } from "./links.ts";

/** Slugs that lead somewhere, and every link with the page it leads to, if there is one. */
const RESOLVED = (table: TableName) => `
  WITH led AS (
    SELECT slugs.slug, page_id FROM ${table("slugs")} AS slugs JOIN ${table("pages")} AS pages USING (page_id)
  ), resolved AS (
    SELECT links.page_id AS from_id, coalesce(likely.page_id, other.page_id) AS to_id, links.slug
    FROM ${table("links")} AS links
      LEFT JOIN led AS likely ON likely.slug = links.slug
      LEFT JOIN led AS other ON other.slug = links.other_slug
  )`;

// Not by way of `resolved`: of many links few lead here, and the indexes find those.
const BACKLINKS = (table: TableName) => `
  ${RESOLVED(table)}, here AS (
    SELECT slug FROM led WHERE page_id = $3
  )
  SELECT page_id AS id, slug, title FROM ${table("pages")}
  WHERE page_id <> $3 AND page_id IN (
    SELECT page_id FROM ${table("links")} WHERE slug IN (SELECT slug FROM here)
    UNION
    SELECT page_id FROM ${table("links")} AS links
    WHERE other_slug IN (SELECT slug FROM here) AND NOT EXISTS (SELECT 1 FROM led WHERE led.slug = links.slug)
  )
  ORDER BY title, page_id LIMIT $1 OFFSET $2`;

const WANTED_PAGES = (table: TableName) => `
  ${RESOLVED(table)}
  SELECT slug, count(DISTINCT from_id) AS count FROM resolved WHERE to_id IS NULL
  GROUP BY slug ORDER BY count DESC, slug LIMIT $1 OFFSET $2`;

const ORPHANS = (table: TableName) => `
  ${RESOLVED(table)}
  SELECT page_id AS id, slug, title FROM ${table("pages")}
  WHERE page_id NOT IN (SELECT to_id FROM resolved WHERE to_id IS NOT NULL AND to_id <> from_id)
  ORDER BY title, page_id LIMIT $1 OFFSET $2`;

const LEADING = (table: TableName, listed: string) => `
  SELECT slug FROM ${table("slugs")} AS slugs
  WHERE slug IN (${listed}) AND EXISTS (SELECT 1 FROM ${table("pages")} AS pages WHERE pages.page_id = slugs.page_id)`;

/** Asks SQLite or PostgreSQL; `listed` selects the texts in a list that is the parameter $1, as JSON. */
export function linksViewOn(store: SqlViewStore, listed: string): LinksView {
  const read = <Row>(query: (table: TableName) => string, range: LinkRange = {}, ...rest: string[]) => {
    const { limit = 50, offset = 0 } = range;
    return store.read<Row>(LINKS, (table) => ({ sql: query(table), params: [limit, offset, ...rest] }));
  };
  return {
    backlinks: (pageId, range) => read<LinkedPage>(BACKLINKS, range, pageId),
    wantedPages: (range) => read<WantedPage>(WANTED_PAGES, range),
    orphans: (range) => read<LinkedPage>(ORPHANS, range),
    leading: async (slugs) => {
      const params = [JSON.stringify(slugs)];
      const rows = await store.read<{ slug: string }>(LINKS, (table) => ({
        sql: LEADING(table, listed),
        params,
      }));
      return new Set(rows.map(({ slug }) => slug));
    },
  };
}
