import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import SqliteDatabase, { type Database } from "better-sqlite3";
import { CodedError, InvalidArgumentError, RecorderError } from "../errors.ts";
import { checkDatabaseFile, type Schema } from "./database-file.ts";
import { openDatabase, pragma } from "./driver.ts";
import { migrate } from "./migrations.ts";

/**
 * How long a save waits for the lock. It may wait for the batch before its own as well, and programs should report
 * within seconds that a frozen process holds the lock.
 */
const LOCK_TIMEOUT_MS = 2_500;
/** How long a migration, or a view's writer, waits while other processes do the same. */
const LONG_LOCK_TIMEOUT_MS = 30_000;

/**
 * Returns the absolute path of the database file.
 * @param options the options of `opener`, from a program that may have no types
 * @throws InvalidArgumentError: `options.path` is no path of a file.
 */
export function databasePath(
  opener: "sqliteRecorder" | "sqliteViewStore",
  options: { readonly path: string },
): string {
  const path: unknown = options?.path;
  if (path === ":memory:") {
    const inMemory = opener === "sqliteRecorder" ? "memoryRecorder" : "memoryViewStore";
    throw new InvalidArgumentError("path", path, `the path of a file (to use memory, call ${inMemory})`);
  }
  if (typeof path !== "string" || path === "")
    throw new InvalidArgumentError(
      "path",
      path,
      `the path of a file, as in ${opener}({ path: "events.db" })`,
    );
  return resolve(path);
}

export function checkType(
  option: string,
  value: unknown,
  type: "function" | "boolean",
  expected: string,
): void {
  if (typeof value !== type) throw new InvalidArgumentError(option, value, expected);
}

/**
 * Opens the database at `path`, or creates it, migrates it to the newest version of `schema` and switches it to WAL
 * mode.
 * @throws DatabaseRefusedError: the file has another schema or a newer version; it is unchanged. RecorderError: the
 *   file cannot be opened.
 */
export async function prepareDatabase(path: string, schema: Schema): Promise<void> {
  checkDatabaseFile(path, schema);
  const db = openConnection(path, LONG_LOCK_TIMEOUT_MS);
  try {
    // Before WAL mode, so that the header of the file names its schema from the first moment.
    migrate(db, path, schema);
    await enterWalMode(db);
  } catch (error) {
    throw recorderErrorOf(`The database ${path} cannot be prepared`, error);
  } finally {
    db.close();
  }
}

/** Opens a connection that syncs every commit to the disk (R5). */
export function openConnection(path: string, lockTimeoutMs = LOCK_TIMEOUT_MS): Database {
  let db: Database | undefined;
  try {
    const folder = dirname(path);
    if (!existsSync(folder)) throw new Error(`the folder ${folder} does not exist. Create it first.`);
    db = openDatabase(path, { timeout: lockTimeoutMs });
    // better-sqlite3 defaults to NORMAL in WAL mode, which loses the last commits in a power cut.
    db.exec("PRAGMA synchronous = FULL");
    // On macOS, a plain fsync leaves data in the cache of the drive. Elsewhere this has no effect.
    db.exec("PRAGMA fullfsync = ON");
    db.exec("PRAGMA foreign_keys = ON");
    db.exec("PRAGMA trusted_schema = OFF");
    return db;
  } catch (error) {
    db?.close();
    throw recorderErrorOf(`The database ${path} cannot be opened`, error);
  }
}

export function openReadingConnection(path: string): Database {
  const db = openConnection(path);
  // A connection opened as read-only could not recover the WAL after a crash.
  db.exec("PRAGMA query_only = ON");
  return db;
}

/**
 * Opens a connection that does not wait for the disk. A power cut undoes the last writes of a view together with its
 * position, so they are processed again.
 */
export function openViewConnection(path: string): Database {
  const db = openConnection(path, LONG_LOCK_TIMEOUT_MS);
  db.exec("PRAGMA synchronous = NORMAL");
  // In KiB, instead of 16,000: building a view changes pages all over its tables.
  db.exec("PRAGMA cache_size = -32768");
  // In pages, instead of 1,000: pages that change repeatedly are moved into the file once.
  db.exec("PRAGMA wal_autocheckpoint = 8000");
  return db;
}

/** Wraps an error without a code in a RecorderError. `what` names the action that failed. */
export function recorderErrorOf(what: string, error: unknown): CodedError {
  return error instanceof CodedError ? error : new RecorderError(what, error);
}

/** Retries, since the switch fails without the busy timeout while another process reads the database. */
async function enterWalMode(db: Database): Promise<void> {
  for (const deadline = Date.now() + LONG_LOCK_TIMEOUT_MS; ; await setTimeout(10)) {
    try {
      db.exec("PRAGMA journal_mode = WAL");
      const mode = pragma(db, "journal_mode");
      if (mode !== "wal")
        throw new Error(
          `the file system does not support SQLite's WAL mode, only "${String(mode)}". Use a local disk.`,
        );
      return;
    } catch (error) {
      const busy = error instanceof SqliteDatabase.SqliteError && error.code.startsWith("SQLITE_BUSY");
      if (!busy || Date.now() > deadline) throw error;
    }
  }
}
