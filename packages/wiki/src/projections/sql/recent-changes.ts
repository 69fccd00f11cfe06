import {
  type Projection,
  projection,
  type SqlValue,
  type SqlViewStore,
  type Statement,
  type TableName,
} from "@palimpsest/eventsourcing";
import { PAGE_EVENTS } from "../page-events.ts";
import {
  type Change,
  type ChangeRange,
  changeRow,
  nameRows,
  RECENT_CHANGES,
  RECENT_CHANGES_VERSION,
  type RecentChangesView,
  type VersionEdit,
} from "../recent-changes.ts";
import type { Dialect } from "./dialect.ts";

const CREATE_CHANGES = (table: TableName, { bigint, tableOptions }: Dialect) => `
  CREATE TABLE ${table("changes")} (
    position ${bigint} PRIMARY KEY,
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
  )${tableOptions}`;

/** The columns in the order of `ChangeRow`. */
const CHANGE_COLUMNS = [
  "position",
  "page_id",
  "version",
  "kind",
  "title",
  "slug",
  "at",
  "user_id",
  "summary",
  "size_delta",
  "save_id",
  "merged_base",
  "merged_current",
  "first_version",
  "last_version",
];
const NUMBERS = new Set([
  "position",
  "version",
  "size_delta",
  "merged_base",
  "merged_current",
  "first_version",
  "last_version",
]);

/** The latest title and slug of each page. */
const CREATE_PAGES = (table: TableName, { keyedTableOptions }: Dialect) => `
  CREATE TABLE ${table("pages")} (
    page_id text PRIMARY KEY, title text NOT NULL, slug text NOT NULL
  )${keyedTableOptions}`;

/** Each index ends in the order of the changes. Within a page, that is the version as well as the position. */
const CREATE_CHANGE_INDEXES = (table: TableName): readonly string[] =>
  [
    ["changes_by_page", "page_id, version"],
    ["changes_by_user", "user_id, position"],
    ["changes_by_kind", "kind, position"],
    ["changes_by_user_and_kind", "user_id, kind, position"],
  ].map(([name = "", columns]) => `CREATE INDEX ${table(name)} ON ${table("changes")} (${columns})`);

// One statement stores all changes of a batch, which can be thousands.
const PUT_CHANGES = (table: TableName, { itemsOf }: Dialect) => `
  INSERT INTO ${table("changes")} (${CHANGE_COLUMNS.join(", ")})
  SELECT ${CHANGE_COLUMNS.map((column, index) => {
    const value = `item.value ->> ${index}`;
    return NUMBERS.has(column) ? `CAST(${value} AS bigint)` : value;
  }).join(", ")} FROM ${itemsOf("$1")}`;

// Without WHERE, SQLite would parse ON CONFLICT as the condition of a join.
const PUT_PAGES = (table: TableName, { itemsOf }: Dialect) => `
  INSERT INTO ${table("pages")} AS pages (page_id, title, slug)
  SELECT item.value ->> 0, coalesce(item.value ->> 1, ''), coalesce(item.value ->> 2, '') FROM ${itemsOf("$1")} WHERE TRUE
  ON CONFLICT (page_id) DO UPDATE SET
    title = coalesce(nullif(excluded.title, ''), pages.title),
    slug = coalesce(nullif(excluded.slug, ''), pages.slug)`;

/** Stores every change of every page. */
export function recentChangesProjection(dialect: Dialect): Projection<typeof PAGE_EVENTS, Statement> {
  return projection({
    name: RECENT_CHANGES,
    version: RECENT_CHANGES_VERSION,
    handles: PAGE_EVENTS,
    tables: ["changes", "pages"],
    create: (table) =>
      [CREATE_CHANGES(table, dialect), CREATE_PAGES(table, dialect), ...CREATE_CHANGE_INDEXES(table)].map(
        (sql) => ({ sql }),
      ),
    project: (events, table) => {
      const changes = events.map(changeRow);
      return [
        { sql: PUT_CHANGES(table, dialect), params: [JSON.stringify(changes)] },
        { sql: PUT_PAGES(table, dialect), params: [JSON.stringify(nameRows(changes))] },
      ];
    },
  });
}

interface StoredRow {
  readonly position: number;
  readonly page_id: string;
  readonly version: number;
  readonly kind: Change["kind"];
  readonly title: string | null;
  readonly slug: string | null;
  readonly at: string;
  readonly user_id: string | null;
  readonly summary: string | null;
  readonly size_delta: number;
  readonly save_id: string;
  readonly merged_base: number | null;
  readonly merged_current: number | null;
  readonly first_version: number | null;
  readonly last_version: number | null;
  readonly page_title: string | null;
  readonly page_slug: string | null;
}

function selectChanges(table: TableName, range: ChangeRange): Statement {
  const { before = Number.MAX_SAFE_INTEGER, limit = 50, pageId, userId, kind } = range;
  const params: SqlValue[] = [before, limit];
  const conditions = ["position < $1"];
  const require = (column: string, value: string | undefined) => {
    if (value !== undefined) conditions.push(`${column} = $${params.push(value)}`);
  };
  require("page_id", pageId);
  // A page has fewer changes than a user or a kind, so `coalesce` keeps the database from using their indexes.
  require(pageId === undefined ? "user_id" : "coalesce(user_id, '')", userId);
  require(pageId === undefined ? "kind" : "coalesce(kind, '')", kind);
  // Versions of a page ascend with positions. If `before` is a change of the page, the index finds its version.
  if (pageId !== undefined) {
    conditions.push(`version < coalesce(
      (SELECT version FROM ${table("changes")} WHERE position = $1 AND page_id = $3), ${Number.MAX_SAFE_INTEGER})`);
  }
  return {
    sql: `
      SELECT changes.*, pages.title AS page_title, pages.slug AS page_slug
      FROM (
        SELECT ${CHANGE_COLUMNS.join(", ")} FROM ${table("changes")} WHERE ${conditions.join(" AND ")}
        ORDER BY ${pageId === undefined ? "position" : "version"} DESC LIMIT $2
      ) AS changes LEFT JOIN ${table("pages")} AS pages ON pages.page_id = changes.page_id
      ORDER BY position DESC`,
    params,
  };
}

export function recentChangesView({ isNumberIn }: Dialect, store: SqlViewStore): RecentChangesView {
  return {
    recentChanges: async (range = {}) => {
      const rows = await store.read<StoredRow>(RECENT_CHANGES, (table) => selectChanges(table, range));
      return rows.map(changeOf);
    },
    editsOf: async (pageId, versions) => {
      const rows = await store.read<Pick<StoredRow, "version" | "user_id" | "at">>(
        RECENT_CHANGES,
        (table) => ({
          sql: `SELECT version, user_id, at FROM ${table("changes")}
              WHERE page_id = $1 AND ${isNumberIn("version", "$2")} ORDER BY version`,
          params: [pageId, JSON.stringify(versions)],
        }),
      );
      return rows.map(
        ({ version, user_id, at }): VersionEdit => ({ version, userId: user_id, at: new Date(at) }),
      );
    },
  };
}

function changeOf(row: StoredRow): Change {
  const { position, version, kind, title, slug, summary, merged_base, merged_current } = row;
  return {
    position,
    pageId: row.page_id,
    version,
    kind,
    title,
    slug,
    at: new Date(row.at),
    userId: row.user_id,
    summary,
    sizeDelta: row.size_delta,
    saveId: row.save_id,
    merged:
      merged_base === null || merged_current === null ? null : { base: merged_base, current: merged_current },
    of:
      row.first_version === null || row.last_version === null
        ? null
        : { first: row.first_version, last: row.last_version },
    page: { title: row.page_title ?? "", slug: row.page_slug ?? "" },
  };
}
