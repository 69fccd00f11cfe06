import type { Projection, SqlViewStore, Statement, TableName } from "@palimpsest/eventsourcing";
import type { PAGE_EVENTS } from "../page-events.ts";
import type { RecentChangesView } from "../recent-changes.ts";
import { CHANGE_COLUMNS, recentChangesProjectionOn, recentChangesViewOn } from "../recent-changes-sql.ts";

// Times are texts here, for they are only shown.
const CREATE_CHANGES = (table: TableName) => `
  CREATE TABLE ${table("changes")} (
    position bigint PRIMARY KEY,
    page_id text NOT NULL,
    version integer NOT NULL,
    kind text NOT NULL,
    title text,
    slug text,
    at text NOT NULL,
    user_id text,
    summary text,
    size_delta integer NOT NULL,
    save_id text NOT NULL,
    merged_base integer,
    merged_current integer,
    first_version integer,
    last_version integer
  )`;

const CREATE_PAGES = (table: TableName) => `
  CREATE TABLE ${table("pages")} (page_id text PRIMARY KEY, title text NOT NULL, slug text NOT NULL)`;

// One statement for all changes of a section, of which there can be thousands.
const PUT_CHANGES = (table: TableName) => `
  INSERT INTO ${table("changes")} (${CHANGE_COLUMNS})
  SELECT (c ->> 0)::bigint, c ->> 1, (c ->> 2)::integer, c ->> 3, c ->> 4, c ->> 5, c ->> 6, c ->> 7, c ->> 8,
    (c ->> 9)::integer, c ->> 10, (c ->> 11)::integer, (c ->> 12)::integer, (c ->> 13)::integer, (c ->> 14)::integer
  FROM jsonb_array_elements($1::jsonb) AS c`;

const PUT_NAMES = (table: TableName) => `
  INSERT INTO ${table("pages")} AS pages (page_id, title, slug)
  SELECT name ->> 0, coalesce(name ->> 1, ''), coalesce(name ->> 2, '')
  FROM jsonb_array_elements($1::jsonb) AS name
  ON CONFLICT (page_id) DO UPDATE SET
    title = coalesce(nullif(excluded.title, ''), pages.title),
    slug = coalesce(nullif(excluded.slug, ''), pages.slug)`;

/** Keeps every change of a page, in order. */
export function recentChangesProjection(): Projection<typeof PAGE_EVENTS, Statement> {
  return recentChangesProjectionOn({ CREATE_CHANGES, CREATE_PAGES, PUT_CHANGES, PUT_NAMES });
}

/** Asks PostgreSQL. */
export function recentChangesView(store: SqlViewStore): RecentChangesView {
  // As an array, by which each version is looked up in the index; joined with a list, all of the page would be read.
  const versions = "ARRAY(SELECT value::int FROM jsonb_array_elements_text($2::jsonb))";
  return recentChangesViewOn(store, `version = ANY (${versions})`);
}
