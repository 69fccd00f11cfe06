import type { Database } from "better-sqlite3";
import type { Notification, NotificationRange, StoredSnapshot, VersionRange } from "../recorder/recorder.ts";
import { pragma } from "./driver.ts";

// Rows are arrays: reading them as objects takes a third longer.
type SnapshotRow = [originatorId: string, originatorVersion: number, topic: string, state: Buffer];
type NotificationRow = [...SnapshotRow, eventId: string, id: number, recordedAt: number];

const MAX_VERSION = Number.MAX_SAFE_INTEGER;
/** SQLite reads a negative limit as none. */
const NO_LIMIT = -1;

/** Reads on one connection. A call sees every commit before it. */
export class Reader {
  readonly #db: Database;
  readonly #statements: ReturnType<typeof prepareReaderStatements>;

  constructor(db: Database) {
    this.#db = db;
    this.#statements = prepareReaderStatements(db);
  }

  events(
    originatorId: string,
    { gt = 0, lte = MAX_VERSION, desc, limit = NO_LIMIT }: VersionRange,
  ): Notification[] {
    const { events, eventsDescending } = this.#statements;
    return (desc ? eventsDescending : events).all(originatorId, gt, lte, limit).map(notificationOf);
  }

  snapshots(
    originatorId: string,
    { gt = 0, lte = MAX_VERSION, desc, limit = NO_LIMIT }: VersionRange,
  ): StoredSnapshot[] {
    const { snapshots, snapshotsDescending } = this.#statements;
    return (desc ? snapshotsDescending : snapshots).all(originatorId, gt, lte, limit).map(snapshotOf);
  }

  notifications({ start, stop = MAX_VERSION, limit, topics, maxBytes }: NotificationRange): Notification[] {
    const { notifications, notificationsOfTopics, lastOf, lastOfTopics } = this.#statements;
    if (topics === undefined) {
      const end = maxBytes === undefined ? undefined : lastOf.get(start, stop, limit, maxBytes);
      return notifications.all(start, end ?? stop, limit).map(notificationOf);
    }
    const names = JSON.stringify(topics);
    const end = maxBytes === undefined ? undefined : lastOfTopics.get(start, stop, names, limit, maxBytes);
    return notificationsOfTopics.all(start, end ?? stop, names, limit).map(notificationOf);
  }

  notificationsOf(eventIds: readonly string[]): Notification[] {
    return this.#statements.notificationsOfEvents.all(JSON.stringify(eventIds)).map(notificationOf);
  }

  maxNotificationId(): number {
    return this.#statements.maxNotificationId.get() ?? 0;
  }

  /** Returns the time of the last event, in milliseconds since 1970. Undefined if there is none. */
  lastRecordedAt(): number | undefined {
    return this.#statements.lastRecordedAt.get();
  }

  /** Returns the last id recorded at or before `instant`, in milliseconds since 1970, or 0. */
  notificationIdAt(instant: number): number {
    // A binary search, since recording times never decrease with the id (R15).
    let [atOrBefore, after] = [0, this.maxNotificationId() + 1];
    while (after - atOrBefore > 1) {
      const middle = Math.floor((atOrBefore + after) / 2);
      const recordedAt = this.#statements.recordedAt.get(middle) ?? Number.POSITIVE_INFINITY;
      if (recordedAt <= instant) atOrBefore = middle;
      else after = middle;
    }
    return atOrBefore;
  }

  maxTrackingId(name: string): number {
    return this.#statements.tracked.get(name) ?? 0;
  }

  dataVersion(): unknown {
    return pragma(this.#db, "data_version");
  }

  close(): void {
    this.#db.close();
  }
}

// SQLite prepares a statement again each time a parameter that is a whole LIMIT is bound. The plus avoids that.
const IN_RANGE = "WHERE notification_id BETWEEN ? AND ? ORDER BY notification_id LIMIT +?";
// A list is passed as JSON, so that the statement is the same for every length.
const IN_RANGE_OF_TOPICS = `WHERE notification_id BETWEEN ? AND ?
  AND topic IN (SELECT value FROM json_each(?)) ORDER BY notification_id LIMIT +?`;

/**
 * Selects the id of the row at which the states reach a number of bytes, or no row if they have fewer. SQLite knows
 * the length of a state without reading it. Rows cannot be read one by one: see `openDatabase`.
 */
const selectIdAtBytes = (condition: string) => `
  SELECT notification_id FROM (
    SELECT notification_id, sum(bytes) OVER (ORDER BY notification_id) AS bytes
    FROM (SELECT notification_id, length(state) AS bytes FROM events ${condition}))
  WHERE bytes >= ? ORDER BY notification_id LIMIT 1`;

function prepareReaderStatements(db: Database) {
  const snapshotColumns = "originator_id, originator_version, topic, state";
  const selectNotifications = `SELECT ${snapshotColumns}, event_id, notification_id, recorded_at FROM events`;
  const notificationRows = <Parameters extends unknown[]>(condition: string) =>
    db.prepare<Parameters, NotificationRow>(`${selectNotifications} ${condition}`).raw();
  const selectEvents = (order: "ASC" | "DESC") =>
    notificationRows<[string, number, number, number]>(
      `WHERE originator_id = ? AND originator_version > ? AND originator_version <= ?
       ORDER BY originator_version ${order} LIMIT +?`,
    );
  const selectSnapshots = (order: "ASC" | "DESC") =>
    db
      .prepare<[string, number, number, number], SnapshotRow>(
        `SELECT ${snapshotColumns} FROM snapshots
         WHERE originator_id = ? AND originator_version > ? AND originator_version <= ?
         ORDER BY originator_version ${order} LIMIT +?`,
      )
      .raw();
  return {
    events: selectEvents("ASC"),
    eventsDescending: selectEvents("DESC"),
    snapshots: selectSnapshots("ASC"),
    snapshotsDescending: selectSnapshots("DESC"),
    notifications: notificationRows<[number, number, number]>(IN_RANGE),
    notificationsOfTopics: notificationRows<[number, number, string, number]>(IN_RANGE_OF_TOPICS),
    lastOf: db.prepare<[number, number, number, number], number>(selectIdAtBytes(IN_RANGE)).pluck(),
    lastOfTopics: db
      .prepare<[number, number, string, number, number], number>(selectIdAtBytes(IN_RANGE_OF_TOPICS))
      .pluck(),
    notificationsOfEvents: notificationRows<[string]>(
      `WHERE event_id IN (SELECT value FROM json_each(?)) ORDER BY notification_id`,
    ),
    maxNotificationId: db.prepare<[], number | null>("SELECT max(notification_id) FROM events").pluck(),
    lastRecordedAt: db
      .prepare<[], number>("SELECT recorded_at FROM events ORDER BY notification_id DESC LIMIT 1")
      .pluck(),
    recordedAt: db
      .prepare<[number], number>("SELECT recorded_at FROM events WHERE notification_id = ?")
      .pluck(),
    tracked: db.prepare<[string], number>("SELECT notification_id FROM tracking WHERE name = ?").pluck(),
  };
}

function notificationOf(row: NotificationRow): Notification {
  const [originatorId, originatorVersion, topic, state, eventId, id, recordedAt] = row;
  return {
    id,
    recordedAt: new Date(recordedAt),
    eventId,
    originatorId,
    originatorVersion,
    topic,
    state: bytesOf(state),
  };
}

function snapshotOf([originatorId, originatorVersion, topic, state]: SnapshotRow): StoredSnapshot {
  return { originatorId, originatorVersion, topic, state: bytesOf(state) };
}

/** Returns the bytes as a plain array: a Buffer's `slice` does not copy, and it prints otherwise. */
function bytesOf(state: Buffer): Uint8Array {
  return new Uint8Array(state.buffer, state.byteOffset, state.byteLength);
}
