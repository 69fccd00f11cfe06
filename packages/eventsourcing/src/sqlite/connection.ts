import { setTimeout } from "node:timers/promises";
import SqliteDatabase, { type Database } from "better-sqlite3";
import { CodedError, RecorderError } from "../errors.ts";
import { checkDatabaseFile } from "./database-file.ts";
import { openDatabase, pragma } from "./driver.ts";
import { EVENT_SCHEMA } from "./event-schema.ts";
import { migrate } from "./migrations.ts";

/** How long a connection waits for another process to end its transaction. */
const BUSY_TIMEOUT_MS = 30_000;

/**
 * Opens the database at `path`, or makes it, brings it to the newest schema and into WAL mode.
 * @throws DatabaseRefusedError: it is not ours, or newer, and was not touched. RecorderError: it cannot be opened.
 */
export async function prepareDatabase(path: string): Promise<void> {
  checkDatabaseFile(path, EVENT_SCHEMA);
  const db = openConnection(path);
  try {
    // Before WAL mode, so that from the first moment the file's own header says whose it is.
    migrate(db, path, EVENT_SCHEMA);
    await enterWalMode(db);
  } catch (error) {
    throw recorderErrorOf(`The database ${path} cannot be prepared`, error);
  } finally {
    db.close();
  }
}

/** Opens a connection that syncs every commit to the disk (R5). */
export function openConnection(path: string): Database {
  let db: Database | undefined;
  try {
    db = openDatabase(path, { timeout: BUSY_TIMEOUT_MS });
    // better-sqlite3 is built with NORMAL for WAL mode, which loses the last commits in a power cut.
    db.exec("PRAGMA synchronous = FULL");
    // On macOS a plain fsync leaves the data in the drive's cache; elsewhere this does nothing.
    db.exec("PRAGMA fullfsync = ON");
    db.exec("PRAGMA foreign_keys = ON");
    db.exec("PRAGMA trusted_schema = OFF");
    return db;
  } catch (error) {
    db?.close();
    throw recorderErrorOf(`The database ${path} cannot be opened`, error);
  }
}

/** Opens a connection that cannot write. */
export function openReadingConnection(path: string): Database {
  const db = openConnection(path);
  // Not opened as read-only, for such a connection cannot recover the WAL after a crash.
  db.exec("PRAGMA query_only = ON");
  return db;
}

/** Whatever went wrong, as an error of the port. `what` names what was tried. */
export function recorderErrorOf(what: string, error: unknown): CodedError {
  return error instanceof CodedError ? error : new RecorderError(what, error);
}

/** The switch fails at once, without the busy timeout, while another process looks at the database. */
export async function enterWalMode(db: Database): Promise<void> {
  for (const deadline = Date.now() + BUSY_TIMEOUT_MS; ; await setTimeout(10)) {
    try {
      db.exec("PRAGMA journal_mode = WAL");
      const mode = pragma(db, "journal_mode");
      if (mode !== "wal") throw new Error(`the file system allows no WAL mode, only "${mode}"`);
      return;
    } catch (error) {
      const busy = error instanceof SqliteDatabase.SqliteError && error.code.startsWith("SQLITE_BUSY");
      if (!busy || Date.now() > deadline) throw error;
    }
  }
}
