import type { Schema } from "./database-file.ts";

/** The schema of a file of views. The application id is "Palv" in ASCII. Each view adds its own tables. */
export const VIEW_SCHEMA: Schema = {
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
    // A running program of version 1 changes only `position`. `event_id` is current if `event_position` equals it.
    `ALTER TABLE generations ADD COLUMN event_id TEXT;
     ALTER TABLE generations ADD COLUMN event_position INTEGER;`,
  ],
};
