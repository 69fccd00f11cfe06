import { type Dialect, type SqlDatabase, selectColumns, type Transaction } from "../database/sql-database.ts";
import type { DraftRow, DraftTexts, ListedRow } from "./draft-row.ts";

/** The drafts of a person for one page; `pageId` is empty for new pages, since a key cannot be null. */
export interface DraftsKey {
  readonly userId: string;
  readonly pageId: string;
}

/** `draftId` is empty for a draft without id. */
interface DraftKey extends DraftsKey {
  readonly draftId: string;
}

/** SQL that differs between the databases. */
interface DialectSql {
  readonly create: string;
  /** Upgrades the table of an earlier version, which had one draft for each page and no ids. */
  readonly addIds: string;
  /**
   * The time identifies a revision, so each of a person gets its own millisecond. Times that a wrong clock set more than
   * a second ahead do not count.
   */
  readonly put: string;
  /** `saved_at` in milliseconds since 1970. */
  readonly savedAtMs: string;
  readonly newestFirst: string;
}

const CREATE_IN_SQLITE = `
  CREATE TABLE drafts (
    user_id TEXT NOT NULL,
    page_id TEXT NOT NULL, -- empty for a new page
    draft_id TEXT NOT NULL DEFAULT '', -- empty for a draft without id
    saved_at INTEGER NOT NULL, -- milliseconds since 1970
    fields BLOB NOT NULL, -- JSON
    body BLOB NOT NULL, -- UTF-16LE
    UNIQUE (user_id, page_id, draft_id)
  ) STRICT;
  CREATE INDEX drafts_by_person ON drafts (user_id, saved_at);`;

const DIALECTS: Readonly<Record<Dialect, DialectSql>> = {
  sqlite: {
    create: CREATE_IN_SQLITE,
    addIds: `
      ALTER TABLE drafts RENAME TO earlier_drafts;
      DROP INDEX drafts_by_person;
      ${CREATE_IN_SQLITE}
      INSERT INTO drafts (user_id, page_id, saved_at, fields, body)
        SELECT user_id, page_id, saved_at, fields, body FROM earlier_drafts ORDER BY rowid;
      DROP TABLE earlier_drafts;`,
    // REPLACE gives the row the highest rowid, which orders drafts of the same millisecond.
    put: `
      INSERT OR REPLACE INTO drafts (user_id, page_id, draft_id, fields, body, saved_at)
      SELECT $1, $2, $3, $4, $5, coalesce(
        (SELECT max(saved_at) + 1 FROM drafts WHERE user_id = $1 AND saved_at BETWEEN now AND now + 1000), now
      )
      FROM (SELECT CAST(round(unixepoch('subsec') * 1000) AS INTEGER) AS now)`,
    savedAtMs: "saved_at",
    newestFirst: "saved_at DESC, rowid DESC",
  },
  postgres: {
    create: `
      CREATE TABLE drafts (
        user_id text NOT NULL,
        page_id text NOT NULL,
        draft_id text NOT NULL DEFAULT '',
        saved_at timestamptz NOT NULL,
        fields bytea NOT NULL,
        body bytea NOT NULL,
        PRIMARY KEY (user_id, page_id, draft_id)
      );
      CREATE INDEX drafts_by_person ON drafts (user_id, saved_at);`,
    addIds: `
      ALTER TABLE drafts
        ADD COLUMN draft_id text NOT NULL DEFAULT '',
        DROP CONSTRAINT drafts_pkey,
        ADD PRIMARY KEY (user_id, page_id, draft_id);`,
    put: `
      INSERT INTO drafts (user_id, page_id, draft_id, fields, body, saved_at)
      SELECT $1, $2, $3, $4, $5, coalesce(
        (
          SELECT max(saved_at) + interval '1 millisecond' FROM drafts
          WHERE user_id = $1 AND saved_at BETWEEN now - interval '1 millisecond' AND now + interval '1 second'
        ), now
      )
      FROM (SELECT clock_timestamp() AS now) AS clock
      ON CONFLICT (user_id, page_id, draft_id)
      DO UPDATE SET fields = excluded.fields, body = excluded.body, saved_at = excluded.saved_at`,
    savedAtMs: "CAST(floor(extract(epoch FROM saved_at) * 1000) AS bigint)",
    newestFirst: "saved_at DESC",
  },
};

type SqlRow<Row> = Omit<Row, "savedAt"> & {
  /** A text from PostgreSQL. */
  readonly savedAtMs: number | string;
};

/** The table of drafts. Every method is idempotent and throws `RecorderError`. */
export class DraftTable {
  readonly #database: SqlDatabase;
  readonly #sql: ReturnType<typeof statements>;

  private constructor(database: SqlDatabase) {
    this.#database = database;
    this.#sql = statements(DIALECTS[database.dialect]);
  }

  /** Creates the table if it does not exist. An existing one is not written, so that a standby can be read. */
  static async open(database: SqlDatabase): Promise<DraftTable> {
    const [text, values] = selectColumns(database.dialect, "drafts");
    const isCurrent = (columns: readonly { readonly name?: unknown }[]) =>
      columns.some(({ name }) => name === "draft_id");
    const columns = await database.query<{ readonly name: string }>(text, values);
    if (!isCurrent(columns)) {
      await database.transaction(function* (): Transaction<void> {
        // Another process may have been first.
        const columns = yield [text, values];
        const { create, addIds } = DIALECTS[database.dialect];
        if (!isCurrent(columns)) yield [columns.length === 0 ? create : addIds];
      });
    }
    return new DraftTable(database);
  }

  /** Stores or replaces a draft, and resolves to the time. */
  async put({ userId, pageId, draftId }: DraftKey, { fields, body }: DraftTexts): Promise<Date> {
    const values = [userId, pageId, draftId, fields, body];
    const [row] = await this.#database.query<SqlRow<{ savedAt: Date }>>(this.#sql.put, values);
    return timeOf(row?.savedAtMs);
  }

  /** Resolves to a draft of the page, the newest one without `draftId`. */
  async get({ userId, pageId }: DraftsKey, draftId?: string): Promise<DraftRow | undefined> {
    if (!canExist(pageId, draftId)) return undefined;
    const values = [userId, pageId, draftId ?? null];
    const [row] = await this.#database.query<SqlRow<DraftRow>>(this.#sql.get, values);
    return row && withTime(row);
  }

  /** Resolves to a person's drafts in any order, without texts. */
  async keys(userId: string): Promise<readonly Omit<ListedRow, "fields">[]> {
    const rows = await this.#database.query<SqlRow<Omit<ListedRow, "fields">>>(this.#sql.keys, [userId]);
    return rows.map(withTime);
  }

  /** Resolves to a person's drafts, newest first, without bodies. */
  async list(userId: string, limit: number): Promise<readonly ListedRow[]> {
    const rows = await this.#database.query<SqlRow<ListedRow>>(this.#sql.list, [userId, limit]);
    return rows.map(withTime);
  }

  /** Removes a draft unless it was stored at another time than `savedAt`; without `draftId`, all of the page. */
  async remove({ userId, pageId }: DraftsKey, draftId?: string, savedAt?: Date): Promise<void> {
    if (!canExist(pageId, draftId)) return;
    const values = [userId, pageId, draftId ?? null, savedAt?.getTime() ?? null];
    await this.#database.query(this.#sql.remove, values);
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}

/** PostgreSQL refuses NUL in texts. */
function canExist(pageId: string, draftId = ""): boolean {
  return !`${pageId}${draftId}`.includes("\0");
}

function statements({ put, savedAtMs, newestFirst }: DialectSql) {
  const isMatch = "user_id = $1 AND page_id = $2 AND (CAST($3 AS text) IS NULL OR draft_id = $3)";
  const key = `page_id AS "pageId", draft_id AS "draftId", ${savedAtMs} AS "savedAtMs"`;
  return {
    put: `${put} RETURNING ${savedAtMs} AS "savedAtMs"`,
    get: `SELECT ${key}, fields, body FROM drafts WHERE ${isMatch} ORDER BY ${newestFirst} LIMIT 1`,
    keys: `SELECT ${key} FROM drafts WHERE user_id = $1`,
    list: `SELECT ${key}, fields FROM drafts WHERE user_id = $1 ORDER BY ${newestFirst} LIMIT $2`,
    remove: `
      DELETE FROM drafts
      WHERE ${isMatch} AND (CAST($4 AS bigint) IS NULL OR ${savedAtMs} = CAST($4 AS bigint))`,
  };
}

function withTime<Row extends { readonly savedAtMs: number | string }>({ savedAtMs, ...row }: Row) {
  return { ...row, savedAt: timeOf(savedAtMs) };
}

function timeOf(savedAtMs: number | string | undefined): Date {
  return new Date(Number(savedAtMs));
}
