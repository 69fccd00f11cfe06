/** Orphans and wanted pages: rows that hold for an interval of positions, computed from pages, links and their targets. */
import type { Statement, TableName } from "@palimpsest/eventsourcing";
import { FOREVER } from "../page-events.ts";
import type { SiteChanges } from "../site.ts";
import type { Dialect } from "./dialect.ts";
import { pageNumber, put } from "./numbers.ts";
import { BATCH_TABLES, field, holdsAt, integer, nameNumber, SEVERAL_PAGES, withKey } from "./site-tables.ts";
import { endStored } from "./site-targets.ts";

/**
 * Returns the statements that update orphans and wanted pages after `targetStatements`. They check only pages and slugs
 * whose state can have changed. An event that changes where names lead costs as much as these names have links, any other
 * event as much as it changes links.
 */
export function statusStatements(
  table: TableName,
  dialect: Dialect,
  changes: SiteChanges,
): readonly Statement[] {
  const items = dialect.itemsOf("$1");
  const page = pageNumber(table, dialect, field(0));
  const filled = [
    put(
      `INSERT INTO ${table("changed_links")} (page_number, name_number, position)
       SELECT ${page}, ${nameNumber(table, field(1))}, ${integer(2)} FROM ${items}`,
      changes.changedLinks.map(withKey),
    ),
    put(
      `INSERT INTO ${table("changed_pages")} (page_number, position) SELECT ${page}, ${integer(1)} FROM ${items}`,
      changes.pages.map(([id, , , , , since]) => [id, since]),
    ),
  ].flat();
  const work = [
    CHANGED_TARGETS(table),
    WANTED_CHANGES(table, dialect),
    ORPHAN_CHANGES(table),
    ...endStored(table, "orphan_changes", "orphans", "page_number"),
    `INSERT INTO ${table("orphans")} (page_number, title, since, until)
     SELECT page_number, title, position, until FROM ${table("orphan_changes")} WHERE title IS NOT NULL`,
    ...endStored(table, "wanted_changes", "wanted", "slug_number"),
    `INSERT INTO ${table("wanted")} (slug_number, slug, count, since, until)
     SELECT slug_number, text, count, position, until FROM ${table("wanted_changes")}
       JOIN ${table("text_numbers")} ON number = slug_number
     WHERE count > 0`,
    ...BATCH_TABLES.map((name) => `DELETE FROM ${table(name)}`),
  ];
  return filled.length === 0 ? [] : [...filled, ...work.map((sql) => ({ sql }))];
}

/** The pages that changed links lead to, and those that changed names lead to before or after the change. */
const CHANGED_TARGETS = (table: TableName) => `
  INSERT INTO ${table("changed_pages")} (page_number, position)
  SELECT page_number, position FROM (
    SELECT targets.page_number, changed.position FROM ${table("changed_links")} AS changed
      JOIN ${table("targets")} AS targets
        ON targets.name_number = changed.name_number AND ${holdsAt("changed.position")("targets")}
    UNION
    SELECT page_number, position FROM ${table("target_changes")}
    UNION
    SELECT page_before, position FROM ${table("target_changes")}
  ) AS targets WHERE page_number > ${SEVERAL_PAGES}`;

/** The title of a page while it is an orphan, otherwise null. Only rows that differ from the one before are stored. */
const ORPHAN_CHANGES = (table: TableName) => {
  const holds = holdsAt("changed.position");
  return `
  INSERT INTO ${table("orphan_changes")} (page_number, title, position, until)
  SELECT page_number, title, position,
    lead(position, 1, ${FOREVER}) OVER (PARTITION BY page_number ORDER BY position)
  FROM (
    SELECT page_number, position, title,
      lag(title, 1, stored) OVER (PARTITION BY page_number ORDER BY position) AS before
    FROM (
      SELECT changed.page_number, changed.position, (
        SELECT pages.title FROM ${table("pages")} AS pages
        WHERE pages.page_number = changed.page_number AND ${holds("pages")} AND pages.archived = 0
          AND NOT EXISTS (
            SELECT 1 FROM ${table("targets")} AS targets
              JOIN ${table("links")} AS links ON links.name_number = targets.name_number
            WHERE targets.page_number = changed.page_number AND ${holds("targets")} AND ${holds("links")}
              AND links.page_number <> changed.page_number)
      ) AS title, (
        SELECT orphans.title FROM ${table("orphans")} AS orphans
        WHERE orphans.page_number = changed.page_number AND orphans.until = ${FOREVER}
      ) AS stored
      FROM (SELECT DISTINCT page_number, position FROM ${table("changed_pages")}) AS changed
    ) AS checked
  ) AS compared
  WHERE title IS DISTINCT FROM before`;
};

/**
 * The number of pages with a link to a slug that leads to no page. Counts all links again after a name with that slug
 * begins or ceases to lead to a page; otherwise adds the difference that an event makes.
 */
const WANTED_CHANGES = (table: TableName, { isOneOf }: Dialect) => {
  const names = `SELECT names.number FROM ${table("link_names")} AS names WHERE names.slug_number = changed.slug_number`;
  const unresolvedLinks = (position: string) => `
    FROM ${table("links")} AS links
    WHERE ${isOneOf("links.name_number", names)} AND ${holdsAt(position)("links")} AND (
      SELECT targets.page_number FROM ${table("targets")} AS targets
      WHERE targets.name_number = links.name_number AND ${holdsAt(position)("targets")}) IS NULL`;
  const isUnresolved = (position: string) => `
    CASE WHEN EXISTS (SELECT 1 ${unresolvedLinks(position)} AND links.page_number = changed.page_number) THEN 1 ELSE 0 END`;
  return `
  INSERT INTO ${table("wanted_changes")} (slug_number, count, position, until)
  WITH recounted AS (
    SELECT DISTINCT names.slug_number, changed.position FROM ${table("target_changes")} AS changed
      JOIN ${table("link_names")} AS names ON names.number = changed.name_number
    WHERE (changed.page_number IS NULL) <> (changed.page_before IS NULL)
  ), counted AS (
    SELECT slug_number, position, 1 AS is_count,
      (SELECT count(DISTINCT links.page_number) ${unresolvedLinks("changed.position")}) AS number
    FROM recounted AS changed
    UNION ALL
    SELECT slug_number, position, 0, ${isUnresolved("changed.position")} - ${isUnresolved("(changed.position - 1)")}
    FROM (
      SELECT DISTINCT links.page_number, names.slug_number, links.position FROM ${table("changed_links")} AS links
        JOIN ${table("link_names")} AS names ON names.number = links.name_number
    ) AS changed
    WHERE NOT EXISTS (
      SELECT 1 FROM recounted
      WHERE recounted.slug_number = changed.slug_number AND recounted.position = changed.position)
  ), grouped AS (
    SELECT counted.*, sum(is_count) OVER (PARTITION BY slug_number ORDER BY position) AS counts, coalesce((
      SELECT wanted.count FROM ${table("wanted")} AS wanted
      WHERE wanted.slug_number = counted.slug_number AND wanted.until = ${FOREVER}), 0) AS stored
    FROM counted
  ), summed AS (
    SELECT slug_number, position, stored, CAST(
      sum(number) OVER (PARTITION BY slug_number, counts ORDER BY position)
      + CASE counts WHEN 0 THEN stored ELSE 0 END AS bigint) AS count
    FROM grouped
  ), compared AS (
    SELECT slug_number, position, count,
      lag(count, 1, stored) OVER (PARTITION BY slug_number ORDER BY position) AS before
    FROM summed
  )
  SELECT slug_number, count, position,
    lead(position, 1, ${FOREVER}) OVER (PARTITION BY slug_number ORDER BY position)
  FROM compared WHERE count <> before`;
};
