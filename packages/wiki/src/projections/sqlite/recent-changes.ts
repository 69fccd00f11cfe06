import { type Projection, projection, type Statement, type TableName } from "@palimpsest/eventsourcing";
import { PAGE_EVENTS } from "../page-events.ts";
import { namedPages, RECENT_CHANGES, storedChange } from "../recent-changes.ts";

export { recentChangesView } from "../recent-changes-sql.ts";

const CREATE_CHANGES = (table: TableName) => `
  CREATE TABLE ${table("changes")} (
    position INTEGER PRIMARY KEY,
    page_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL,
    at TEXT NOT NULL,
    user_id TEXT,
    summary TEXT,
    size_delta INTEGER NOT NULL
  ) STRICT`;

const CREATE_PAGES = (table: TableName) => `
  CREATE TABLE ${table("pages")} (page_id TEXT PRIMARY KEY, title TEXT NOT NULL, slug TEXT NOT NULL)
  STRICT, WITHOUT ROWID`;

// One statement for all changes of a section, of which there can be thousands.
const PUT_CHANGES = (table: TableName) => `
  INSERT INTO ${table("changes")} (position, page_id, version, kind, at, user_id, summary, size_delta)
  SELECT value ->> 'position', value ->> 'pageId', value ->> 'version', value ->> 'kind', value ->> 'at',
    value ->> 'userId', value ->> 'summary', value ->> 'sizeDelta'
  FROM json_each($1)`;

const PUT_NAMES = (table: TableName) => `
  INSERT INTO ${table("pages")} (page_id, title, slug)
  SELECT value ->> 'pageId', coalesce(value ->> 'title', ''), coalesce(value ->> 'slug', '') FROM json_each($1)
  WHERE TRUE
  ON CONFLICT (page_id) DO UPDATE SET
    title = coalesce(nullif(excluded.title, ''), title), slug = coalesce(nullif(excluded.slug, ''), slug)`;

/** Keeps every change of a page, in order. */
export function recentChangesProjection(): Projection<typeof PAGE_EVENTS, Statement> {
  return projection({
    name: RECENT_CHANGES,
    version: 1,
    handles: PAGE_EVENTS,
    tables: ["changes", "pages"],
    create: (table) => [{ sql: CREATE_CHANGES(table) }, { sql: CREATE_PAGES(table) }],
    project: (events, table) => [
      { sql: PUT_CHANGES(table), params: [JSON.stringify(events.map(storedChange))] },
      { sql: PUT_NAMES(table), params: [JSON.stringify(namedPages(events))] },
    ],
  });
}
