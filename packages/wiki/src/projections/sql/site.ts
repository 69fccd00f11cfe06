import {
  type Projection,
  projection,
  type ReadOptions,
  type SqlValue,
  type SqlViewStore,
  type Statement,
  type TableName,
} from "@palimpsest/eventsourcing";
import type { PageBatches } from "../page-batches.ts";
import { isUuid } from "../page-change.ts";
import { FOREVER, PAGE_EVENTS } from "../page-events.ts";
import {
  type ArchivedPage,
  inParts,
  type LinkedPage,
  type LinkRange,
  MAX_SORTED_BACKLINKS,
  SITE,
  SITE_VERSION,
  type SiteRange,
  type SiteView,
  siteChanges,
  type WantedPage,
} from "../site.ts";
import type { Dialect } from "./dialect.ts";
import { pageNumber } from "./numbers.ts";
import { statusStatements } from "./site-status.ts";
import {
  createSiteTables,
  holdsAt,
  NO_SLUG,
  rowStatements,
  SITE_TABLES,
  slugNumber,
  targetOf,
} from "./site-tables.ts";

/** Limits the rows of one batch that the check of a page passes over, because they begin after the checked event. */
const EVENTS_AT_ONCE = 1_000;

/** Stores current and former names, slugs and links of pages, orphans and wanted pages. */
export function siteProjection(
  dialect: Dialect,
  batches: PageBatches,
): Projection<typeof PAGE_EVENTS, Statement> {
  return projection({
    name: SITE,
    version: SITE_VERSION,
    handles: PAGE_EVENTS,
    batchLimit: (events) => batches.batchLimit(events),
    tables: SITE_TABLES,
    create: (table) => createSiteTables(table, dialect).map((sql) => ({ sql })),
    project: async (events, table) =>
      inParts(await batches.read(events), EVENTS_AT_ONCE).flatMap((pages) => {
        const changes = siteChanges(pages);
        return [...rowStatements(table, dialect, changes), ...statusStatements(table, dialect, changes)];
      }),
  });
}

/** Lists of an earlier date read all rows that ended later: on SQLite in a thread. */
const EARLIER_LIST: ReadOptions = { timeoutMs: 5_000 };

/** SQLite joins at most 500 queries by UNION, and a slug needs two. */
const SLUGS_AT_ONCE = 200;

interface Numbered {
  readonly number: number;
}

/** SQLite prepares a statement again each time a parameter that is a whole LIMIT is bound. The sum avoids that. */
const LIMITED = "LIMIT $1 + 0 OFFSET $2 + 0";

/** Returns the condition that a row of this alias holds at the position of the query. */
type Holds = (alias: string) => string;

/** Columns of a page named by `pages`, with its number in `numbers`. */
const LINKED_PAGE = ({ uuidText }: Dialect) =>
  `${uuidText("numbers.id")} AS id, slug_numbers.slug AS slug, pages.title AS title`;

/** Joins the id, slug and title of the pages numbered `found.page_number`. */
const NAMES = (table: TableName, holds: Holds) => `
  JOIN ${table("page_numbers")} AS numbers ON numbers.number = found.page_number
  JOIN ${table("pages")} AS pages ON pages.page_number = found.page_number AND ${holds("pages")}
  JOIN ${table("slug_numbers")} AS slug_numbers ON slug_numbers.number = pages.slug_number`;

const ORPHANS = (table: TableName, holds: Holds, dialect: Dialect) => `
  SELECT ${LINKED_PAGE(dialect)} FROM (
    SELECT page_number, title FROM ${table("orphans")} AS orphans WHERE ${holds("orphans")}
    ORDER BY title, page_number ${LIMITED}
  ) AS found ${NAMES(table, holds)}
  ORDER BY found.title, found.page_number`;

const WANTED_PAGES = (table: TableName, holds: Holds) => `
  SELECT slug, count FROM ${table("wanted")} AS wanted WHERE ${holds("wanted")}
  ORDER BY count DESC, slug ${LIMITED}`;

/** The slugs that lead to the page with the id in a parameter. */
const OWN_SLUGS = (table: TableName, holds: Holds, dialect: Dialect, id: string) => `
  own AS (
    SELECT slugs.slug_number FROM ${table("slugs")} AS slugs
      JOIN ${table("pages")} AS pages ON pages.page_number = slugs.page_number
    WHERE slugs.page_number = ${pageNumber(table, dialect, id)} AND ${holds("slugs")} AND ${holds("pages")}
      AND pages.archived = 0
  )`;

/** The condition that a link leads to its other slug. The first part lets SQLite use the index of such links. */
const UNRESOLVED = (table: TableName, holds: Holds) =>
  `AND links.other_number > ${NO_SLUG} AND ${targetOf(table, "links.slug_number", holds)} IS NULL`;

/** Returns the query for the links to a slug of `own` from other pages. */
const LINKS_TO = (table: TableName, holds: Holds, dialect: Dialect, slug: "slug_number" | "other_number") => `
  SELECT links.page_number, links.slug_number FROM own JOIN ${table("links")} AS links ON links.${slug} = own.slug_number
  WHERE ${holds("links")} AND links.page_number <> ${pageNumber(table, dialect, "$3")}
    ${slug === "slug_number" ? "" : UNRESOLVED(table, holds)}`;

/** Backlinks in order of title. If there are more links than can be sorted, a single row with nulls. */
const FEW_BACKLINKS = (table: TableName, holds: Holds, dialect: Dialect) => `
  WITH ${OWN_SLUGS(table, holds, dialect, "$3")}, linking AS MATERIALIZED (
    SELECT * FROM (
      SELECT * FROM (${LINKS_TO(table, holds, dialect, "slug_number")} LIMIT ${MAX_SORTED_BACKLINKS + 1}) AS likely
      UNION ALL
      SELECT * FROM (${LINKS_TO(table, holds, dialect, "other_number")} LIMIT ${MAX_SORTED_BACKLINKS + 1}) AS other
    ) AS links LIMIT ${MAX_SORTED_BACKLINKS + 1}
  ), sorted AS (
    SELECT found.page_number, pages.title, pages.slug_number
    FROM (
      SELECT DISTINCT page_number FROM linking
      WHERE (SELECT count(*) FROM linking) <= ${MAX_SORTED_BACKLINKS}
    ) AS found
    JOIN ${table("pages")} AS pages ON pages.page_number = found.page_number AND ${holds("pages")}
    ORDER BY pages.title, found.page_number ${LIMITED}
  )
  SELECT counted.links, ${dialect.uuidText("numbers.id")} AS id, slug_numbers.slug AS slug, sorted.title
  FROM (SELECT count(*) AS links FROM linking) AS counted LEFT JOIN sorted ON TRUE
    LEFT JOIN ${table("page_numbers")} AS numbers ON numbers.number = sorted.page_number
    LEFT JOIN ${table("slug_numbers")} AS slug_numbers ON slug_numbers.number = sorted.slug_number
  ORDER BY sorted.title, sorted.page_number`;

const OWN_SLUG_NUMBERS = (table: TableName, holds: Holds, dialect: Dialect) =>
  `WITH ${OWN_SLUGS(table, holds, dialect, "$1")} SELECT slug_number AS number FROM own`;

/** The first $2 pages that link to a slug with a number from $3 on, except page $1. Reads no more rows of each slug. */
const NUMBERS_OF_BACKLINKS = (table: TableName, holds: Holds, dialect: Dialect, slugs: number) => {
  const page = pageNumber(table, dialect, "$1");
  const parts = Array.from({ length: slugs }, (_, index) =>
    (["slug_number", "other_number"] as const).map(
      (column) => `SELECT * FROM (
        SELECT links.page_number FROM ${table("links")} AS links
        WHERE links.${column} = $${index + 3} AND ${holds("links")} AND links.page_number <> ${page}
          ${column === "slug_number" ? "" : UNRESOLVED(table, holds)}
        ORDER BY links.page_number LIMIT $2 + 0) AS linking`,
    ),
  );
  return `SELECT page_number AS number FROM (${parts.flat().join(" UNION ")}) AS found ORDER BY page_number LIMIT $2 + 0`;
};

const LINKED_PAGES = (table: TableName, holds: Holds, dialect: Dialect) => `
  SELECT ${LINKED_PAGE(dialect)} FROM (SELECT CAST(item.value AS bigint) AS page_number FROM ${dialect.texts}) AS found
  ${NAMES(table, holds)} ORDER BY found.page_number`;

const EXISTING_SLUGS = (table: TableName, holds: Holds, { texts }: Dialect) => `
  SELECT item.value AS slug FROM ${texts}
  WHERE ${targetOf(table, slugNumber(table, "item.value"), holds)} IS NOT NULL`;

const PAGE_NUMBERS = (table: TableName, _holds: Holds, dialect: Dialect) =>
  `SELECT ${pageNumber(table, dialect, "item.value")} AS number FROM ${dialect.texts}`;

/** The last holders of the slugs of links of the pages numbered $1 that began or ended after position $2. */
const TARGETS_OF_CHANGED_LINKS = (table: TableName, _holds: Holds, dialect: Dialect) => `
  WITH changed AS (
    SELECT links.slug_number, links.other_number FROM ${table("links")} AS links
    WHERE ${dialect.isNumberIn("links.page_number", "$1")}
      AND (links.since > $2 OR (links.until > $2 AND links.until < ${FOREVER}))
  )
  SELECT (SELECT ${dialect.uuidText("numbers.id")} FROM ${table("page_numbers")} AS numbers
    WHERE numbers.number = (SELECT holder.page_number FROM ${table("slugs")} AS holder
      WHERE holder.slug_number = linked.number AND holder.until = ${FOREVER})) AS id
  FROM (SELECT slug_number AS number FROM changed UNION SELECT other_number FROM changed) AS linked`;

const ARCHIVED_PAGES = (table: TableName, holds: Holds, dialect: Dialect) => `
  SELECT ${LINKED_PAGE(dialect)}, found.at, ${dialect.uuidText("found.user_id")} AS user_id FROM (
    SELECT page_number, position, at, user_id FROM ${table("archived")} ORDER BY position DESC ${LIMITED}
  ) AS found ${NAMES(table, holds)}
  ORDER BY found.position DESC`;

export function siteView(dialect: Dialect, store: SqlViewStore): SiteView {
  const read = <Row>(
    query: (table: TableName, holds: Holds, dialect: Dialect) => string,
    params: readonly SqlValue[],
    at?: number | undefined,
    options: ReadOptions = at === undefined ? {} : EARLIER_LIST,
  ) =>
    store.read<Row>(
      SITE,
      (table) =>
        at === undefined
          ? { sql: query(table, (alias) => `${alias}.until = ${FOREVER}`, dialect), params }
          : { sql: query(table, holdsAt(`$${params.length + 1}`), dialect), params: [...params, at] },
      options,
    );
  const manyBacklinks = async (pageId: string, range: SiteRange = {}): Promise<readonly LinkedPage[]> => {
    const [limit, offset] = limitsOf(range);
    const own = await read<Numbered>(OWN_SLUG_NUMBERS, [pageId], range.at);
    const found = new Set<number>();
    for (let start = 0; start < own.length; start += SLUGS_AT_ONCE) {
      const slugs = own.slice(start, start + SLUGS_AT_ONCE).map(({ number }) => number);
      const rows = await read<Numbered>(
        (table, holds) => NUMBERS_OF_BACKLINKS(table, holds, dialect, slugs.length),
        [pageId, limit + offset, ...slugs],
        range.at,
      );
      for (const { number } of rows) found.add(number);
    }
    const shown = [...found].sort((one, other) => one - other).slice(offset, offset + limit);
    return read<LinkedPage>(LINKED_PAGES, [JSON.stringify(shown)], range.at);
  };
  const limitsOf = ({ limit = 50, offset = 0 }: LinkRange = {}) => [limit, offset] as const;
  return {
    backlinks: async (pageId, range) => {
      if (!isUuid(pageId)) return [];
      const params = [...limitsOf(range), pageId];
      const rows = await read<LinkedPage & { links: number }>(FEW_BACKLINKS, params, range?.at);
      return (rows[0]?.links ?? 0) > MAX_SORTED_BACKLINKS
        ? manyBacklinks(pageId, range)
        : rows.filter(({ slug }) => slug !== null).map(({ id, slug, title }) => ({ id, slug, title }));
    },
    wantedPages: (range) => read<WantedPage>(WANTED_PAGES, limitsOf(range), range?.at),
    orphans: (range) => read<LinkedPage>(ORPHANS, limitsOf(range), range?.at),
    existingSlugs: async (slugs, at) => {
      const rows = await read<{ slug: string }>(EXISTING_SLUGS, [JSON.stringify(slugs)], at, {});
      return new Set(rows.map(({ slug }) => slug));
    },
    backlinksChangedBy: async (pageIds, after) => {
      const pages = await read<Numbered>(PAGE_NUMBERS, [JSON.stringify(pageIds)]);
      const numbers = JSON.stringify(pages.map(({ number }) => number));
      const rows = await read<{ id: string | null }>(TARGETS_OF_CHANGED_LINKS, [numbers, after]);
      return new Set(rows.flatMap(({ id }) => id ?? []));
    },
    archivedPages: async (range) => {
      const rows = await read<Omit<ArchivedPage, "userId" | "at"> & { user_id: string | null; at: string }>(
        ARCHIVED_PAGES,
        limitsOf(range),
      );
      return rows.map(({ user_id, at, ...page }) => ({ ...page, at: new Date(at), userId: user_id }));
    },
  };
}
