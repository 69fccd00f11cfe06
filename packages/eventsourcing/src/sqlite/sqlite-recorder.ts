import { RecorderClosedError } from "../errors.ts";
import {
  checkEvents,
  checkInstant,
  checkNotificationRange,
  checkSnapshot,
  checkTracking,
  checkVersionRange,
} from "../recorder/arguments.ts";
import { ClockGuard, type ClockOptions, type ClockReading } from "../recorder/clock-guard.ts";
import { type BatchLimits, GroupCommit } from "../recorder/group-commit.ts";
import { Listeners } from "../recorder/listeners.ts";
import type {
  AppendResult,
  ClockStatus,
  Notification,
  NotificationRange,
  Recorder,
  StoredSnapshot,
  Tracking,
  UnrecordedEvent,
  VersionRange,
} from "../recorder/recorder.ts";
import { appendResultsOf, type Batch, type Outcome, stateBytesOf, type Write } from "./batch.ts";
import { type BatchMessage, messageOf, type OutcomeMessage, outcomesOf } from "./batch-message.ts";
import { BatchWriter } from "./batch-writer.ts";
import { pollForCommits } from "./commit-poll.ts";
import {
  checkType,
  databasePath,
  openConnection,
  openReadingConnection,
  prepareDatabase,
  recorderErrorOf,
} from "./connection.ts";
import { DatabaseThread, ThreadEndedError } from "./database-thread.ts";
import { EVENT_SCHEMA } from "./event-schema.ts";
import { errorOf } from "./failure.ts";
import { findLostWrite } from "./lost-write.ts";
import { Reader } from "./reader.ts";

/** Options of `sqliteRecorder`. */
export interface SqliteRecorderOptions {
  /** The database file. It is created if it does not exist; its folder is not. */
  readonly path: string;
  /** The clock that gives events their `recordedAt`. Default: the system's. */
  readonly clock?: ClockOptions;
  /**
   * Commits saves in the calling thread, which blocks while the disk syncs. Saves one after another are faster if the disk syncs fast.
   * Meant for scripts and imports, not for servers. False by default: a thread commits saves.
   */
  readonly blocking?: boolean;
}

interface EventWriter {
  readonly limits: BatchLimits<Write>;
  commit(batch: Batch): Promise<readonly Outcome[]>;
  close(): Promise<void>;
}

const BATCH_LIMITS = { maxSaves: 512, maxBytes: 16 * 1024 * 1024, bytesOf: stateBytesOf };
/** The thread commits the batches that wait for it together. It starts while this thread makes more saves. */
const THREAD_LIMITS = { ...BATCH_LIMITS, maxBatches: Number.POSITIVE_INFINITY, fullAt: 32 };

/**
 * Opens the SQLite database at `path`, or creates it, and resolves to a recorder on it. Any number of processes may
 * open the same file. A thread writes saves, and syncs them to the disk before they resolve. Reads run in the calling
 * thread. The recorder does not keep an idle process alive.
 *
 * @throws InvalidArgumentError: an option is invalid. DatabaseRefusedError: the file is not a database of
 *   events, or a newer version wrote it; it is unchanged. RecorderError: the file cannot be opened.
 */
export async function sqliteRecorder(options: SqliteRecorderOptions): Promise<Recorder> {
  const path = databasePath("sqliteRecorder", options);
  const clock = new ClockGuard(options.clock);
  const { blocking = false } = options;
  checkType("blocking", blocking, "boolean", "true or false");
  await prepareDatabase(path, EVENT_SCHEMA);
  const reader = new Reader(openReadingConnection(path));
  try {
    return new SqliteRecorder(path, clock, reader, await openWriter(path, blocking));
  } catch (error) {
    reader.close();
    throw recorderErrorOf(`The writer of the database ${path} cannot be started`, error);
  }
}

async function openWriter(path: string, blocking: boolean): Promise<EventWriter> {
  if (blocking) {
    const writer = new BatchWriter(openConnection(path));
    return {
      limits: BATCH_LIMITS,
      commit: async (batch) => writer.commit(batch),
      close: async () => writer.close(),
    };
  }
  const thread = await DatabaseThread.start<BatchMessage, OutcomeMessage>("event-writer", path);
  return {
    limits: THREAD_LIMITS,
    commit: async (batch) => {
      const message = messageOf(batch);
      return outcomesOf(batch.writes, await thread.call(message, [message.states.buffer]));
    },
    close: () => thread.stop(),
  };
}

class SqliteRecorder implements Recorder {
  readonly #path: string;
  readonly #clock: ClockGuard;
  readonly #reader: Reader;
  readonly #writer: EventWriter;
  readonly #writes: GroupCommit<Write, readonly AppendResult[]>;
  readonly #listeners = new Listeners(() => pollForCommits(this.#reader, () => this.#listeners.notify()));
  #closing: Promise<void> | undefined;

  constructor(path: string, clock: ClockGuard, reader: Reader, writer: EventWriter) {
    this.#path = path;
    this.#clock = clock;
    this.#reader = reader;
    this.#writer = writer;
    this.#writes = new GroupCommit((batch) => this.#commit(batch), writer.limits);
  }

  async insertEvents(
    events: readonly UnrecordedEvent[],
    tracking?: Tracking,
  ): Promise<readonly AppendResult[]> {
    this.#checkOpen();
    checkEvents(events);
    if (tracking !== undefined) checkTracking(tracking);
    else if (events.length === 0) return [];
    return this.#writes.submit({ kind: "events", events, tracking });
  }

  async insertSnapshot(snapshot: StoredSnapshot, keepEvery: number): Promise<void> {
    this.#checkOpen();
    checkSnapshot(snapshot, keepEvery);
    await this.#writes.submit({ kind: "snapshot", snapshot, keepEvery });
  }

  async selectEvents(originatorId: string, range: VersionRange = {}): Promise<readonly Notification[]> {
    checkVersionRange(range);
    return this.#read((reader) => reader.events(originatorId, range));
  }

  async selectSnapshots(originatorId: string, range: VersionRange = {}): Promise<readonly StoredSnapshot[]> {
    checkVersionRange(range);
    return this.#read((reader) => reader.snapshots(originatorId, range));
  }

  async selectNotifications(range: NotificationRange): Promise<readonly Notification[]> {
    checkNotificationRange(range);
    return this.#read((reader) => reader.notifications(range));
  }

  async maxNotificationId(): Promise<number> {
    return this.#read((reader) => reader.maxNotificationId());
  }

  async notificationIdAt(instant: Date): Promise<number> {
    checkInstant(instant);
    return this.#read((reader) => reader.notificationIdAt(instant.getTime()));
  }

  async clockStatus(): Promise<ClockStatus> {
    return this.#clock.status(this.#read((reader) => reader.lastRecordedAt()));
  }

  async findNotifications(eventIds: readonly string[]): Promise<readonly Notification[]> {
    return this.#read((reader) => reader.notificationsOf(eventIds));
  }

  async maxTrackingId(name: string): Promise<number> {
    return this.#read((reader) => reader.maxTrackingId(name));
  }

  watch(listener: () => void): () => void {
    this.#checkOpen();
    return this.#listeners.add(listener);
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#listeners.close();
    await this.#writes.drain();
    // Last, since the last connection moves the WAL into the file, which takes a while: not in this thread.
    this.#reader.close();
    await this.#writer.close();
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new RecorderClosedError();
  }

  #read<Result>(read: (reader: Reader) => Result): Result {
    this.#checkOpen();
    try {
      return read(this.#reader);
    } catch (error) {
      throw recorderErrorOf(`The database ${this.#path} cannot be read`, error);
    }
  }

  async #commit(writes: readonly Write[]): Promise<readonly PromiseSettledResult<readonly AppendResult[]>[]> {
    const reading = this.#clock.read();
    const { nowMs, latestMs } = reading;
    let outcomes: readonly Outcome[];
    try {
      outcomes = await this.#writer.commit({ nowMs, latestMs, writes });
    } catch (error) {
      if (!(error instanceof ThreadEndedError))
        throw recorderErrorOf(`The database ${this.#path} cannot be written`, error);
      return Promise.allSettled(writes.map(async (write) => findLostWrite(write, this.#reader, error)));
    }
    if (outcomes.some(({ kind }) => kind === "stored")) this.#listeners.notify();
    return outcomes.map((outcome) => this.#settled(outcome, reading));
  }

  #settled(outcome: Outcome, reading: ClockReading): PromiseSettledResult<readonly AppendResult[]> {
    switch (outcome.kind) {
      case "stored":
        if (outcome.versions.length > 0) this.#clock.stored(reading, outcome.recordedAt);
        return { status: "fulfilled", value: appendResultsOf(outcome) };
      case "clock-ahead":
        return { status: "rejected", reason: this.#clock.refused(reading, outcome.recordedAt) };
      default:
        return { status: "rejected", reason: errorOf(outcome) };
    }
  }
}
