import {
  type Projection,
  projection,
  type SqlValue,
  type SqlViewStore,
  type Statement,
  type TableName,
} from "@palimpsest/eventsourcing";
import { FOREVER, PAGE_EVENTS } from "./page-events.ts";
import type { PageSections } from "./page-sections.ts";
import {
  type ArchivedPage,
  type LinkedPage,
  type LinkRange,
  SITE,
  SITE_VERSION,
  type SiteView,
  siteChanges,
  type WantedPage,
} from "./site.ts";

/** What SQLite and PostgreSQL say differently. */
export interface SiteDialect {
  /** The types of columns. Texts are ordered by code points, whatever the language of the database. */
  readonly text: string;
  readonly number: string;
  /** Behind the columns of a table. */
  readonly ofTable: string;
  /** What stands in FROM for the elements of the list that is the parameter $1, as JSON: `given.value`. */
  readonly given: string;
  /** Selects the texts in the list that is the parameter $1, as JSON. */
  readonly listed: string;
}

const NOW = `until = ${FOREVER}`;

// What holds now is looked for all the time, and is a part of what is kept that grows smaller and smaller.
const CREATE = (table: TableName, { text, number, ofTable }: SiteDialect): readonly string[] => [
  `CREATE TABLE ${table("pages")} (
     page_id ${text} NOT NULL, slug ${text} NOT NULL, title ${text} NOT NULL, archived ${number} NOT NULL,
     since ${number} NOT NULL, until ${number} NOT NULL)${ofTable}`,
  `CREATE INDEX ${table("pages_by_id")} ON ${table("pages")} (page_id, until)`,
  `CREATE TABLE ${table("slugs")} (
     slug ${text} NOT NULL, page_id ${text} NOT NULL, since ${number} NOT NULL, until ${number} NOT NULL)${ofTable}`,
  `CREATE INDEX ${table("slugs_by_slug")} ON ${table("slugs")} (slug, until)`,
  `CREATE INDEX ${table("slugs_by_page")} ON ${table("slugs")} (page_id, until)`,
  `CREATE TABLE ${table("links")} (
     page_id ${text} NOT NULL, slug ${text} NOT NULL, other_slug ${text},
     since ${number} NOT NULL, until ${number} NOT NULL)${ofTable}`,
  `CREATE INDEX ${table("links_now")} ON ${table("links")} (page_id, slug, other_slug) WHERE ${NOW}`,
  `CREATE INDEX ${table("links_by_slug")} ON ${table("links")} (slug, until)`,
  `CREATE INDEX ${table("links_by_other_slug")} ON ${table("links")} (other_slug, until)
   WHERE other_slug IS NOT NULL`,
  `CREATE TABLE ${table("archived")} (
     page_id ${text} PRIMARY KEY, position ${number} NOT NULL, at ${text} NOT NULL, user_id ${text})${ofTable}`,
  `CREATE INDEX ${table("archived_by_position")} ON ${table("archived")} (position)`,
];

// Each takes the rows of a whole section as JSON.

const END = (table: TableName, { given }: SiteDialect, name: string, key: readonly string[]) => `
  UPDATE ${table(name)} AS held SET until = CAST(given.value ->> ${key.length} AS bigint) FROM ${given}
  WHERE ${key.map((column, index) => `held.${column} ${EQUALS(column)} (given.value ->> ${index})`).join(" AND ")}
    AND held.${NOW}`;

const EQUALS = (column: string) => (column === "other_slug" ? "IS NOT DISTINCT FROM" : "=");

const PUT = (table: TableName, { given }: SiteDialect, name: string, columns: readonly string[]) => `
  INSERT INTO ${table(name)} (${columns.join(", ")})
  SELECT ${columns.map((column, index) => columnFrom(column, `given.value ->> ${index}`)).join(", ")} FROM ${given}`;

const columnFrom = (column: string, value: string) =>
  ["archived", "since", "until", "position"].includes(column) ? `CAST(${value} AS bigint)` : value;

const REMOVE_ARCHIVED = (table: TableName, { listed }: SiteDialect) =>
  `DELETE FROM ${table("archived")} WHERE page_id IN (${listed})`;

/** Keeps pages, slugs and links, as they are and as they were. */
export function siteProjectionOn(
  dialect: SiteDialect,
  sections: PageSections,
): Projection<typeof PAGE_EVENTS, Statement> {
  return projection({
    name: SITE,
    version: SITE_VERSION,
    handles: PAGE_EVENTS,
    batchLimit: (events) => sections.batchLimit(events),
    tables: ["pages", "slugs", "links", "archived"],
    create: (table) => CREATE(table, dialect).map((sql) => ({ sql })),
    project: async (events, table) => {
      const changes = siteChanges(await sections.read(events));
      const end = (name: string, ...key: readonly string[]) => END(table, dialect, name, key);
      const put = (name: string, ...columns: readonly string[]) => PUT(table, dialect, name, columns);
      const statements: readonly (readonly [sql: string, rows: readonly unknown[]])[] = [
        [end("pages", "page_id"), changes.endedPages],
        [end("slugs", "slug"), changes.endedSlugs],
        [end("links", "page_id", "slug", "other_slug"), changes.endedLinks],
        [REMOVE_ARCHIVED(table, dialect), changes.moved],
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

/** Says that a row holds at the time asked for. */
type Holds = (alias: string) => string;

const LED = (table: TableName, holds: Holds) => `
  SELECT slugs.slug, slugs.page_id FROM ${table("slugs")} AS slugs
    JOIN ${table("pages")} AS pages ON pages.page_id = slugs.page_id
  WHERE ${holds("slugs")} AND ${holds("pages")} AND pages.archived = 0`;

/** Slugs that lead somewhere, and every link with the page it leads to, if there is one. */
const RESOLVED = (table: TableName, holds: Holds) => `
  WITH led AS (${LED(table, holds)}), resolved AS (
    SELECT links.page_id AS from_id, coalesce(likely.page_id, other.page_id) AS to_id, links.slug
    FROM ${table("links")} AS links
      LEFT JOIN led AS likely ON likely.slug = links.slug
      LEFT JOIN led AS other ON other.slug = links.other_slug
    WHERE ${holds("links")}
  )`;

// Not by way of every link: of many few lead here, and the indexes find those.
const BACKLINKS = (table: TableName, holds: Holds) => `
  WITH led AS (${LED(table, holds)}), here AS (SELECT slug FROM led WHERE page_id = $3)
  SELECT page_id AS id, slug, title FROM ${table("pages")} AS pages
  WHERE page_id <> $3 AND ${holds("pages")} AND page_id IN (
    SELECT page_id FROM ${table("links")} AS links WHERE slug IN (SELECT slug FROM here) AND ${holds("links")}
    UNION
    SELECT page_id FROM ${table("links")} AS links
    WHERE other_slug IN (SELECT slug FROM here) AND ${holds("links")}
      AND NOT EXISTS (SELECT 1 FROM led WHERE led.slug = links.slug)
  )
  ORDER BY title, page_id LIMIT $1 OFFSET $2`;

const WANTED_PAGES = (table: TableName, holds: Holds) => `
  ${RESOLVED(table, holds)}
  SELECT slug, count(DISTINCT from_id) AS count FROM resolved WHERE to_id IS NULL
  GROUP BY slug ORDER BY count DESC, slug LIMIT $1 OFFSET $2`;

const ORPHANS = (table: TableName, holds: Holds) => `
  ${RESOLVED(table, holds)}
  SELECT page_id AS id, slug, title FROM ${table("pages")} AS pages
  WHERE ${holds("pages")} AND archived = 0
    AND page_id NOT IN (SELECT to_id FROM resolved WHERE to_id IS NOT NULL AND to_id <> from_id)
  ORDER BY title, page_id LIMIT $1 OFFSET $2`;

const ARCHIVED_PAGES = (table: TableName) => `
  SELECT page_id AS id, slug, title, at, user_id
  FROM ${table("archived")} AS archived JOIN ${table("pages")} AS pages USING (page_id)
  WHERE pages.${NOW} ORDER BY archived.position DESC LIMIT $1 OFFSET $2`;

/** Asks SQLite or PostgreSQL. */
export function siteViewOn({ listed }: SiteDialect, store: SqlViewStore): SiteView {
  const read = <Row>(
    query: (table: TableName, holds: Holds) => string,
    params: readonly SqlValue[],
    at: number | undefined,
  ) => {
    const now: Holds = (alias) => `${alias}.${NOW}`;
    const position = `$${params.length + 1}`;
    const then: Holds = (alias) => `${alias}.since <= ${position} AND ${alias}.until > ${position}`;
    return store.read<Row>(SITE, (table) =>
      at === undefined
        ? { sql: query(table, now), params }
        : { sql: query(table, then), params: [...params, at] },
    );
  };
  const range = ({ limit = 50, offset = 0 }: LinkRange = {}) => [limit, offset] as const;
  return {
    backlinks: (pageId, asked) => read<LinkedPage>(BACKLINKS, [...range(asked), pageId], asked?.at),
    wantedPages: (asked) => read<WantedPage>(WANTED_PAGES, range(asked), asked?.at),
    orphans: (asked) => read<LinkedPage>(ORPHANS, range(asked), asked?.at),
    leading: async (slugs, at) => {
      const query = (table: TableName, holds: Holds) => `${LED(table, holds)} AND slugs.slug IN (${listed})`;
      const rows = await read<{ slug: string }>(query, [JSON.stringify(slugs)], at);
      return new Set(rows.map(({ slug }) => slug));
    },
    archivedPages: async (asked) => {
      const rows = await read<Omit<ArchivedPage, "userId" | "at"> & { user_id: string | null; at: string }>(
        ARCHIVED_PAGES,
        range(asked),
        undefined,
      );
      return rows.map(({ user_id, at, ...page }) => ({ ...page, at: new Date(at), userId: user_id }));
    },
  };
}
