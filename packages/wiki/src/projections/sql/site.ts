import {
  type Projection,
  projection,
  type SqlValue,
  type SqlViewStore,
  type Statement,
  type TableName,
} from "@palimpsest/eventsourcing";
import type { PageBatches } from "../page-batches.ts";
import { FOREVER, PAGE_EVENTS } from "../page-events.ts";
import {
  type ArchivedPage,
  type LinkedPage,
  type LinkRange,
  SITE,
  SITE_VERSION,
  type SiteView,
  siteChanges,
  type WantedPage,
} from "../site.ts";
import type { Dialect } from "./dialect.ts";

const IS_CURRENT = `until = ${FOREVER}`;

// Most queries read the current rows, whose share of all rows shrinks. So the indexes separate them by `until`.
const CREATE = (
  table: TableName,
  { orderedText: text, bigint, tableOptions }: Dialect,
): readonly string[] => [
  `CREATE TABLE ${table("pages")} (
     page_id ${text} NOT NULL, slug ${text} NOT NULL, title ${text} NOT NULL, archived ${bigint} NOT NULL,
     since ${bigint} NOT NULL, until ${bigint} NOT NULL)${tableOptions}`,
  `CREATE INDEX ${table("pages_by_id")} ON ${table("pages")} (page_id, until)`,
  `CREATE TABLE ${table("slugs")} (
     slug ${text} NOT NULL, page_id ${text} NOT NULL, since ${bigint} NOT NULL, until ${bigint} NOT NULL)${tableOptions}`,
  `CREATE INDEX ${table("slugs_by_slug")} ON ${table("slugs")} (slug, until)`,
  `CREATE INDEX ${table("slugs_by_page")} ON ${table("slugs")} (page_id, until)`,
  `CREATE TABLE ${table("links")} (
     page_id ${text} NOT NULL, slug ${text} NOT NULL, other_slug ${text},
     since ${bigint} NOT NULL, until ${bigint} NOT NULL)${tableOptions}`,
  `CREATE INDEX ${table("links_now")} ON ${table("links")} (page_id, slug, other_slug) WHERE ${IS_CURRENT}`,
  `CREATE INDEX ${table("links_by_slug")} ON ${table("links")} (slug, until)`,
  `CREATE INDEX ${table("links_by_other_slug")} ON ${table("links")} (other_slug, until)
   WHERE other_slug IS NOT NULL`,
  `CREATE TABLE ${table("archived")} (
     page_id ${text} PRIMARY KEY, position ${bigint} NOT NULL, at ${text} NOT NULL, user_id ${text})${tableOptions}`,
  `CREATE INDEX ${table("archived_by_position")} ON ${table("archived")} (position)`,
];

// Each of these statements takes the rows of a whole batch as JSON.

const END = (table: TableName, { items }: Dialect, name: string, key: readonly string[]) => `
  UPDATE ${table(name)} AS stored SET until = CAST(item.value ->> ${key.length} AS bigint) FROM ${items}
  WHERE ${key.map((column, index) => `stored.${column} ${EQUALS(column)} (item.value ->> ${index})`).join(" AND ")}
    AND stored.${IS_CURRENT}`;

const EQUALS = (column: string) => (column === "other_slug" ? "IS NOT DISTINCT FROM" : "=");

const PUT = (table: TableName, { items }: Dialect, name: string, columns: readonly string[]) => `
  INSERT INTO ${table(name)} (${columns.join(", ")})
  SELECT ${columns.map((column, index) => columnFrom(column, `item.value ->> ${index}`)).join(", ")} FROM ${items}`;

const columnFrom = (column: string, value: string) =>
  ["archived", "since", "until", "position"].includes(column) ? `CAST(${value} AS bigint)` : value;

const REMOVE_ARCHIVED = (table: TableName, { texts }: Dialect) =>
  `DELETE FROM ${table("archived")} WHERE page_id IN (${texts})`;

/** Stores current and former names, slugs and links of pages. */
export function siteProjection(
  dialect: Dialect,
  batches: PageBatches,
): Projection<typeof PAGE_EVENTS, Statement> {
  return projection({
    name: SITE,
    version: SITE_VERSION,
    handles: PAGE_EVENTS,
    batchLimit: (events) => batches.batchLimit(events),
    tables: ["pages", "slugs", "links", "archived"],
    create: (table) => CREATE(table, dialect).map((sql) => ({ sql })),
    project: async (events, table) => {
      const changes = siteChanges(await batches.read(events));
      const end = (name: string, ...key: readonly string[]) => END(table, dialect, name, key);
      const put = (name: string, ...columns: readonly string[]) => PUT(table, dialect, name, columns);
      const statements: readonly (readonly [sql: string, rows: readonly unknown[]])[] = [
        [end("pages", "page_id"), changes.endedPages],
        [end("slugs", "slug"), changes.endedSlugs],
        [end("links", "page_id", "slug", "other_slug"), changes.endedLinks],
        [REMOVE_ARCHIVED(table, dialect), changes.toggled],
        [put("pages", "page_id", "slug", "title", "archived", "since", "until"), changes.pages],
        [put("slugs", "slug", "page_id", "since", "until"), changes.slugs],
        [put("links", "page_id", "slug", "other_slug", "since", "until"), changes.links],
        [put("archived", "page_id", "position", "at", "user_id"), changes.archived],
      ];
      return statements.flatMap(([sql, rows]) =>
        rows.length === 0 ? [] : [{ sql, params: [JSON.stringify(rows)] }],
      );
    },
  });
}

/** Returns the condition that a row of this alias holds at the position of the query. */
type Holds = (alias: string) => string;

const EXISTING_SLUGS = (table: TableName, holds: Holds) => `
  SELECT slugs.slug, slugs.page_id FROM ${table("slugs")} AS slugs
    JOIN ${table("pages")} AS pages ON pages.page_id = slugs.page_id
  WHERE ${holds("slugs")} AND ${holds("pages")} AND pages.archived = 0`;

/** Every link with the page that it leads to, or null. */
const RESOLVED_LINKS = (table: TableName, holds: Holds) => `
  WITH target AS (${EXISTING_SLUGS(table, holds)}), resolved AS (
    SELECT links.page_id AS from_id, coalesce(likely.page_id, other.page_id) AS to_id, links.slug
    FROM ${table("links")} AS links
      LEFT JOIN target AS likely ON likely.slug = links.slug
      LEFT JOIN target AS other ON other.slug = links.other_slug
    WHERE ${holds("links")}
  )`;

// Does not resolve every link: the indexes find the few links to the page's slugs.
const BACKLINKS = (table: TableName, holds: Holds) => `
  WITH target AS (${EXISTING_SLUGS(table, holds)}), own AS (SELECT slug FROM target WHERE page_id = $3)
  SELECT page_id AS id, slug, title FROM ${table("pages")} AS pages
  WHERE page_id <> $3 AND ${holds("pages")} AND page_id IN (
    SELECT page_id FROM ${table("links")} AS links WHERE slug IN (SELECT slug FROM own) AND ${holds("links")}
    UNION
    SELECT page_id FROM ${table("links")} AS links
    WHERE other_slug IN (SELECT slug FROM own) AND ${holds("links")}
      AND NOT EXISTS (SELECT 1 FROM target WHERE target.slug = links.slug)
  )
  ORDER BY title, page_id LIMIT $1 OFFSET $2`;

const WANTED_PAGES = (table: TableName, holds: Holds) => `
  ${RESOLVED_LINKS(table, holds)}
  SELECT slug, count(DISTINCT from_id) AS count FROM resolved WHERE to_id IS NULL
  GROUP BY slug ORDER BY count DESC, slug LIMIT $1 OFFSET $2`;

const ORPHANS = (table: TableName, holds: Holds) => `
  ${RESOLVED_LINKS(table, holds)}
  SELECT page_id AS id, slug, title FROM ${table("pages")} AS pages
  WHERE ${holds("pages")} AND archived = 0
    AND page_id NOT IN (SELECT to_id FROM resolved WHERE to_id IS NOT NULL AND to_id <> from_id)
  ORDER BY title, page_id LIMIT $1 OFFSET $2`;

const ARCHIVED_PAGES = (table: TableName) => `
  SELECT page_id AS id, slug, title, at, user_id
  FROM ${table("archived")} AS archived JOIN ${table("pages")} AS pages USING (page_id)
  WHERE pages.${IS_CURRENT} ORDER BY archived.position DESC LIMIT $1 OFFSET $2`;

export function siteView({ texts }: Dialect, store: SqlViewStore): SiteView {
  const read = <Row>(
    query: (table: TableName, holds: Holds) => string,
    params: readonly SqlValue[],
    at: number | undefined,
  ) => {
    const isCurrent: Holds = (alias) => `${alias}.${IS_CURRENT}`;
    const position = `$${params.length + 1}`;
    const holdsAtPosition: Holds = (alias) =>
      `${alias}.since <= ${position} AND ${alias}.until > ${position}`;
    return store.read<Row>(SITE, (table) =>
      at === undefined
        ? { sql: query(table, isCurrent), params }
        : { sql: query(table, holdsAtPosition), params: [...params, at] },
    );
  };
  const limitsOf = ({ limit = 50, offset = 0 }: LinkRange = {}) => [limit, offset] as const;
  return {
    backlinks: (pageId, range) => read<LinkedPage>(BACKLINKS, [...limitsOf(range), pageId], range?.at),
    wantedPages: (range) => read<WantedPage>(WANTED_PAGES, limitsOf(range), range?.at),
    orphans: (range) => read<LinkedPage>(ORPHANS, limitsOf(range), range?.at),
    existingSlugs: async (slugs, at) => {
      const query = (table: TableName, holds: Holds) =>
        `${EXISTING_SLUGS(table, holds)} AND slugs.slug IN (${texts})`;
      const rows = await read<{ slug: string }>(query, [JSON.stringify(slugs)], at);
      return new Set(rows.map(({ slug }) => slug));
    },
    archivedPages: async (range) => {
      const rows = await read<Omit<ArchivedPage, "userId" | "at"> & { user_id: string | null; at: string }>(
        ARCHIVED_PAGES,
        limitsOf(range),
        undefined,
      );
      return rows.map(({ user_id, at, ...page }) => ({ ...page, at: new Date(at), userId: user_id }));
    },
  };
}
