import { existsSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { DatabaseRefusedError, RecorderError } from "@palimpsest/eventsourcing";
import { openDatabase } from "@palimpsest/eventsourcing/sqlite";
import SqliteDatabase, { type Database } from "better-sqlite3";
import type { DraftTable } from "../draft-table.ts";

/** How long a call waits for a database that others write. */
const BUSY_TIMEOUT_MS = 30_000;
/** How much of it in one go, in which this thread does nothing else: as long as the events' writer takes for a batch. */
const BLOCKING_TIMEOUT_MS = 20;
const PAUSE_MS = 50;

const CREATE = `
  CREATE TABLE IF NOT EXISTS drafts (
    user_id TEXT NOT NULL,
    page_id TEXT NOT NULL, -- empty for a page that is not there yet
    draft_id TEXT NOT NULL DEFAULT '', -- empty for the one that was kept without
    saved_at INTEGER NOT NULL, -- milliseconds since 1970, UTC
    fields BLOB NOT NULL, -- JSON
    body BLOB NOT NULL, -- UTF-16LE
    UNIQUE (user_id, page_id, draft_id)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS drafts_by_person ON drafts (user_id, saved_at)`;

/** Of a table in which a person had one draft per page, and no id for it. */
const CREATE_ANEW = `
  ALTER TABLE drafts RENAME TO earlier_drafts;
  DROP INDEX drafts_by_person;
  ${CREATE};
  INSERT INTO drafts (user_id, page_id, saved_at, fields, body)
    SELECT user_id, page_id, saved_at, fields, body FROM earlier_drafts ORDER BY rowid;
  DROP TABLE earlier_drafts`;

interface Row {
  readonly pageId: string;
  readonly draftId: string;
  readonly savedAt: number;
  readonly fields: Buffer;
  readonly body: Buffer;
}

/** Keeps the drafts in the file of the events, in a table of their own. See `openDrafts`. */
export async function sqliteDraftTable(path: string): Promise<DraftTable> {
  if (!existsSync(path))
    throw new DatabaseRefusedError(path, "it is not there; opening the record of events makes it.");
  const connection = openDatabase(path, { fileMustExist: true, timeout: BLOCKING_TIMEOUT_MS });
  try {
    await whenFree("The drafts cannot be opened", () => prepare(connection));
    return tableOn(connection);
  } catch (error) {
    connection.close();
    throw error;
  }
}

function prepare(connection: Database): void {
  connection.exec("PRAGMA journal_mode = WAL");
  // Without waiting for the disk: a power cut takes the drafts of the last moments, and damages nothing.
  connection.exec("PRAGMA synchronous = NORMAL");
  // In pages, instead of 1,000: copying them into the file waits for the disk, which the events' writer should do.
  connection.exec("PRAGMA wal_autocheckpoint = 4000");
  // Asked first, since making a table takes the lock even if it is there.
  if (shapeOf(connection) === "present") return;
  connection
    .transaction(() => {
      const shape = shapeOf(connection);
      if (shape !== "present") connection.exec(shape === "earlier" ? CREATE_ANEW : CREATE);
    })
    .immediate();
}

function shapeOf(connection: Database): "present" | "earlier" | "none" {
  const columns = connection.prepare("SELECT name FROM pragma_table_info('drafts')").pluck().all();
  return columns.length === 0 ? "none" : columns.includes("draft_id") ? "present" : "earlier";
}

function tableOn(connection: Database): DraftTable {
  // What is replaced gets the highest rowid, and so stands after others of the same millisecond.
  const put = connection.prepare<Record<string, unknown>>(
    `INSERT OR REPLACE INTO drafts (user_id, page_id, draft_id, saved_at, fields, body)
     VALUES (@userId, @pageId, @draftId, @savedAt, @fields, @body)`,
  );
  const those = "user_id = @userId AND page_id = @pageId AND (@draftId IS NULL OR draft_id = @draftId)";
  const listed = "page_id AS pageId, draft_id AS draftId, saved_at AS savedAt, fields";
  const get = connection.prepare<object, Row>(
    `SELECT ${listed}, body FROM drafts WHERE ${those} ORDER BY saved_at DESC, rowid DESC LIMIT 1`,
  );
  const places = connection.prepare<[string], Omit<Row, "fields" | "body">>(
    "SELECT page_id AS pageId, draft_id AS draftId, saved_at AS savedAt FROM drafts WHERE user_id = ?",
  );
  const list = connection.prepare<[string, number], Omit<Row, "body">>(
    `SELECT ${listed} FROM drafts WHERE user_id = ? ORDER BY saved_at DESC, rowid DESC LIMIT ?`,
  );
  const remove = connection.prepare<object>(
    `DELETE FROM drafts WHERE ${those} AND (@savedAt IS NULL OR saved_at = @savedAt)`,
  );
  return {
    put: (key, row) =>
      whenFree("The draft was not stored", () => {
        const savedAt = Date.now();
        put.run({ ...key, ...row, savedAt });
        return new Date(savedAt);
      }),
    get: async (key, draftId) => {
      const row = await whenFree("The draft cannot be read", () =>
        get.get({ ...key, draftId: draftId ?? null }),
      );
      return row && { ...row, savedAt: new Date(row.savedAt) };
    },
    places: async (userId) => {
      const rows = await whenFree("The drafts cannot be read", () => places.all(userId));
      return rows.map((row) => ({ ...row, savedAt: new Date(row.savedAt) }));
    },
    list: async (userId, limit) => {
      const rows = await whenFree("The drafts cannot be read", () => list.all(userId, limit));
      return rows.map((row) => ({ ...row, savedAt: new Date(row.savedAt) }));
    },
    remove: async (key, draftId, savedAt) => {
      const which = { ...key, draftId: draftId ?? null, savedAt: savedAt?.getTime() ?? null };
      await whenFree("The draft was not removed", () => remove.run(which));
    },
    close: async () => {
      connection.close();
    },
  };
}

/** Does `work` when nobody else holds the lock it needs. @throws RecorderError — `failure` says what came of it */
async function whenFree<Result>(failure: string, work: () => Result): Promise<Result> {
  for (const deadline = Date.now() + BUSY_TIMEOUT_MS; ; await setTimeout(PAUSE_MS)) {
    try {
      return work();
    } catch (error) {
      const isBusy = error instanceof SqliteDatabase.SqliteError && error.code.startsWith("SQLITE_BUSY");
      if (!isBusy || Date.now() > deadline) throw new RecorderError(failure, error);
    }
  }
}
