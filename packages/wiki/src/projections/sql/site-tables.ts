import type { Statement, TableName } from "@palimpsest/eventsourcing";
import { FOREVER } from "../page-events.ts";
import type { SiteChanges } from "../site.ts";
import type { Dialect } from "./dialect.ts";
import { createNumbers, pageNumber, put, putNumbers } from "./numbers.ts";

/** All tables of the view. The last three are empty between batches. */
export const SITE_TABLES = [
  "page_numbers",
  "slug_numbers",
  "pages",
  "slugs",
  "links",
  "archived",
  "orphans",
  "wanted",
  "changed_slugs",
  "changed_links",
  "changed_pages",
  "orphan_changes",
  "wanted_changes",
];

/** The other slug of a link that has only one. Numbers of slugs start at 1. */
export const NO_SLUG = 0;

// Numbers replace ids and slugs, since most rows have one of each. Most queries read the current rows, whose share of
// all rows shrinks, so the keys separate them by `until`.
export const createSiteTables = (table: TableName, dialect: Dialect): readonly string[] => {
  const { orderedText: text, bigint, uuid, tableOptions, keyedTableOptions } = dialect;
  const interval = `since ${bigint} NOT NULL, until ${bigint} NOT NULL`;
  const create = (name: string, columns: string, options = keyedTableOptions) =>
    `CREATE TABLE ${table(name)} (${columns})${options}`;
  const index = (name: string, on: string, columns: string) =>
    `CREATE INDEX ${table(name)} ON ${table(on)} (${columns})`;
  return [
    createNumbers(table, dialect, { name: "page_numbers", column: "id", type: uuid }),
    createNumbers(table, dialect, { name: "slug_numbers", column: "slug", type: text }),
    create(
      "pages",
      `page_number ${bigint} NOT NULL, slug_number ${bigint} NOT NULL, title ${text} NOT NULL,
       archived ${bigint} NOT NULL, ${interval}, PRIMARY KEY (page_number, until)`,
    ),
    create(
      "slugs",
      `slug_number ${bigint} NOT NULL, page_number ${bigint} NOT NULL, ${interval}, PRIMARY KEY (slug_number, until)`,
    ),
    index("slugs_by_page", "slugs", "page_number, until, slug_number"),
    create(
      "links",
      `page_number ${bigint} NOT NULL, slug_number ${bigint} NOT NULL, other_number ${bigint} NOT NULL,
       ${interval}, PRIMARY KEY (page_number, slug_number, other_number, until)`,
    ),
    index("links_by_slug", "links", "slug_number, until, page_number, other_number, since"),
    `${index("links_by_other", "links", "other_number, until, page_number, slug_number, since")}
     WHERE other_number > ${NO_SLUG}`,
    create(
      "archived",
      `page_number ${bigint} PRIMARY KEY, position ${bigint} NOT NULL, at ${text} NOT NULL, user_id ${uuid}`,
      tableOptions,
    ),
    index("archived_by_position", "archived", "position"),
    create(
      "orphans",
      `page_number ${bigint} NOT NULL, title ${text} NOT NULL, ${interval}, PRIMARY KEY (page_number, until)`,
    ),
    index("orphans_by_title", "orphans", "until, title, page_number, since"),
    create(
      "wanted",
      `slug_number ${bigint} NOT NULL, slug ${text} NOT NULL, count ${bigint} NOT NULL, ${interval},
       PRIMARY KEY (slug_number, until)`,
    ),
    index("wanted_by_count", "wanted", "until, count DESC, slug, since"),
    create("changed_slugs", `slug_number ${bigint} NOT NULL, position ${bigint} NOT NULL`, tableOptions),
    create(
      "changed_links",
      `page_number ${bigint} NOT NULL, slug_number ${bigint} NOT NULL, other_number ${bigint} NOT NULL,
       position ${bigint} NOT NULL`,
      tableOptions,
    ),
    create("changed_pages", `page_number ${bigint} NOT NULL, position ${bigint} NOT NULL`, tableOptions),
    create(
      "orphan_changes",
      `page_number ${bigint} NOT NULL, title ${text}, position ${bigint} NOT NULL, until ${bigint} NOT NULL`,
      tableOptions,
    ),
    create(
      "wanted_changes",
      `slug_number ${bigint} NOT NULL, count ${bigint} NOT NULL, position ${bigint} NOT NULL, until ${bigint} NOT NULL`,
      tableOptions,
    ),
  ];
};

/** The SQL of a value in a row of a batch. */
type Column = (value: string) => string;

/** Returns the statements that store the rows of pages, slugs and links. Each takes the rows of a whole batch as JSON. */
export function rowStatements(
  table: TableName,
  dialect: Dialect,
  changes: SiteChanges,
): readonly Statement[] {
  const { itemsOf, uuidOf } = dialect;
  const items = itemsOf("$1");
  const page: Column = (value) => pageNumber(table, dialect, value);
  const slug: Column = (value) => slugNumber(table, value);
  const otherSlug: Column = (value) => `coalesce(${slugNumber(table, value)}, ${NO_SLUG})`;
  const text: Column = (value) => value;
  const integer: Column = (value) => `CAST(${value} AS bigint)`;
  const fieldOf = (column: Column, index: number) => column(`(item.value ->> ${index})`);
  const end = (name: string, key: Readonly<Record<string, Column>>, rows: readonly unknown[]) => {
    const columns = Object.entries(key);
    const conditions = columns.map(([name, column], index) => `stored.${name} = ${fieldOf(column, index)}`);
    return put(
      `UPDATE ${table(name)} AS stored SET until = ${fieldOf(integer, columns.length)} FROM ${items}
       WHERE ${conditions.join(" AND ")} AND stored.until = ${FOREVER}`,
      rows,
    );
  };
  const insert = (name: string, columns: Readonly<Record<string, Column>>, rows: readonly unknown[]) =>
    put(
      `INSERT INTO ${table(name)} (${Object.keys(columns).join(", ")})
       SELECT ${Object.values(columns).map(fieldOf).join(", ")} FROM ${items}`,
      rows,
    );
  const interval = { since: integer, until: integer };
  const link = { page_number: page, slug_number: slug, other_number: otherSlug };
  return [
    putNumbers(table, dialect, { name: "page_numbers", column: "id", sqlOf: uuidOf }, changes.pageIds),
    putNumbers(table, dialect, { name: "slug_numbers", column: "slug", sqlOf: text }, changes.slugTexts),
    end("pages", { page_number: page }, changes.endedPages),
    end("slugs", { slug_number: slug }, changes.endedSlugs),
    end("links", link, changes.endedLinks),
    insert(
      "pages",
      { page_number: page, slug_number: slug, title: text, archived: integer, ...interval },
      changes.pages,
    ),
    insert("slugs", { slug_number: slug, page_number: page, ...interval }, changes.slugs),
    insert("links", { ...link, ...interval }, changes.links),
    put(
      `DELETE FROM ${table("archived")}
       WHERE page_number IN (SELECT ${page("(item.value ->> 0)")} FROM ${items})`,
      changes.toggled.map((id) => [id]),
    ),
    insert("archived", { page_number: page, position: integer, at: text, user_id: uuidOf }, changes.archived),
  ].flat();
}

export function slugNumber(table: TableName, slug: string): string {
  return `(SELECT number FROM ${table("slug_numbers")} AS numbered WHERE numbered.slug = ${slug})`;
}

/** Returns the condition that a row with this alias holds at a position. */
export function holdsAt(position: string): (alias: string) => string {
  return (alias) => `${alias}.until > ${position} AND ${alias}.since <= ${position}`;
}

/** Returns the number of the page that a slug leads to, or null. */
export function targetOf(table: TableName, slugNumber: string, holds: (alias: string) => string): string {
  return `(SELECT holder.page_number FROM ${table("slugs")} AS holder
    JOIN ${table("pages")} AS named ON named.page_number = holder.page_number
    WHERE holder.slug_number = ${slugNumber} AND ${holds("holder")} AND ${holds("named")} AND named.archived = 0)`;
}
