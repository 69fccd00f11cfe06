import SqliteDatabase, { type Database } from "better-sqlite3";
import type { Tracking } from "../recorder/recorder.ts";
import type { ClockAhead, PackedBatch, PackedOutcomes, PackedWrite, Placed } from "./batch.ts";
import { type Failure, failureOf } from "./failure.ts";

/** Writes batches on one connection, each in one transaction, and each write of a batch all or not at all. */
export class BatchWriter {
  readonly #db: Database;
  readonly #statements: WriterStatements;

  constructor(db: Database) {
    this.#db = db;
    this.#statements = prepareWriterStatements(db);
  }

  /**
   * Returns the outcome of each write. Those that are placed have reached the disk.
   *
   * Conflicts show before anything of their write is stored, so a batch needs no savepoints as long as SQLite
   * refuses no row. When it does, the batch is written again with one around each write.
   */
  commit(batch: PackedBatch): PackedOutcomes {
    try {
      return this.#commitAtOnce(batch) ?? this.#commitOneByOne(batch);
    } catch (error) {
      return batch.writes.map(() => failureOf(error));
    }
  }

  /** Returns undefined, and nothing is stored, when SQLite refused a row. */
  #commitAtOnce(batch: PackedBatch): PackedOutcomes | undefined {
    return this.#transaction(batch, (transaction) => {
      try {
        return batch.writes.map((write) => transaction.write(write));
      } catch {
        return undefined;
      }
    });
  }

  #commitOneByOne(batch: PackedBatch): PackedOutcomes {
    const writeEach = (transaction: BatchTransaction) =>
      batch.writes.map((write) => this.#writeInSavepoint(transaction, write));
    return this.#transaction(batch, writeEach) ?? [];
  }

  #transaction(
    batch: PackedBatch,
    work: (transaction: BatchTransaction) => PackedOutcomes | undefined,
  ): PackedOutcomes | undefined {
    const { begin, commit, rollback } = this.#statements;
    begin.run();
    try {
      const outcomes = work(new BatchTransaction(this.#statements, batch));
      if (outcomes?.some(({ kind }) => kind === "placed")) commit.run();
      return outcomes;
    } finally {
      // After some errors, such as that of a full disk, SQLite itself has rolled back.
      if (this.#db.inTransaction) rollback.run();
    }
  }

  #writeInSavepoint(transaction: BatchTransaction, write: PackedWrite): Placed | Failure | ClockAhead {
    const { savepoint, rollbackToSavepoint, release } = this.#statements;
    const start = transaction.nextRow;
    savepoint.run();
    try {
      return transaction.write(write);
    } catch (error) {
      if (!this.#db.inTransaction) throw error;
      rollbackToSavepoint.run();
      const duplicate = isDuplicate(error)
        ? transaction.duplicateEventId(start, start + write.rows)
        : undefined;
      return duplicate === undefined
        ? failureOf(error)
        : { kind: "event-already-recorded", eventId: duplicate };
    } finally {
      if (this.#db.inTransaction) release.run();
    }
  }
}

function isDuplicate(error: unknown): boolean {
  return error instanceof SqliteDatabase.SqliteError && error.code === "SQLITE_CONSTRAINT_UNIQUE";
}

/**
 * The writes of one batch inside its transaction, which has the write lock: what is read here stays true until
 * the commit. Notification ids follow on the last one stored, and so are gapless in the order of commits (R4).
 */
class BatchTransaction {
  readonly #statements: WriterStatements;
  readonly #batch: PackedBatch;
  readonly #recordedAt: number;
  #lastId: number;
  #nextRow = 0;

  constructor(statements: WriterStatements, batch: PackedBatch) {
    this.#statements = statements;
    this.#batch = batch;
    const last = statements.lastEvent.get();
    this.#lastId = last?.id ?? 0;
    // Clocks go back, and differ between processes; the record does not (R15).
    this.#recordedAt = Math.max(batch.nowMs, last?.recordedAt ?? 0);
  }

  /** The row of the batch at which the next write begins. */
  get nextRow(): number {
    return this.#nextRow;
  }

  /**
   * Stores the next write of the batch, or stores nothing and returns the reason. Throws what SQLite throws,
   * and may then have stored a part.
   */
  write(write: PackedWrite): Placed | Failure | ClockAhead {
    const start = this.#nextRow;
    const end = start + write.rows;
    this.#nextRow = end;
    if (write.keepEvery !== undefined) return this.#writeSnapshot(start, write.keepEvery);
    if (write.tracking !== undefined) {
      const conflict = this.#trackingConflict(write.tracking);
      if (conflict !== undefined) return conflict;
    }
    const versions = this.#nextVersions(start, end);
    if ("kind" in versions) return versions;
    if (write.rows > 0 && this.#recordedAt > this.#batch.latestMs)
      return { kind: "clock-ahead", recordedAt: this.#recordedAt };
    const firstId = this.#lastId + 1;
    this.#insertEvents(start, versions, firstId);
    if (write.tracking !== undefined)
      this.#statements.setTracking.run(write.tracking.name, write.tracking.notificationId);
    this.#lastId += write.rows;
    return { kind: "placed", firstId, recordedAt: this.#recordedAt, versions };
  }

  /** The first event id of these rows that is recorded already or comes twice among them. */
  duplicateEventId(start: number, end: number): string | undefined {
    const eventIds = this.#batch.eventIds.slice(start, end);
    return eventIds.find(
      (eventId, index) =>
        eventIds.indexOf(eventId) < index || this.#statements.idOfEvent.get(eventId) !== undefined,
    );
  }

  #trackingConflict({ name, notificationId }: Tracking): Failure | undefined {
    const last = this.#statements.tracked.get(name) ?? 0;
    return notificationId > last ? undefined : { kind: "tracking-conflict", name, notificationId, last };
  }

  /** The versions that the events of the rows get, or why they cannot be recorded. */
  #nextVersions(start: number, end: number): number[] | Failure {
    const { originatorIds, originatorVersions } = this.#batch;
    const lastVersions = new Map<string, number>();
    const versions: number[] = [];
    for (let row = start; row < end; row++) {
      const originatorId = originatorIds[row] ?? "";
      const last = lastVersions.get(originatorId) ?? this.#statements.lastVersion.get(originatorId) ?? 0;
      const expected = last + 1;
      const originatorVersion = originatorVersions[row] ?? expected;
      if (originatorVersion !== expected) {
        // A save that is sent twice is told so, rather than that its versions are taken.
        const eventId = this.duplicateEventId(start, end);
        return eventId === undefined
          ? { kind: "version-conflict", originatorId, originatorVersion, expected }
          : { kind: "event-already-recorded", eventId };
      }
      lastVersions.set(originatorId, expected);
      versions.push(expected);
    }
    return versions;
  }

  #insertEvents(start: number, versions: readonly number[], firstId: number): void {
    const { eventIds, originatorIds, topics } = this.#batch;
    versions.forEach((version, index) => {
      const row = start + index;
      this.#statements.insertEvent.run(
        firstId + index,
        eventIds[row] ?? "",
        originatorIds[row] ?? "",
        version,
        topics[row] ?? "",
        this.#recordedAt,
        this.#state(row),
      );
    });
  }

  #writeSnapshot(row: number, keepEvery: number): Placed {
    const originatorId = this.#batch.originatorIds[row] ?? "";
    const version = this.#batch.originatorVersions[row] ?? 0;
    const topic = this.#batch.topics[row] ?? "";
    this.#statements.putSnapshot.run(originatorId, version, topic, this.#state(row));
    this.#statements.thinSnapshots.run({ originatorId, keepEvery });
    return { kind: "placed", firstId: 0, recordedAt: this.#recordedAt, versions: [] };
  }

  #state(row: number): Uint8Array {
    const { states, stateEnds } = this.#batch;
    return states.subarray(row === 0 ? 0 : stateEnds[row - 1], stateEnds[row]);
  }
}

/** Everything the writer says to SQLite, prepared once for its connection. */
type WriterStatements = ReturnType<typeof prepareWriterStatements>;

function prepareWriterStatements(db: Database) {
  return {
    begin: db.prepare("BEGIN IMMEDIATE"),
    commit: db.prepare("COMMIT"),
    rollback: db.prepare("ROLLBACK"),
    savepoint: db.prepare("SAVEPOINT one_write"),
    rollbackToSavepoint: db.prepare("ROLLBACK TO one_write"),
    release: db.prepare("RELEASE one_write"),

    lastEvent: db.prepare<[], { id: number; recordedAt: number }>(
      `SELECT notification_id AS id, recorded_at AS recordedAt FROM events
       ORDER BY notification_id DESC LIMIT 1`,
    ),
    lastVersion: db
      .prepare<[string], number | null>("SELECT max(originator_version) FROM events WHERE originator_id = ?")
      .pluck(),
    idOfEvent: db.prepare<[string], number>("SELECT notification_id FROM events WHERE event_id = ?").pluck(),
    insertEvent: db.prepare<[number, string, string, number, string, number, Uint8Array]>(
      `INSERT INTO events (notification_id, event_id, originator_id, originator_version, topic, recorded_at, state)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    ),

    tracked: db.prepare<[string], number>("SELECT notification_id FROM tracking WHERE name = ?").pluck(),
    setTracking: db.prepare<[string, number]>(
      `INSERT INTO tracking (name, notification_id) VALUES (?, ?)
       ON CONFLICT (name) DO UPDATE SET notification_id = excluded.notification_id`,
    ),

    putSnapshot: db.prepare<[string, number, string, Uint8Array]>(
      `INSERT INTO snapshots (originator_id, originator_version, topic, state) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET topic = excluded.topic, state = excluded.state`,
    ),
    // Drops each that is neither the newest nor the first at or after a multiple of keepEvery.
    thinSnapshots: db.prepare<[{ originatorId: string; keepEvery: number }]>(
      `DELETE FROM snapshots AS dropped
       WHERE originator_id = :originatorId
         AND originator_version < (SELECT max(originator_version) FROM snapshots WHERE originator_id = :originatorId)
         AND (originator_version < :keepEvery OR EXISTS (
           SELECT 1 FROM snapshots AS earlier
           WHERE earlier.originator_id = :originatorId
             AND earlier.originator_version < dropped.originator_version
             AND earlier.originator_version >= dropped.originator_version - dropped.originator_version % :keepEvery))`,
    ),
  };
}
