import {
  type Projection,
  projection,
  type ReadOptions,
  type SqlValue,
  type SqlViewStore,
  type Statement,
  type TableName,
} from "@palimpsest/eventsourcing";
import type { NamedPage, TitleHolder } from "../../content/link-target.ts";
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
import { createSiteTables, holdsAt, rowStatements, SITE_TABLES, textNumber } from "./site-tables.ts";
import { targetStatements } from "./site-targets.ts";

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
        return [rowStatements, targetStatements, statusStatements].flatMap((statements) =>
          statements(table, dialect, changes),
        );
      }),
  });
}

/** Lists of an earlier date read all rows that ended later: on SQLite in a thread. */
const EARLIER_LIST: ReadOptions = { timeoutMs: 5_000 };

/** SQLite joins at most 500 queries by UNION. */
const NAMES_AT_ONCE = 400;

interface Numbered {
  readonly number: number;
}

/** SQLite prepares a statement again each time a parameter that is a whole LIMIT is bound. The sum avoids that. */
const LIMITED = "LIMIT $1 + 0 OFFSET $2 + 0";

interface Named {
  readonly name: string;
}

/** Returns the condition that a row of this alias holds at the position of the query. */
type Holds = (alias: string) => string;

/** The id and slug of a page named by `pages`, with its number in `numbers`. */
const NAMED_PAGE = ({ uuidText }: Dialect) => `${uuidText("numbers.id")} AS id, slugs_of_pages.text AS slug`;

const LINKED_PAGE = (dialect: Dialect) => `${NAMED_PAGE(dialect)}, pages.title AS title`;

/** Joins the id, slug and title of the pages numbered `found.page_number`. */
const NAMES = (table: TableName, holds: Holds) => `
  JOIN ${table("page_numbers")} AS numbers ON numbers.number = found.page_number
  JOIN ${table("pages")} AS pages ON pages.page_number = found.page_number AND ${holds("pages")}
  JOIN ${table("text_numbers")} AS slugs_of_pages ON slugs_of_pages.number = pages.slug_number`;

const ORPHANS = (table: TableName, holds: Holds, dialect: Dialect) => `
  SELECT ${LINKED_PAGE(dialect)} FROM (
    SELECT page_number, title FROM ${table("orphans")} AS orphans WHERE ${holds("orphans")}
    ORDER BY title, page_number ${LIMITED}
  ) AS found ${NAMES(table, holds)}
  ORDER BY found.title, found.page_number`;

const WANTED_PAGES = (table: TableName, holds: Holds) => `
  SELECT slug, count FROM ${table("wanted")} AS wanted WHERE ${holds("wanted")}
  ORDER BY count DESC, slug ${LIMITED}`;

/** The names of links that lead to the page with the id in a parameter. */
const OWN_NAMES = (table: TableName, holds: Holds, dialect: Dialect, id: string) => `
  own AS (
    SELECT targets.name_number FROM ${table("targets")} AS targets
    WHERE targets.page_number = ${pageNumber(table, dialect, id)} AND ${holds("targets")}
  )`;

/** Backlinks in order of title. If there are more links than can be sorted, a single row with nulls. */
const FEW_BACKLINKS = (table: TableName, holds: Holds, dialect: Dialect) => `
  WITH ${OWN_NAMES(table, holds, dialect, "$3")}, linking AS MATERIALIZED (
    SELECT links.page_number FROM own JOIN ${table("links")} AS links ON links.name_number = own.name_number
    WHERE ${holds("links")} AND links.page_number <> ${pageNumber(table, dialect, "$3")}
    LIMIT ${MAX_SORTED_BACKLINKS + 1}
  ), sorted AS (
    SELECT found.page_number, pages.title, pages.slug_number
    FROM (
      SELECT DISTINCT page_number FROM linking
      WHERE (SELECT count(*) FROM linking) <= ${MAX_SORTED_BACKLINKS}
    ) AS found
    JOIN ${table("pages")} AS pages ON pages.page_number = found.page_number AND ${holds("pages")}
    ORDER BY pages.title, found.page_number ${LIMITED}
  )
  SELECT counted.links, ${dialect.uuidText("numbers.id")} AS id, slugs_of_pages.text AS slug, sorted.title
  FROM (SELECT count(*) AS links FROM linking) AS counted LEFT JOIN sorted ON TRUE
    LEFT JOIN ${table("page_numbers")} AS numbers ON numbers.number = sorted.page_number
    LEFT JOIN ${table("text_numbers")} AS slugs_of_pages ON slugs_of_pages.number = sorted.slug_number
  ORDER BY sorted.title, sorted.page_number`;

const OWN_NAME_NUMBERS = (table: TableName, holds: Holds, dialect: Dialect) =>
  `WITH ${OWN_NAMES(table, holds, dialect, "$1")} SELECT name_number AS number FROM own`;

/** The first $2 pages that link by a name with a number from $3 on, except page $1. Reads no more rows of each name. */
const NUMBERS_OF_BACKLINKS = (table: TableName, holds: Holds, dialect: Dialect, names: number) => {
  const page = pageNumber(table, dialect, "$1");
  const parts = Array.from(
    { length: names },
    (_, index) => `SELECT * FROM (
      SELECT links.page_number FROM ${table("links")} AS links
      WHERE links.name_number = $${index + 3} AND ${holds("links")} AND links.page_number <> ${page}
      ORDER BY links.page_number LIMIT $2 + 0) AS linking`,
  );
  return `SELECT page_number AS number FROM (${parts.join(" UNION ")}) AS found ORDER BY page_number LIMIT $2 + 0`;
};

const LINKED_PAGES = (table: TableName, holds: Holds, dialect: Dialect) => `
  SELECT ${LINKED_PAGE(dialect)} FROM (SELECT CAST(item.value AS bigint) AS page_number FROM ${dialect.texts}) AS found
  ${NAMES(table, holds)} ORDER BY found.page_number`;

const SLUG_HOLDERS = (table: TableName, holds: Holds, dialect: Dialect) => `
  SELECT found.name, ${NAMED_PAGE(dialect)} FROM (
    SELECT item.value AS name, (
      SELECT holder.page_number FROM ${table("slugs")} AS holder
      WHERE holder.slug_number = ${textNumber(table, "item.value")} AND ${holds("holder")}
    ) AS page_number
    FROM ${dialect.texts}
  ) AS found ${NAMES(table, holds)}
  WHERE pages.archived = 0`;

/** The condition that a page has the title with a number. */
const TITLED = (holds: Holds, number: string) =>
  `titled.title_number = ${number} AND titled.archived = 0 AND ${holds("titled")}`;

/** The page with a title, the number of pages with it up to 2, or the last page that had it. */
const TITLE_HOLDERS = (table: TableName, holds: Holds, dialect: Dialect, hasEnded: Holds) => {
  const two = `(SELECT titled.page_number FROM ${table("pages")} AS titled
    WHERE ${TITLED(holds, "numbered.number")} LIMIT 2) AS two`;
  return `
  SELECT found.name, found.pages, ${NAMED_PAGE(dialect)} FROM (
    SELECT name, pages, coalesce(page_number, former_number) AS page_number FROM (
      SELECT numbered.text AS name, (SELECT count(*) FROM ${two}) AS pages,
        (SELECT min(page_number) FROM ${two}) AS page_number, (
          SELECT former.page_number FROM ${table("pages")} AS former
          WHERE former.title_number = numbered.number AND former.archived = 0 AND ${hasEnded("former")}
          ORDER BY former.until DESC LIMIT 1
        ) AS former_number
      FROM ${dialect.texts} JOIN ${table("text_numbers")} AS numbered ON numbered.text = item.value
    ) AS counted
  ) AS found ${NAMES(table, holds)}
  WHERE pages.archived = 0`;
};

const PAGES_TITLED = (table: TableName, holds: Holds, dialect: Dialect) => `
  SELECT ${LINKED_PAGE(dialect)} FROM (
    SELECT titled.page_number FROM ${table("pages")} AS titled
    WHERE ${TITLED(holds, textNumber(table, "$3"))} ORDER BY titled.page_number ${LIMITED}
  ) AS found ${NAMES(table, holds)}
  ORDER BY found.page_number`;

const PAGE_NUMBERS = (table: TableName, _holds: Holds, dialect: Dialect) =>
  `SELECT ${pageNumber(table, dialect, "item.value")} AS number FROM ${dialect.texts}`;

/** The targets of links of the pages numbered $1 that began or ended after position $2. */
const TARGETS_OF_CHANGED_LINKS = (table: TableName, _holds: Holds, dialect: Dialect) => `
  SELECT DISTINCT ${dialect.uuidText("numbers.id")} AS id FROM ${table("links")} AS links
    JOIN ${table("targets")} AS targets ON targets.name_number = links.name_number AND targets.until = ${FOREVER}
    JOIN ${table("page_numbers")} AS numbers ON numbers.number = targets.page_number
  WHERE ${dialect.isNumberIn("links.page_number", "$1")}
    AND (links.since > $2 OR (links.until > $2 AND links.until < ${FOREVER}))`;

const ARCHIVED_PAGES = (table: TableName, holds: Holds, dialect: Dialect) => `
  SELECT ${LINKED_PAGE(dialect)}, found.at, ${dialect.uuidText("found.user_id")} AS user_id FROM (
    SELECT page_number, position, at, user_id FROM ${table("archived")} ORDER BY position DESC ${LIMITED}
  ) AS found ${NAMES(table, holds)}
  ORDER BY found.position DESC`;

export function siteView(dialect: Dialect, store: SqlViewStore): SiteView {
  const read = <Row>(
    query: (table: TableName, holds: Holds, dialect: Dialect, hasEnded: Holds) => string,
    params: readonly SqlValue[],
    at?: number | undefined,
    options: ReadOptions = at === undefined ? {} : EARLIER_LIST,
  ) =>
    store.read<Row>(
      SITE,
      (table) => {
        if (at === undefined) {
          const [isCurrent, hasEnded] = ["=", "<"].map(
            (sign): Holds =>
              (alias) =>
                `${alias}.until ${sign} ${FOREVER}`,
          ) as [Holds, Holds];
          return { sql: query(table, isCurrent, dialect, hasEnded), params };
        }
        const position = `$${params.length + 1}`;
        const hasEnded: Holds = (alias) => `${alias}.until <= ${position}`;
        return { sql: query(table, holdsAt(position), dialect, hasEnded), params: [...params, at] };
      },
      options,
    );
  const manyBacklinks = async (pageId: string, range: SiteRange = {}): Promise<readonly LinkedPage[]> => {
    const [limit, offset] = limitsOf(range);
    const own = await read<Numbered>(OWN_NAME_NUMBERS, [pageId], range.at);
    const found = new Set<number>();
    for (let start = 0; start < own.length; start += NAMES_AT_ONCE) {
      const names = own.slice(start, start + NAMES_AT_ONCE).map(({ number }) => number);
      const rows = await read<Numbered>(
        (table, holds) => NUMBERS_OF_BACKLINKS(table, holds, dialect, names.length),
        [pageId, limit + offset, ...names],
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
    slugHolders: async (slugs, at) => {
      const rows = await read<NamedPage & Named>(SLUG_HOLDERS, [JSON.stringify(slugs)], at, {});
      return new Map(rows.map(({ name, ...page }) => [name, page]));
    },
    titleHolders: async (keys, at) => {
      const params = [JSON.stringify(keys)];
      const rows = await read<NamedPage & Named & { pages: number }>(TITLE_HOLDERS, params, at, {});
      return new Map(
        rows.map(({ name, pages, ...page }): [string, TitleHolder] => [
          name,
          pages > 1 ? { kind: "several" } : { kind: pages === 1 ? "only" : "former", page },
        ]),
      );
    },
    pagesTitled: (key, range) => read<LinkedPage>(PAGES_TITLED, [...limitsOf(range), key], range?.at),
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
