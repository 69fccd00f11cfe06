import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Database } from "better-sqlite3";
import { InvalidArgumentError } from "../errors.ts";
import type { ApplicationRecorder, Notification } from "../recorder/recorder.ts";
import { finishCopy, removeCopy } from "./backup.ts";
import { recorderErrorOf } from "./connection.ts";
import { openDatabase } from "./driver.ts";
import { EVENT_SCHEMA } from "./event-schema.ts";
import { migrate } from "./migrations.ts";

/** Options of `copyToSqlite`. */
export interface SqliteCopyOptions {
  /** A recorder on any database. It may be in use. */
  readonly source: ApplicationRecorder;
  /** The file to create. It must not exist. */
  readonly to: string;
  /** Is called now and then with the number of events copied and in all. */
  readonly onProgress?: (copied: number, total: number) => void;
  /** Adds other tables to the copy, whose path it gets before the copy has its name. Adds nothing by default. */
  readonly complete?: (path: string) => Promise<void>;
}

const EVENTS_AT_A_TIME = 1_000;

/**
 * Copies every event that `source` has now into a new SQLite database: the same bytes, ids and recording times. Does
 * not copy snapshots, which applications take again, nor tracking. Resolves to the size of the file in bytes once it
 * is synced to the disk. The file `to` appears when it is complete, or not at all.
 * @throws InvalidArgumentError: `to` exists. RecorderError: the copy failed.
 */
export async function copyToSqlite(options: SqliteCopyOptions): Promise<{ readonly bytes: number }> {
  const target = resolve(options.to);
  if (existsSync(target)) throw new InvalidArgumentError("to", target, "a file that does not exist");
  const unfinished = `${target}.${process.pid}.unfinished`;
  try {
    const db = openDatabase(unfinished);
    try {
      // Only the finished file must survive a power cut, and it is synced before it gets its name.
      db.exec("PRAGMA synchronous = OFF");
      migrate(db, unfinished, EVENT_SCHEMA);
      await copyEvents(db, options);
    } finally {
      db.close();
    }
    await options.complete?.(unfinished);
    return { bytes: finishCopy(unfinished, target) };
  } catch (error) {
    removeCopy(unfinished);
    throw recorderErrorOf(`The events cannot be copied to ${target}`, error);
  }
}

async function copyEvents(db: Database, { source, onProgress }: SqliteCopyOptions): Promise<void> {
  const insert = db.prepare(
    `INSERT INTO events (notification_id, event_id, originator_id, originator_version, topic, recorded_at, state)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertAll = db.transaction((notifications: readonly Notification[]) => {
    for (const { id, eventId, originatorId, originatorVersion, topic, recordedAt, state } of notifications) {
      insert.run(id, eventId, originatorId, originatorVersion, topic, recordedAt.getTime(), state);
    }
  });
  // Ids have no gaps, and events up to the maximum never change (R4).
  const stop = await source.maxNotificationId();
  for (let start = 1; start <= stop; start += EVENTS_AT_A_TIME) {
    insertAll(await source.selectNotifications({ start, stop, limit: EVENTS_AT_A_TIME }));
    onProgress?.(Math.min(start + EVENTS_AT_A_TIME - 1, stop), stop);
  }
}
