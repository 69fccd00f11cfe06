import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Database } from "better-sqlite3";
import { InvalidArgumentError } from "../errors.ts";
import type { ApplicationRecorder, Notification } from "../recorder/recorder.ts";
import { appear, discard } from "./backup.ts";
import { recorderErrorOf } from "./connection.ts";
import { openDatabase } from "./driver.ts";
import { EVENT_SCHEMA } from "./event-schema.ts";
import { migrate } from "./migrations.ts";

/** What is copied, and where to. */
export interface SqliteCopyOptions {
  /** The recorder of any kind, which may be in use. */
  readonly source: ApplicationRecorder;
  /** The file to be made; it must not be there. */
  readonly to: string;
  /** Told how many of the events are copied, now and then. */
  readonly onProgress?: (copied: number, total: number) => void;
  /** Adds what else belongs into the file, whose path it gets while the copy is not finished; nothing unless given. */
  readonly complete?: (path: string) => Promise<void>;
}

const EVENTS_AT_A_TIME = 1_000;

/**
 * Copies every event that `source` has at this moment into a new SQLite database of a recorder: the same bytes, under
 * the same ids, recorded at the same instants. Snapshots are left out, as they are made again; so is tracking.
 * Resolves to the file's size in bytes once it is on the disk. The file `to` appears when it is whole, or not at all.
 * @throws InvalidArgumentError when `to` is there; RecorderError
 */
export async function copyToSqlite(options: SqliteCopyOptions): Promise<{ readonly bytes: number }> {
  const target = resolve(options.to);
  if (existsSync(target)) throw new InvalidArgumentError("to", target, "a file that is not there yet");
  const draft = `${target}.${process.pid}.unfinished`;
  try {
    const db = openDatabase(draft);
    try {
      // Only the finished file has to survive a power cut, and it is synced before it appears.
      db.exec("PRAGMA synchronous = OFF");
      migrate(db, draft, EVENT_SCHEMA);
      await copyEvents(db, options);
    } finally {
      db.close();
    }
    await options.complete?.(draft);
    return { bytes: appear(draft, target) };
  } catch (error) {
    discard(draft);
    throw recorderErrorOf(`The record cannot be copied to ${target}`, error);
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
  // Ids have no gaps, and what stands below one that was seen never changes (R4).
  const stop = await source.maxNotificationId();
  for (let start = 1; start <= stop; start += EVENTS_AT_A_TIME) {
    insertAll(await source.selectNotifications({ start, stop, limit: EVENTS_AT_A_TIME }));
    onProgress?.(Math.min(start + EVENTS_AT_A_TIME - 1, stop), stop);
  }
}
