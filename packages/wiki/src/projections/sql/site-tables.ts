import type { Statement, TableName } from "@palimpsest/eventsourcing";
import type { LinkNames } from "../../content/wiki-links.ts";
import { FOREVER } from "../page-events.ts";
import { keyOf, type SiteChanges } from "../site.ts";
import type { Dialect } from "./dialect.ts";
import { createNumbers, pageNumber, put, putNumbers } from "./numbers.ts";

/** The tables that are empty between batches. */
export const BATCH_TABLES = [
  "changed_names",
  "changed_links",
  "changed_pages",
  "target_changes",
  "orphan_changes",
  "wanted_changes",
];

export const SITE_TABLES = [
  "page_numbers",
  "text_numbers",
  "link_names",
  "pages",
  "slugs",
  "links",
  "targets",
  "archived",
  "orphans",
  "wanted",
  ...BATCH_TABLES,
];

/** The number of the other slug or the title of a link that has none. Numbers of texts start at 1. */
const NO_TEXT = 0;

/** The number of the page in `targets` if several pages have the title of a link. Numbers of pages start at 1. */
export const SEVERAL_PAGES = 0;

// Numbers replace ids, slugs and title keys, since most rows have some of each. Most queries read the current rows, whose share of
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
    createNumbers(table, dialect, { name: "text_numbers", column: "text", type: text }),
    create(
      "link_names",
      `number ${bigint} PRIMARY KEY, name ${text} NOT NULL UNIQUE, slug_number ${bigint} NOT NULL,
       other_number ${bigint} NOT NULL, title_number ${bigint} NOT NULL, since ${bigint} NOT NULL`,
      tableOptions,
    ),
    index("link_names_by_slug", "link_names", "slug_number"),
    `${index("link_names_by_other", "link_names", "other_number")} WHERE other_number > ${NO_TEXT}`,
    `${index("link_names_by_title", "link_names", "title_number")} WHERE title_number > ${NO_TEXT}`,
    create(
      "pages",
      `page_number ${bigint} NOT NULL, slug_number ${bigint} NOT NULL, title ${text} NOT NULL,
       title_number ${bigint} NOT NULL, archived ${bigint} NOT NULL, ${interval}, PRIMARY KEY (page_number, until)`,
    ),
    index("pages_by_title", "pages", "title_number, archived, until, page_number, since"),
    create(
      "slugs",
      `slug_number ${bigint} NOT NULL, page_number ${bigint} NOT NULL, ${interval}, PRIMARY KEY (slug_number, until)`,
    ),
    index("slugs_by_page", "slugs", "page_number, until, slug_number"),
    create(
      "links",
      `page_number ${bigint} NOT NULL, name_number ${bigint} NOT NULL, ${interval},
       PRIMARY KEY (page_number, name_number, until)`,
    ),
    index("links_by_name", "links", "name_number, until, page_number, since"),
    create(
      "targets",
      `name_number ${bigint} NOT NULL, page_number ${bigint} NOT NULL, ${interval}, PRIMARY KEY (name_number, until)`,
    ),
    index("targets_by_page", "targets", "page_number, until, name_number, since"),
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
    create("changed_names", `name_number ${bigint} NOT NULL, position ${bigint} NOT NULL`, tableOptions),
    create(
      "changed_links",
      `page_number ${bigint} NOT NULL, name_number ${bigint} NOT NULL, position ${bigint} NOT NULL`,
      tableOptions,
    ),
    create("changed_pages", `page_number ${bigint} NOT NULL, position ${bigint} NOT NULL`, tableOptions),
    create(
      "target_changes",
      `name_number ${bigint} NOT NULL, page_number ${bigint}, page_before ${bigint}, position ${bigint} NOT NULL,
       until ${bigint} NOT NULL`,
      tableOptions,
    ),
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

/** Returns the statements that store the rows of pages, slugs and links. Each takes the rows of a whole batch as JSON. */
export function rowStatements(
  table: TableName,
  dialect: Dialect,
  changes: SiteChanges,
): readonly Statement[] {
  const { itemsOf, uuidOf } = dialect;
  const items = itemsOf("$1");
  const page = pageNumber(table, dialect, field(0));
  const text = (index: number) => textNumber(table, field(index));
  const end = (
    name: string,
    key: Readonly<Record<string, string>>,
    until: string,
    rows: readonly unknown[],
  ) => {
    const conditions = Object.entries(key).map(([column, value]) => `stored.${column} = ${value}`);
    return put(
      `UPDATE ${table(name)} AS stored SET until = ${until} FROM ${items}
       WHERE ${conditions.join(" AND ")} AND stored.until = ${FOREVER}`,
      rows,
    );
  };
  const insert = (name: string, columns: Readonly<Record<string, string>>, rows: readonly unknown[]) =>
    put(
      `INSERT INTO ${table(name)} (${Object.keys(columns).join(", ")})
       SELECT ${Object.values(columns).join(", ")} FROM ${items}`,
      rows,
    );
  const interval = (since: number) => ({ since: integer(since), until: integer(since + 1) });
  const link = { page_number: page, name_number: nameNumber(table, field(1)) };
  return [
    putNumbers(table, dialect, { name: "page_numbers", column: "id", sqlOf: uuidOf }, changes.pageIds),
    putNumbers(table, dialect, { name: "text_numbers", column: "text", sqlOf: (one) => one }, changes.texts),
    putLinkNames(table, dialect, changes.linkNames),
    end("pages", { page_number: page }, integer(1), changes.endedPages),
    end("slugs", { slug_number: text(0) }, integer(1), changes.endedSlugs),
    end("links", link, integer(2), changes.endedLinks.map(withKey)),
    insert(
      "pages",
      {
        page_number: page,
        slug_number: text(1),
        title: field(2),
        title_number: text(3),
        archived: integer(4),
        ...interval(5),
      },
      changes.pages,
    ),
    insert(
      "slugs",
      { slug_number: text(0), page_number: pageNumber(table, dialect, field(1)), ...interval(2) },
      changes.slugs,
    ),
    insert("links", { ...link, ...interval(2) }, changes.links.map(withKey)),
    put(
      `DELETE FROM ${table("archived")} WHERE page_number IN (SELECT ${page} FROM ${items})`,
      changes.toggled.map((id) => [id]),
    ),
    insert(
      "archived",
      { page_number: page, position: integer(1), at: field(2), user_id: uuidOf(field(3)) },
      changes.archived,
    ),
  ].flat();
}

/** Numbers the names of links as `putNumbers` does, and stores the position of the first link with each. */
function putLinkNames(
  table: TableName,
  { itemsOf }: Dialect,
  names: SiteChanges["linkNames"],
): readonly Statement[] {
  const text = (index: number) => `coalesce(${textNumber(table, field(index))}, ${NO_TEXT})`;
  return put(
    `INSERT INTO ${table("link_names")} (number, name, slug_number, other_number, title_number, since)
     SELECT (SELECT coalesce(max(number), 0) FROM ${table("link_names")}) + row_number() OVER (ORDER BY ${integer(5)}),
       ${field(0)}, ${text(1)}, ${text(2)}, ${text(3)}, ${integer(4)}
     FROM ${itemsOf("$1")} WHERE ${nameNumber(table, field(0))} IS NULL`,
    names.map(([slug, otherSlug, title, position], index) => {
      const names = [slug, otherSlug, title] as const;
      return [keyOf(names), ...names, position, index];
    }),
  );
}

/** Replaces the names in a row of a link by their key. */
export function withKey([pageId, slug, otherSlug, title, since, until]: readonly [
  pageId: string,
  ...names: LinkNames,
  since: number,
  until?: number,
]): readonly unknown[] {
  return [pageId, keyOf([slug, otherSlug, title]), since, until];
}

/** Returns the SQL of a text in a row of a batch. */
export function field(index: number): string {
  return `(item.value ->> ${index})`;
}

/** Returns the SQL of a number in a row of a batch. */
export function integer(index: number): string {
  return `CAST(item.value ->> ${index} AS bigint)`;
}

/** Returns the number of a slug or title key. */
export function textNumber(table: TableName, text: string): string {
  return `(SELECT number FROM ${table("text_numbers")} AS numbered WHERE numbered.text = ${text})`;
}

/** Returns the number of the names of a link with a key. */
export function nameNumber(table: TableName, key: string): string {
  return `(SELECT number FROM ${table("link_names")} AS named WHERE named.name = ${key})`;
}

/** Returns the condition that a row with this alias holds at a position. */
export function holdsAt(position: string): (alias: string) => string {
  return (alias) => `${alias}.until > ${position} AND ${alias}.since <= ${position}`;
}
