/** Orphans and wanted pages: rows that hold for an interval of positions, computed from the rows of pages and links. */
import type { Statement, TableName } from "@palimpsest/eventsourcing";
import { FOREVER } from "../page-events.ts";
import type { SiteChanges } from "../site.ts";
import type { Dialect } from "./dialect.ts";
import { pageNumber, put } from "./numbers.ts";
import { holdsAt, NO_SLUG, slugNumber, targetOf } from "./site-tables.ts";

/**
 * Returns the statements that update orphans and wanted pages after `rowStatements`. They check only pages and slugs
 * whose state can have changed. An event that changes where a slug leads costs as much as the slug has links, any other
 * event as much as it changes links.
 */
export function statusStatements(
  table: TableName,
  dialect: Dialect,
  changes: SiteChanges,
): readonly Statement[] {
  const { itemsOf } = dialect;
  const page = pageNumber(table, dialect, "(item.value ->> 0)");
  const position = "CAST(item.value ->> 1 AS bigint)";
  const filled = [
    put(
      `INSERT INTO ${table("changed_slugs")} (slug_number, position)
       SELECT ${slugNumber(table, "(item.value ->> 0)")}, ${position} FROM ${itemsOf("$1")}`,
      changes.slugs.map(([slug, , since]) => [slug, since]),
    ),
    put(
      `INSERT INTO ${table("changed_slugs")} (slug_number, position)
       SELECT slugs.slug_number, ${position} FROM ${itemsOf("$1")}
         JOIN ${table("slugs")} AS slugs ON slugs.page_number = ${page} AND ${holdsAt(position)("slugs")}`,
      changes.toggles,
    ),
    put(
      `INSERT INTO ${table("changed_links")} (page_number, slug_number, other_number, position)
       SELECT ${page}, number, coalesce(${slugNumber(table, "(item.value ->> 2)")}, ${NO_SLUG}),
         CAST(item.value ->> 3 AS bigint)
       FROM ${itemsOf("$1")} JOIN ${table("slug_numbers")} ON slug = (item.value ->> 1)`,
      changes.changedLinks,
    ),
    put(
      `INSERT INTO ${table("changed_pages")} (page_number, position) SELECT ${page}, ${position} FROM ${itemsOf("$1")}`,
      changes.pages.map(([id, , , , since]) => [id, since]),
    ),
  ].flat();
  const hasChangedTargets = changes.slugs.length + changes.toggles.length + changes.changedLinks.length > 0;
  const work = [
    ...(hasChangedTargets ? [CHANGED_TARGETS(table), WANTED_CHANGES(table)] : []),
    ORPHAN_CHANGES(table),
    ...APPLIED(table, "orphan_changes", "orphans", "page_number"),
    `INSERT INTO ${table("orphans")} (page_number, title, since, until)
     SELECT page_number, title, position, until FROM ${table("orphan_changes")} WHERE title IS NOT NULL`,
    ...APPLIED(table, "wanted_changes", "wanted", "slug_number"),
    `INSERT INTO ${table("wanted")} (slug_number, slug, count, since, until)
     SELECT slug_number, slug, count, position, until FROM ${table("wanted_changes")}
       JOIN ${table("slug_numbers")} ON number = slug_number
     WHERE count > 0`,
    ...["changed_slugs", "changed_links", "changed_pages", "orphan_changes", "wanted_changes"].map(
      (name) => `DELETE FROM ${table(name)}`,
    ),
  ];
  return filled.length === 0 ? [] : [...filled, ...work.map((sql) => ({ sql }))];
}

// The plus keeps SQLite from reading all current rows in an index that begins with `until`.
/** Ends the stored rows at their first change. */
const APPLIED = (table: TableName, changes: string, stored: string, key: string): readonly string[] => [
  `UPDATE ${table(stored)} AS stored SET until = changed.position
   FROM (SELECT ${key}, min(position) AS position FROM ${table(changes)} GROUP BY ${key}) AS changed
   WHERE stored.${key} = changed.${key} AND +stored.until = ${FOREVER}`,
];

/** The pages that changed links lead to, and those that changed slugs lead to before or after the change. */
const CHANGED_TARGETS = (table: TableName) => {
  const target = (slug: string, position: string) => targetOf(table, slug, holdsAt(position));
  return `
  INSERT INTO ${table("changed_pages")} (page_number, position)
  SELECT page_number, position FROM (
    SELECT coalesce(${target("changed.slug_number", "changed.position")},
      ${target("changed.other_number", "changed.position")}) AS page_number, changed.position
    FROM ${table("changed_links")} AS changed
    UNION
    SELECT slugs.page_number, changed.position FROM ${table("changed_slugs")} AS changed
      JOIN ${table("slugs")} AS slugs ON slugs.slug_number = changed.slug_number
        AND slugs.until >= changed.position AND slugs.since <= changed.position
    UNION
    SELECT ${target("other_number", "position")}, position FROM (
      SELECT DISTINCT links.other_number, changed.position FROM ${table("changed_slugs")} AS changed
        JOIN ${table("links")} AS links
          ON links.slug_number = changed.slug_number AND ${holdsAt("changed.position")("links")}
      WHERE links.other_number > ${NO_SLUG}
    ) AS others
  ) AS targets WHERE page_number IS NOT NULL`;
};

/** The title of a page while it is an orphan, otherwise null. Only rows that differ from the one before are stored. */
const ORPHAN_CHANGES = (table: TableName) => {
  const holds = holdsAt("changed.position");
  // A slug that the page holds leads to it, because the page is not archived.
  const linking = (slug: "slug_number" | "other_number", condition: string) => `
    EXISTS (
      SELECT 1 FROM ${table("slugs")} AS slugs JOIN ${table("links")} AS links ON links.${slug} = slugs.slug_number
      WHERE slugs.page_number = changed.page_number AND ${holds("slugs")} AND ${holds("links")}
        AND links.page_number <> changed.page_number AND ${condition})`;
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
          AND NOT ${linking("slug_number", "TRUE")}
          AND NOT ${linking("other_number", `links.other_number > ${NO_SLUG} AND ${targetOf(table, "links.slug_number", holds)} IS NULL`)}
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
 * The number of pages with a link to a slug that leads to no page. Counts all links again after a slug of them has
 * changed; otherwise adds the difference that an event makes.
 */
const WANTED_CHANGES = (table: TableName) => {
  const target = (slug: string, position: string) => targetOf(table, slug, holdsAt(position));
  const unresolved = (position: string, until = "links.until") => `
    links.slug_number = changed.slug_number AND ${until} > ${position} AND links.since <= ${position}
    AND (links.other_number = ${NO_SLUG} OR ${target("links.other_number", position)} IS NULL)`;
  // The plus makes SQLite find the links by page, since a slug can have many more.
  const isUnresolved = (position: string) => `
    CASE WHEN ${target("changed.slug_number", position)} IS NULL AND EXISTS (
      SELECT 1 FROM ${table("links")} AS links
      WHERE links.page_number = changed.page_number AND ${unresolved(position, "+links.until")}
    ) THEN 1 ELSE 0 END`;
  return `
  INSERT INTO ${table("wanted_changes")} (slug_number, count, position, until)
  WITH recounted AS (
    SELECT slug_number, position FROM ${table("changed_slugs")}
    UNION
    SELECT links.slug_number, changed.position FROM ${table("changed_slugs")} AS changed
      JOIN ${table("links")} AS links
        ON links.other_number = changed.slug_number AND links.other_number > ${NO_SLUG}
          AND ${holdsAt("changed.position")("links")}
  ), counted AS (
    SELECT slug_number, position, 1 AS is_count, CASE
      WHEN ${target("changed.slug_number", "changed.position")} IS NOT NULL THEN 0
      ELSE (SELECT count(DISTINCT links.page_number) FROM ${table("links")} AS links
        WHERE ${unresolved("changed.position")}) END AS number
    FROM recounted AS changed
    UNION ALL
    SELECT slug_number, position, 0, ${isUnresolved("changed.position")} - ${isUnresolved("(changed.position - 1)")}
    FROM (SELECT DISTINCT page_number, slug_number, position FROM ${table("changed_links")}) AS changed
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
