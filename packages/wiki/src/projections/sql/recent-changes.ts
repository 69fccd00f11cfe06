import {
  type Projection,
  projection,
  type ReadOptions,
  type SqlValue,
  type SqlViewStore,
  type Statement,
  type TableName,
} from "@palimpsest/eventsourcing";
import { CHANGE_KINDS, isUuid } from "../page-change.ts";
import { PAGE_EVENTS } from "../page-events.ts";
import {
  type Change,
  type ChangeRange,
  changeRow,
  FILE_NAME_SEPARATOR,
  nameRows,
  RECENT_CHANGES,
  RECENT_CHANGES_VERSION,
  type RecentChangesView,
  type VersionEdit,
} from "../recent-changes.ts";
import type { Dialect } from "./dialect.ts";
import { createNumbers, pageNumber, put, putNumbers } from "./numbers.ts";

const CREATE_CHANGES = (table: TableName, { bigint, uuid, keyedTableOptions }: Dialect) => `
  CREATE TABLE ${table("changes")} (
    position ${bigint} PRIMARY KEY,
    page_number ${bigint} NOT NULL,
    version integer NOT NULL,
    kind integer NOT NULL,
    title text,
    slug text,
    at ${bigint} NOT NULL,
    user_number ${bigint} NOT NULL,
    summary text,
    size_delta integer NOT NULL,
    save_id ${uuid} NOT NULL,
    merged_base integer,
    merged_current integer,
    first_version integer,
    last_version integer,
    files text
  )${keyedTableOptions}`;

/** The number of the user of a change without one. Numbers start at 1. */
const NO_USER = 0;

/** The columns in the order of `ChangeRow`. */
const CHANGE_COLUMNS = [
  "position",
  "page_number",
  "version",
  "kind",
  "title",
  "slug",
  "at",
  "user_number",
  "summary",
  "size_delta",
  "save_id",
  "merged_base",
  "merged_current",
  "first_version",
  "last_version",
  "files",
];
const TEXTS = new Set(["title", "slug", "summary", "files"]);

/** The latest title and slug of each page. */
const CREATE_PAGES = (table: TableName, { bigint, keyedTableOptions }: Dialect) => `
  CREATE TABLE ${table("pages")} (
    page_number ${bigint} PRIMARY KEY, title text NOT NULL, slug text NOT NULL
  )${keyedTableOptions}`;

/** Each index ends in the order of the changes. Within a page, that is the version as well as the position. */
const CREATE_CHANGE_INDEXES = (table: TableName): readonly string[] =>
  [
    ["changes_by_page", "page_number, version"],
    ["changes_by_user", "user_number, position"],
    ["changes_by_kind", "kind, position"],
    ["changes_by_user_and_kind", "user_number, kind, position"],
  ].map(([name = "", columns]) => `CREATE INDEX ${table(name)} ON ${table("changes")} (${columns})`);

// One statement stores all changes of a batch, which can be thousands.
const PUT_CHANGES = (table: TableName, dialect: Dialect) => `
  INSERT INTO ${table("changes")} (${CHANGE_COLUMNS.join(", ")})
  SELECT ${CHANGE_COLUMNS.map((column, index) => {
    const value = `(item.value ->> ${index})`;
    if (column === "page_number") return pageNumber(table, dialect, value);
    if (column === "user_number") return `coalesce(${userNumber(table, dialect, value)}, ${NO_USER})`;
    if (column === "save_id") return dialect.uuidOf(value);
    return TEXTS.has(column) ? value : `CAST(${value} AS bigint)`;
  }).join(", ")} FROM ${dialect.itemsOf("$1")}`;

const userNumber = (table: TableName, { uuidOf }: Dialect, id: string) =>
  `(SELECT number FROM ${table("user_numbers")} WHERE id = ${uuidOf(id)})`;

// Without WHERE, SQLite would parse ON CONFLICT as the condition of a join.
const PUT_PAGES = (table: TableName, dialect: Dialect) => `
  INSERT INTO ${table("pages")} AS pages (page_number, title, slug)
  SELECT ${pageNumber(table, dialect, "(item.value ->> 0)")},
    coalesce(item.value ->> 1, ''), coalesce(item.value ->> 2, '')
  FROM ${dialect.itemsOf("$1")} WHERE TRUE
  ON CONFLICT (page_number) DO UPDATE SET
    title = coalesce(nullif(excluded.title, ''), pages.title),
    slug = coalesce(nullif(excluded.slug, ''), pages.slug)`;

const PAGE_NUMBERS = { name: "page_numbers", column: "id" };
const USER_NUMBERS = { name: "user_numbers", column: "id" };
const USER_ID = 7;

function distinct(ids: readonly string[]): readonly string[] {
  return [...new Set(ids)];
}

/** Stores every change of every page. */
export function recentChangesProjection(dialect: Dialect): Projection<typeof PAGE_EVENTS, Statement> {
  return projection({
    name: RECENT_CHANGES,
    version: RECENT_CHANGES_VERSION,
    handles: PAGE_EVENTS,
    tables: ["page_numbers", "user_numbers", "changes", "pages"],
    create: (table) =>
      [
        createNumbers(table, dialect, { ...PAGE_NUMBERS, type: dialect.uuid }),
        createNumbers(table, dialect, { ...USER_NUMBERS, type: dialect.uuid }),
        CREATE_CHANGES(table, dialect),
        CREATE_PAGES(table, dialect),
        ...CREATE_CHANGE_INDEXES(table),
      ].map((sql) => ({ sql })),
    project: (events, table) => {
      const changes = events.map(changeRow);
      const { uuidOf: sqlOf } = dialect;
      const userIds = changes.flatMap((change) => change[USER_ID] ?? []);
      return [
        ...putNumbers(table, dialect, { ...PAGE_NUMBERS, sqlOf }, distinct(changes.map(([, id]) => id))),
        ...putNumbers(table, dialect, { ...USER_NUMBERS, sqlOf }, distinct(userIds)),
        ...put(PUT_CHANGES(table, dialect), changes),
        ...put(PUT_PAGES(table, dialect), nameRows(changes)),
      ];
    },
  });
}

interface StoredRow {
  readonly position: number;
  readonly page_id: string;
  readonly version: number;
  readonly kind: number;
  readonly title: string | null;
  readonly slug: string | null;
  readonly at: number;
  readonly user_id: string | null;
  readonly summary: string | null;
  readonly size_delta: number;
  readonly save_id: string;
  readonly merged_base: number | null;
  readonly merged_current: number | null;
  readonly first_version: number | null;
  readonly last_version: number | null;
  readonly files: string | null;
  readonly page_title: string | null;
  readonly page_slug: string | null;
}

function selectChanges(table: TableName, dialect: Dialect, range: ChangeRange): Statement {
  const { before = Number.MAX_SAFE_INTEGER, limit = 50, pageId, userId, kind } = range;
  const { uuidText } = dialect;
  const params: SqlValue[] = [before, limit];
  const conditions = ["position < $1"];
  const parameter = (value: SqlValue) => `$${params.push(value)}`;
  if (pageId !== undefined) {
    const page = pageNumber(table, dialect, parameter(pageId));
    // Versions of a page ascend with positions. If `before` is a change of the page, the index finds its version.
    conditions.push(
      `page_number = ${page}`,
      `version < coalesce((
        SELECT version FROM ${table("changes")} WHERE position = $1 AND page_number = ${page}
      ), ${Number.MAX_SAFE_INTEGER})`,
    );
  }
  // A page has fewer changes than a user or a kind, so `coalesce` keeps the database from using their indexes.
  const columnOf = (column: string) => (pageId === undefined ? column : `coalesce(${column}, -1)`);
  if (userId !== undefined)
    conditions.push(`${columnOf("user_number")} = ${userNumber(table, dialect, parameter(userId))}`);
  if (kind !== undefined)
    conditions.push(`${columnOf("kind")} = CAST(${parameter(CHANGE_KINDS.indexOf(kind))} AS bigint)`);
  return {
    sql: `
      SELECT changes.*, pages.title AS page_title, pages.slug AS page_slug,
        (SELECT ${uuidText("id")} FROM ${table("page_numbers")} WHERE number = changes.page_number) AS page_id,
        (SELECT ${uuidText("id")} FROM ${table("user_numbers")} WHERE number = changes.user_number) AS user_id,
        ${uuidText("save_id")} AS save_id
      FROM (
        SELECT ${CHANGE_COLUMNS.join(", ")} FROM ${table("changes")} WHERE ${conditions.join(" AND ")}
        ORDER BY ${pageId === undefined ? "position" : "version"} DESC LIMIT $2 + 0
      ) AS changes LEFT JOIN ${table("pages")} AS pages ON pages.page_number = changes.page_number
      ORDER BY position DESC`,
    params,
  };
}

/** May read all changes of a page: on SQLite in a thread. */
const FILTERED_PAGE: ReadOptions = { timeoutMs: 3_000 };

export function recentChangesView(dialect: Dialect, store: SqlViewStore): RecentChangesView {
  const { isNumberIn, uuidText } = dialect;
  return {
    recentChanges: async (range = {}) => {
      const ids = [range.pageId, range.userId].filter((id) => id !== undefined);
      if (!ids.every(isUuid)) return [];
      const isFiltered = range.pageId !== undefined && (range.userId ?? range.kind) !== undefined;
      const rows = await store.read<StoredRow>(
        RECENT_CHANGES,
        (table) => selectChanges(table, dialect, range),
        isFiltered ? FILTERED_PAGE : {},
      );
      return rows.map(changeOf);
    },
    editsOf: async (pageId, versions) => {
      if (!isUuid(pageId)) return [];
      const rows = await store.read<Pick<StoredRow, "version" | "user_id" | "at">>(
        RECENT_CHANGES,
        (table) => ({
          sql: `SELECT version, at, (
                SELECT ${uuidText("id")} FROM ${table("user_numbers")} WHERE number = user_number) AS user_id
              FROM ${table("changes")}
              WHERE page_number = ${pageNumber(table, dialect, "$1")} AND ${isNumberIn("version", "$2")} ORDER BY version`,
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
  const { position, version, title, slug, summary, merged_base, merged_current } = row;
  return {
    position,
    pageId: row.page_id,
    version,
    kind: CHANGE_KINDS[row.kind] ?? "created",
    title,
    slug,
    files: row.files?.split(FILE_NAME_SEPARATOR) ?? null,
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
