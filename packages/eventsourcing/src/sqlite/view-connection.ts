import type { Database } from "better-sqlite3";
import { DatabaseRefusedError } from "../errors.ts";
import { enterWalMode, openConnection, openReadingConnection, recorderErrorOf } from "./connection.ts";
import { checkDatabaseFile, newerVersionRefused } from "./database-file.ts";
import { pragma } from "./driver.ts";

/** Marks a SQLite file as one of our views: "Palv" in ASCII. */
const APPLICATION_ID = 0x50616c76;

/** The steps that make the tables about the views, in order; a database at `user_version` n has the first n. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE views (
     name TEXT PRIMARY KEY,
     last_generation INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE generations (
     view TEXT NOT NULL,
     number INTEGER NOT NULL,
     version INTEGER NOT NULL,
     active INTEGER NOT NULL,
     position INTEGER NOT NULL,
     processed INTEGER NOT NULL,
     tables TEXT NOT NULL, -- a JSON list of their full names
     skipped TEXT NOT NULL, -- a JSON list of notification ids
     stopped TEXT, -- a PoisonousEvent in JSON
     PRIMARY KEY (view, number)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE leases (
     name TEXT PRIMARY KEY,
     holder TEXT NOT NULL,
     expires_at INTEGER NOT NULL -- milliseconds since 1970, UTC
   ) STRICT, WITHOUT ROWID;`,
];

/**
 * Opens the database of views at `path`, or makes it, and brings it up to date and into WAL mode.
 * @throws DatabaseRefusedError: it is not ours, or newer, and was not touched. RecorderError: it cannot be opened.
 */
export async function prepareViewDatabase(path: string): Promise<void> {
  checkDatabaseFile(path, APPLICATION_ID, MIGRATIONS.length);
  const db = openViewConnection(path);
  try {
    while (needsMigration(db, path)) db.transaction(() => applyNext(db, path)).immediate();
    await enterWalMode(db);
  } catch (error) {
    throw recorderErrorOf(`The database ${path} cannot be prepared`, error);
  } finally {
    db.close();
  }
}

/**
 * Opens a connection that does not wait for the disk: a power cut takes back the last sections of a view together
 * with its position, and they are processed again.
 */
export function openViewConnection(path: string): Database {
  const db = openConnection(path);
  db.exec("PRAGMA synchronous = NORMAL");
  // In KiB, instead of 2,000: building a view changes pages all over its tables.
  db.exec("PRAGMA cache_size = -65536");
  // In pages, instead of 1,000: the same pages are changed again and again, and go into the file once.
  db.exec("PRAGMA wal_autocheckpoint = 8000");
  return db;
}

export function openViewReadingConnection(path: string): Database {
  return openReadingConnection(path);
}

/** Applies one step. Another process may have been first, so everything is read again in the transaction. */
function applyNext(db: Database, path: string): void {
  if (!needsMigration(db, path)) return;
  const version = schemaVersion(db);
  if (version === 0) db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
  db.exec(MIGRATIONS[version] ?? "");
  db.exec(`PRAGMA user_version = ${version + 1}`);
}

function needsMigration(db: Database, path: string): boolean {
  const applicationId = pragma(db, "application_id");
  const version = schemaVersion(db);
  if (applicationId === APPLICATION_ID) {
    if (version > MIGRATIONS.length) throw newerVersionRefused(path, version, MIGRATIONS.length);
    return version < MIGRATIONS.length;
  }
  const tables = db.prepare("SELECT count(*) FROM sqlite_schema").pluck().get();
  if (applicationId !== 0 || version !== 0 || tables !== 0)
    throw new DatabaseRefusedError(path, "it is a SQLite database of another program, or holds events.");
  return true;
}

function schemaVersion(db: Database): number {
  return Number(pragma(db, "user_version"));
}
