import type { Database } from "better-sqlite3";
import { enterWalMode, openConnection, openReadingConnection, recorderErrorOf } from "./connection.ts";
import { checkDatabaseFile, type Schema } from "./database-file.ts";
import { migrate } from "./migrations.ts";

/** The schema of a file of views, known by "Palv" in ASCII: the tables about the views, which make their own. */
const VIEW_SCHEMA: Schema = {
  applicationId: 0x50616c76,
  migrations: [
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
       stopped TEXT, -- a FailedEvent in JSON
       PRIMARY KEY (view, number)
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE leases (
       name TEXT PRIMARY KEY,
       holder TEXT NOT NULL,
       expires_at INTEGER NOT NULL -- milliseconds since 1970, UTC
     ) STRICT, WITHOUT ROWID;`,
    // The position that the event stands at, too: a program of version 1 that runs on moves the position alone.
    `ALTER TABLE generations ADD COLUMN event_id TEXT;
     ALTER TABLE generations ADD COLUMN event_position INTEGER;`,
  ],
};

/**
 * Opens the database of views at `path`, or makes it, and brings it up to date and into WAL mode.
 * @throws DatabaseRefusedError: it is not ours, or newer, and was not touched. RecorderError: it cannot be opened.
 */
export async function prepareViewDatabase(path: string): Promise<void> {
  checkDatabaseFile(path, VIEW_SCHEMA);
  const db = openViewConnection(path);
  try {
    migrate(db, path, VIEW_SCHEMA);
    await enterWalMode(db);
  } catch (error) {
    throw recorderErrorOf(`The database ${path} cannot be prepared`, error);
  } finally {
    db.close();
  }
}

/**
 * Opens a connection that does not wait for the disk: a power cut takes back the last batches of a view together
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
