import { type Projection, projection, type Statement, type TableName } from "@palimpsest/eventsourcing";
import { PAGE_EVENTS } from "../page-events.ts";
import { namedPages, RECENT_CHANGES, storedChange } from "../recent-changes.ts";

export { recentChangesView } from "../recent-changes-sql.ts";

// Times are texts here, for they are only shown.
const CREATE_CHANGES = (table: TableName) => `
  CREATE TABLE ${table("changes")} (
    position bigint PRIMARY KEY,
    page_id text NOT NULL,
    version integer NOT NULL,
    kind text NOT NULL,
    at text NOT NULL,
    user_id text,
    summary text,
    size_delta integer NOT NULL
  )`;

const CREATE_PAGES = (table: TableName) => `
  CREATE TABLE ${table("pages")} (page_id text PRIMARY KEY, title text NOT NULL, slug text NOT NULL)`;

// One statement for all changes of a section, of which there can be thousands.
const PUT_CHANGES = (table: TableName) => `
  INSERT INTO ${table("changes")} (position, page_id, version, kind, at, user_id, summary, size_delta)
  SELECT position, "pageId", version, kind, at, "userId", summary, "sizeDelta"
  FROM jsonb_to_recordset($1::jsonb) AS change (
    position bigint, "pageId" text, version integer, kind text, at text, "userId" text, summary text,
    "sizeDelta" integer
  )`;

const PUT_NAMES = (table: TableName) => `
  INSERT INTO ${table("pages")} AS pages (page_id, title, slug)
  SELECT "pageId", coalesce(title, ''), coalesce(slug, '')
  FROM jsonb_to_recordset($1::jsonb) AS page ("pageId" text, title text, slug text)
  ON CONFLICT (page_id) DO UPDATE SET
    title = coalesce(nullif(excluded.title, ''), pages.title),
    slug = coalesce(nullif(excluded.slug, ''), pages.slug)`;

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
