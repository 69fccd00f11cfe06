import SqliteDatabase, { type Database } from "better-sqlite3";
import type { Tracking, UnrecordedEvent } from "../recorder/recorder.ts";
import type { Batch, EventsWrite, Outcome, SnapshotWrite, Stored, Write } from "./batch.ts";
import { type Failure, failureOf } from "./failure.ts";

/** Commits batches on one connection, each in one transaction. Each write of a batch succeeds or fails alone. */
export class BatchWriter {
  readonly #db: Database;
  readonly #statements: WriterStatements;

  constructor(db: Database) {
    this.#db = db;
    this.#statements = prepareWriterStatements(db);
  }

  /**
   * Returns the outcome of each write. Stored writes are synced to the disk.
   *
   * Most conflicts are found before anything of their write is stored, so a batch needs savepoints only if SQLite
   * refuses a row. Then the batch is rolled back and written again with a savepoint around each write.
   */
  commit(batch: Batch): readonly Outcome[] {
    return this.commitAll([batch])[0] ?? [];
  }

  /** Commits batches as `commit` does, in one transaction. */
  commitAll(batches: readonly Batch[]): readonly (readonly Outcome[])[] {
    try {
      return this.#commitWithoutSavepoints(batches) ?? this.#commitWithSavepoints(batches);
    } catch (error) {
      return batches.map(({ writes }) => writes.map(() => failureOf(error)));
    }
  }

  close(): void {
    this.#db.close();
  }

  /** Returns undefined, and stores nothing, if SQLite refuses a row. */
  #commitWithoutSavepoints(batches: readonly Batch[]): Outcome[][] | undefined {
    return this.#inTransaction({ checksFirstVersions: false }, (transaction) => {
      try {
        return batches.map((batch) => transaction.writeBatch(batch, (write) => transaction.write(write)));
      } catch {
        return undefined;
      }
    });
  }

  #commitWithSavepoints(batches: readonly Batch[]): Outcome[][] {
    const writeAll = (transaction: BatchTransaction) =>
      batches.map((batch) =>
        transaction.writeBatch(batch, (write) => this.#writeInSavepoint(transaction, write)),
      );
    return this.#inTransaction({ checksFirstVersions: true }, writeAll) ?? [];
  }

  #inTransaction(
    options: TransactionOptions,
    work: (transaction: BatchTransaction) => Outcome[][] | undefined,
  ): Outcome[][] | undefined {
    const { begin, commit, rollback } = this.#statements;
    begin.run();
    try {
      const outcomes = work(new BatchTransaction(this.#statements, options));
      if (outcomes?.flat().some(({ kind }) => kind === "stored")) commit.run();
      return outcomes;
    } finally {
      // SQLite itself rolls back after some errors, such as a full disk.
      if (this.#db.inTransaction) rollback.run();
    }
  }

  #writeInSavepoint(transaction: BatchTransaction, write: Write): Outcome {
    const { savepoint, rollbackToSavepoint, release } = this.#statements;
    savepoint.run();
    try {
      return transaction.write(write);
    } catch (error) {
      if (!this.#db.inTransaction) throw error;
      rollbackToSavepoint.run();
      const duplicate =
        write.kind === "events" && isDuplicate(error)
          ? transaction.duplicateEventId(write.events)
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

interface TransactionOptions {
  /** Whether a conflict about version 1 is found before the row is inserted. SQLite refuses the row otherwise. */
  readonly checksFirstVersions: boolean;
}

/**
 * Appends writes inside a transaction that holds the write lock, so that everything it reads stays true until the
 * commit. Notification ids continue from the last stored one: gapless, in the order of commits (R4).
 */
class BatchTransaction {
  readonly #statements: WriterStatements;
  readonly #checksFirstVersions: boolean;
  #lastId: number;
  #recordedAt: number;
  #latestMs = Number.POSITIVE_INFINITY;

  constructor(statements: WriterStatements, { checksFirstVersions }: TransactionOptions) {
    this.#statements = statements;
    this.#checksFirstVersions = checksFirstVersions;
    const last = statements.lastEvent.get();
    this.#lastId = last?.id ?? 0;
    this.#recordedAt = last?.recordedAt ?? 0;
  }

  /** Writes each write of the batch by `writeOne`, with the clock of the batch. */
  writeBatch({ nowMs, latestMs, writes }: Batch, writeOne: (write: Write) => Outcome): Outcome[] {
    // Clocks go back and differ between processes, but recording times never decrease (R15).
    this.#recordedAt = Math.max(nowMs, this.#recordedAt);
    this.#latestMs = latestMs;
    return writes.map(writeOne);
  }

  /** Stores the write, or stores nothing and returns the reason. May have stored a part if SQLite throws. */
  write(write: Write): Outcome {
    return write.kind === "events" ? this.#writeEvents(write) : this.#writeSnapshot(write);
  }

  /** Returns the first event id that is recorded already or occurs twice among `events`. */
  duplicateEventId(events: readonly UnrecordedEvent[]): string | undefined {
    const seen = new Set<string>();
    for (const { eventId } of events) {
      if (seen.has(eventId) || this.#statements.idOfEvent.get(eventId) !== undefined) return eventId;
      seen.add(eventId);
    }
    return undefined;
  }

  #writeEvents({ events, tracking }: EventsWrite): Outcome {
    if (tracking !== undefined) {
      const conflict = this.#trackingConflict(tracking);
      if (conflict !== undefined) return conflict;
    }
    const versions = this.#nextVersions(events);
    if ("kind" in versions) return versions;
    if (events.length > 0 && this.#recordedAt > this.#latestMs)
      return { kind: "clock-ahead", recordedAt: this.#recordedAt };
    const firstId = this.#lastId + 1;
    events.forEach(({ eventId, originatorId, topic, state }, index) => {
      const version = versions[index] ?? 0;
      this.#statements.insertEvent.run(
        firstId + index,
        eventId,
        originatorId,
        version,
        topic,
        this.#recordedAt,
        state,
      );
    });
    if (tracking !== undefined) this.#statements.setTracking.run(tracking.name, tracking.notificationId);
    this.#lastId += events.length;
    return { kind: "stored", firstId, recordedAt: this.#recordedAt, versions };
  }

  #writeSnapshot({ snapshot, keepEvery }: SnapshotWrite): Stored {
    const { originatorId, originatorVersion, topic, state } = snapshot;
    this.#statements.putSnapshot.run(originatorId, originatorVersion, topic, state);
    this.#statements.thinSnapshots.run({ originatorId, keepEvery });
    return { kind: "stored", firstId: 0, recordedAt: this.#recordedAt, versions: [] };
  }

  #trackingConflict({ name, notificationId }: Tracking): Failure | undefined {
    const last = this.#statements.tracked.get(name) ?? 0;
    return notificationId > last ? undefined : { kind: "tracking-conflict", name, notificationId, last };
  }

  /** Returns the last recorded version, or 0. A first version needs no lookup, since versions are unique. */
  #lastVersion(originatorId: string, next: number | null): number {
    if (next === 1 && !this.#checksFirstVersions) return 0;
    return this.#statements.lastVersion.get(originatorId) ?? 0;
  }

  /** Returns the version of each event, or why they cannot be recorded. */
  #nextVersions(events: readonly UnrecordedEvent[]): number[] | Failure {
    const lastVersions = new Map<string, number>();
    const versions: number[] = [];
    for (const { originatorId, originatorVersion } of events) {
      const last = lastVersions.get(originatorId) ?? this.#lastVersion(originatorId, originatorVersion);
      const expected = last + 1;
      if ((originatorVersion ?? expected) !== expected) {
        // If the same save was sent twice, the duplicate is reported rather than a version conflict.
        const eventId = this.duplicateEventId(events);
        return eventId === undefined
          ? {
              kind: "version-conflict",
              originatorId,
              originatorVersion: originatorVersion ?? expected,
              expected,
            }
          : { kind: "event-already-recorded", eventId };
      }
      lastVersions.set(originatorId, expected);
      versions.push(expected);
    }
    return versions;
  }
}

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
    // Keeps the newest, and the first at or after each multiple of keepEvery.
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
