import type { Database } from "better-sqlite3";
import { DatabaseRefusedError } from "../errors.ts";
import { newerVersionRefused } from "./database-file.ts";
import { pragma } from "./driver.ts";

/** Marks a SQLite file as ours: "Pali" in ASCII (https://sqlite.org/pragma.html#pragma_application_id). */
export const APPLICATION_ID = 0x50616c69;

/**
 * The steps that make the schema, in order; a database at `user_version` n has the first n. A step that was
 * released is never changed.
 *
 * States come last in their rows, so that a scan for topics or times reads no overflow pages.
 */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE events (
     notification_id INTEGER PRIMARY KEY,
     event_id TEXT NOT NULL UNIQUE,
     originator_id TEXT NOT NULL,
     originator_version INTEGER NOT NULL,
     topic TEXT NOT NULL,
     recorded_at INTEGER NOT NULL, -- milliseconds since 1970, UTC
     state BLOB NOT NULL,
     UNIQUE (originator_id, originator_version)
   ) STRICT;
   CREATE TABLE snapshots (
     originator_id TEXT NOT NULL,
     originator_version INTEGER NOT NULL,
     topic TEXT NOT NULL,
     state BLOB NOT NULL,
     PRIMARY KEY (originator_id, originator_version)
   ) STRICT;
   CREATE TABLE tracking (
     name TEXT PRIMARY KEY,
     notification_id INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;`,
];

export const SCHEMA_VERSION = MIGRATIONS.length;

/**
 * Brings the database at `path` to the newest schema, and makes a new one ours.
 * @throws DatabaseRefusedError when it is not ours or newer; it is as it was.
 */
export function migrate(db: Database, path: string): void {
  while (needsMigration(db, path)) inWriteTransaction(db, () => applyNext(db, path));
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
    if (version > SCHEMA_VERSION) throw newerVersionRefused(path, version, SCHEMA_VERSION);
    return version < SCHEMA_VERSION;
  }
  const tables = db.prepare("SELECT count(*) FROM sqlite_schema").pluck().get();
  if (applicationId !== 0 || version !== 0 || tables !== 0)
    throw new DatabaseRefusedError(path, "it is a SQLite database of another program.");
  return true;
}

function schemaVersion(db: Database): number {
  return Number(pragma(db, "user_version"));
}

function inWriteTransaction(db: Database, work: () => void): void {
  db.transaction(work).immediate();
}
