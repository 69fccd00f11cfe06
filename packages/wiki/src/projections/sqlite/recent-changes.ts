import type { Projection, SqlViewStore, Statement, TableName } from "@palimpsest/eventsourcing";
import type { PAGE_EVENTS } from "../page-events.ts";
import type { RecentChangesView } from "../recent-changes.ts";
import { CHANGE_COLUMNS, recentChangesProjectionOn, recentChangesViewOn } from "../recent-changes-sql.ts";

const CREATE_CHANGES = (table: TableName) => `
  CREATE TABLE ${table("changes")} (
    position INTEGER PRIMARY KEY,
    page_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL,
    title TEXT,
    slug TEXT,
    at TEXT NOT NULL,
    user_id TEXT,
    summary TEXT,
    size_delta INTEGER NOT NULL,
    save_id TEXT NOT NULL,
    merged_base INTEGER,
    merged_current INTEGER,
    first_version INTEGER,
    last_version INTEGER
  ) STRICT`;

const CREATE_PAGES = (table: TableName) => `
  CREATE TABLE ${table("pages")} (page_id TEXT PRIMARY KEY, title TEXT NOT NULL, slug TEXT NOT NULL)
  STRICT, WITHOUT ROWID`;

// One statement for all changes of a section, of which there can be thousands.
const PUT_CHANGES = (table: TableName) => `
  INSERT INTO ${table("changes")} (${CHANGE_COLUMNS})
  SELECT ${Array.from({ length: 15 }, (_, index) => `value ->> ${index}`).join(", ")} FROM json_each($1)`;

// "WHERE TRUE" tells SQLite that ON CONFLICT is no join.
const PUT_NAMES = (table: TableName) => `
  INSERT INTO ${table("pages")} (page_id, title, slug)
  SELECT value ->> 0, coalesce(value ->> 1, ''), coalesce(value ->> 2, '') FROM json_each($1) WHERE TRUE
  ON CONFLICT (page_id) DO UPDATE SET
    title = coalesce(nullif(excluded.title, ''), title), slug = coalesce(nullif(excluded.slug, ''), slug)`;

/** Keeps every change of a page, in order. */
export function recentChangesProjection(): Projection<typeof PAGE_EVENTS, Statement> {
  return recentChangesProjectionOn({ CREATE_CHANGES, CREATE_PAGES, PUT_CHANGES, PUT_NAMES });
}

/** Asks SQLite. */
export function recentChangesView(store: SqlViewStore): RecentChangesView {
  return recentChangesViewOn(store, "version IN (SELECT value FROM json_each($2))");
}
