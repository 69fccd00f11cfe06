/** Where the names of links lead: rows that hold for an interval of positions, computed from the names of pages. */
import type { Statement, TableName } from "@palimpsest/eventsourcing";
import { FOREVER } from "../page-events.ts";
import { keyOf, type SiteChanges } from "../site.ts";
import type { Dialect } from "./dialect.ts";
import { pageNumber, put } from "./numbers.ts";
import { field, holdsAt, integer, SEVERAL_PAGES, textNumber } from "./site-tables.ts";

/**
 * Returns the statements that update `targets` after `rowStatements`, and store what changed in `target_changes`. They
 * check only the names of links with a slug or title that an event gave to a page or took from it, and new names.
 */
export function targetStatements(
  table: TableName,
  dialect: Dialect,
  changes: SiteChanges,
): readonly Statement[] {
  const items = dialect.itemsOf("$1");
  /** Inserts the names of links with one of the texts in the rows of `changed (number, position)`. */
  const insertNames = (changed: string, columns: readonly string[], rows: readonly unknown[]) =>
    columns.flatMap((column) =>
      put(
        `INSERT INTO ${table("changed_names")} (name_number, position)
         SELECT names.number, changed.position FROM (${changed}) AS changed
           JOIN ${table("link_names")} AS names ON names.${column} = changed.number AND names.${column} > 0
         WHERE names.since <= changed.position`,
        rows,
      ),
    );
  const changedText = `SELECT ${textNumber(table, field(0))} AS number, ${integer(1)} AS position FROM ${items}`;
  const toggled = `SELECT ${pageNumber(table, dialect, field(0))} AS page_number, ${integer(1)} AS position FROM ${items}`;
  const textsOfPages = (name: string, column: string) => `
    SELECT DISTINCT held.${column} AS number, toggled.position FROM (${toggled}) AS toggled
      JOIN ${table(name)} AS held ON held.page_number = toggled.page_number AND held.since <= toggled.position`;
  const filled = [
    insertNames(changedText, SLUG_COLUMNS, changes.changedSlugs),
    insertNames(changedText, TITLE_COLUMNS, changes.changedTitles),
    // A page that is archived or unarchived changes where all names that it had last lead.
    insertNames(textsOfPages("slugs", "slug_number"), SLUG_COLUMNS, changes.toggles),
    insertNames(textsOfPages("pages", "title_number"), TITLE_COLUMNS, changes.toggles),
    put(
      `INSERT INTO ${table("changed_names")} (name_number, position)
       SELECT names.number, names.since FROM ${items} JOIN ${table("link_names")} AS names
         ON names.name = ${field(0)} AND names.since = ${integer(1)}`,
      changes.linkNames.map(([slug, otherSlug, title, since]) => [keyOf([slug, otherSlug, title]), since]),
    ),
  ].flat();
  const work = [
    TARGET_CHANGES(table),
    ...endStored(table, "target_changes", "targets", "name_number"),
    `INSERT INTO ${table("targets")} (name_number, page_number, since, until)
     SELECT name_number, page_number, position, until FROM ${table("target_changes")} WHERE page_number IS NOT NULL`,
  ];
  return filled.length === 0 ? [] : [...filled, ...work.map((sql) => ({ sql }))];
}

const SLUG_COLUMNS = ["slug_number", "other_number"];
const TITLE_COLUMNS = ["title_number"];

// The plus keeps SQLite from reading all current rows in an index that begins with `until`.
/** Returns the statements that end stored rows at their first change. */
export function endStored(table: TableName, changes: string, stored: string, key: string): readonly string[] {
  return [
    `UPDATE ${table(stored)} AS stored SET until = changed.position
     FROM (SELECT ${key}, min(position) AS position FROM ${table(changes)} GROUP BY ${key}) AS changed
     WHERE stored.${key} = changed.${key} AND +stored.until = ${FOREVER}`,
  ];
}

/** The pages that names lead to from a position on, if they differ from those before. */
const TARGET_CHANGES = (table: TableName) => `
  INSERT INTO ${table("target_changes")} (name_number, page_number, page_before, position, until)
  SELECT name_number, page_number, page_before, position,
    lead(position, 1, ${FOREVER}) OVER (PARTITION BY name_number ORDER BY position)
  FROM (
    SELECT name_number, position, page_number,
      lag(page_number, 1, stored) OVER (PARTITION BY name_number ORDER BY position) AS page_before
    FROM (
      SELECT names.number AS name_number, changed.position, ${targetOf(table, "names", "changed.position")} AS page_number, (
        SELECT targets.page_number FROM ${table("targets")} AS targets
        WHERE targets.name_number = names.number AND targets.until = ${FOREVER}
      ) AS stored
      FROM (SELECT DISTINCT name_number, position FROM ${table("changed_names")}) AS changed
        JOIN ${table("link_names")} AS names ON names.number = changed.name_number
    ) AS checked
  ) AS compared
  WHERE page_number IS DISTINCT FROM page_before`;

/**
 * Returns the number of the page that the names of a link lead to, `SEVERAL_PAGES` or null. Follows the order of
 * `linkTarget` in `content/link-target.ts`.
 */
function targetOf(table: TableName, names: string, position: string): string {
  const holds = holdsAt(position);
  return `(SELECT candidate.page_number FROM (
    SELECT named.page_number, CASE
      WHEN holder.slug_number = ${names}.slug_number THEN CASE named.slug_number WHEN holder.slug_number THEN 1 ELSE 4 END
      ELSE CASE named.slug_number WHEN holder.slug_number THEN 3 ELSE 5 END END AS choice
    FROM ${table("slugs")} AS holder JOIN ${table("pages")} AS named ON named.page_number = holder.page_number
    WHERE holder.slug_number IN (${names}.slug_number, ${names}.other_number)
      AND ${holds("holder")} AND ${holds("named")} AND named.archived = 0
    UNION ALL
    SELECT CASE pages WHEN 1 THEN page_number ELSE ${SEVERAL_PAGES} END, CASE pages WHEN 1 THEN 2 ELSE 6 END
    FROM (
      SELECT min(page_number) AS page_number, count(*) AS pages FROM (
        SELECT titled.page_number FROM ${table("pages")} AS titled
        WHERE titled.title_number = ${names}.title_number AND titled.archived = 0 AND ${holds("titled")} LIMIT 2
      ) AS two
    ) AS counted WHERE pages > 0
    UNION ALL
    SELECT named.page_number, 7 FROM (
      SELECT former.page_number FROM ${table("pages")} AS former
      WHERE former.title_number = ${names}.title_number AND former.archived = 0 AND former.until <= ${position}
      ORDER BY former.until DESC LIMIT 1
    ) AS last JOIN ${table("pages")} AS named ON named.page_number = last.page_number
    WHERE ${holds("named")} AND named.archived = 0
  ) AS candidate ORDER BY choice LIMIT 1)`;
}
