import {
  type Projection,
  projection,
  type SqlValue,
  type SqlViewStore,
  type Statement,
  type TableName,
} from "@palimpsest/eventsourcing";
import { PAGE_EVENTS } from "./page-events.ts";
import {
  type Change,
  type ChangeRange,
  changeRow,
  nameRows,
  RECENT_CHANGES,
  RECENT_CHANGES_VERSION,
  type RecentChangesView,
  type VersionEdit,
} from "./recent-changes.ts";

/** The columns of a change, in the order in which its row has them. */
export const CHANGE_COLUMNS = `position, page_id, version, kind, title, slug, at, user_id, summary, size_delta,
  save_id, merged_base, merged_current, first_version, last_version`;

/** What SQLite and PostgreSQL say differently. `PUT_` statements take the rows of a whole section as JSON. */
interface Dialect {
  readonly CREATE_CHANGES: (table: TableName) => string;
  readonly CREATE_PAGES: (table: TableName) => string;
  readonly PUT_CHANGES: (table: TableName) => string;
  readonly PUT_NAMES: (table: TableName) => string;
}

/** Keeps every change of a page, in order. */
export function recentChangesProjectionOn(sql: Dialect): Projection<typeof PAGE_EVENTS, Statement> {
  return projection({
    name: RECENT_CHANGES,
    version: RECENT_CHANGES_VERSION,
    handles: PAGE_EVENTS,
    tables: ["changes", "pages"],
    create: (table) => [
      { sql: sql.CREATE_CHANGES(table) },
      { sql: sql.CREATE_PAGES(table) },
      ...CREATE_CHANGE_INDEXES(table),
    ],
    project: (events, table) => {
      const changes = events.map(changeRow);
      return [
        { sql: sql.PUT_CHANGES(table), params: [JSON.stringify(changes)] },
        { sql: sql.PUT_NAMES(table), params: [JSON.stringify(nameRows(changes))] },
      ];
    },
  });
}

/** Each ends in what changes are ordered by; within a page that is the version as well as the position. */
const CREATE_CHANGE_INDEXES = (table: TableName): readonly Statement[] =>
  [
    ["changes_by_page", "page_id, version"],
    ["changes_by_user", "user_id, position"],
    ["changes_by_kind", "kind, position"],
    ["changes_by_user_and_kind", "user_id, kind, position"],
  ].map(([name = "", columns]) => ({
    sql: `CREATE INDEX ${table(name)} ON ${table("changes")} (${columns})`,
  }));

/** As stored: each is `null`, or both are numbers. */
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
  // A page has fewer changes than a person or a kind: then no index of these is to be taken.
  require(pageId === undefined ? "user_id" : "coalesce(user_id, '')", userId);
  require(pageId === undefined ? "kind" : "coalesce(kind, '')", kind);
  // Versions of a page ascend with positions. Where `before` is a change of the page, as when one reads on, the index
  // leads straight to it.
  if (pageId !== undefined) {
    conditions.push(`version < coalesce(
      (SELECT version FROM ${table("changes")} WHERE position = $1 AND page_id = $3), ${Number.MAX_SAFE_INTEGER})`);
  }
  return {
    sql: `
      SELECT changes.*, pages.title AS page_title, pages.slug AS page_slug
      FROM (
        SELECT ${CHANGE_COLUMNS} FROM ${table("changes")} WHERE ${conditions.join(" AND ")}
        ORDER BY ${pageId === undefined ? "position" : "version"} DESC LIMIT $2
      ) AS changes LEFT JOIN ${table("pages")} AS pages ON pages.page_id = changes.page_id
      ORDER BY position DESC`,
    params,
  };
}

/** Asks SQLite or PostgreSQL; `isListed` says of a version whether it is in the list that is the parameter $2, as JSON. */
export function recentChangesViewOn(store: SqlViewStore, isListed: string): RecentChangesView {
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
              WHERE page_id = $1 AND ${isListed} ORDER BY version`,
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
