import type { Schema } from "./database-file.ts";

/**
 * The schema of a file of events. The application id is "Pali" in ASCII. A row ends with its state, so that a scan of
 * topics or times reads no overflow pages.
 */
export const EVENT_SCHEMA: Schema = {
  applicationId: 0x50616c69,
  migrations: [
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
  ],
};
