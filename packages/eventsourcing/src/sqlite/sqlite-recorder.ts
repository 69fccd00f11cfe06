import { resolve } from "node:path";
import { InvalidArgumentError, RecorderClosedError } from "../errors.ts";
import {
  checkEvents,
  checkInstant,
  checkNotificationRange,
  checkSnapshot,
  checkTracking,
  checkVersionRange,
} from "../recorder/arguments.ts";
import { ClockGuard, type ClockOptions, type ClockReading } from "../recorder/clock-guard.ts";
import { GroupCommit } from "../recorder/group-commit.ts";
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
import { type PackedOutcomes, packBatch, placementsOf, stateBytesOf, type Write } from "./batch.ts";
import { openReadingConnection, prepareDatabase, recorderErrorOf } from "./connection.ts";
import { errorOf } from "./failure.ts";
import { settleLostWrite } from "./lost-write.ts";
import { pollForOthers } from "./poll.ts";
import { Reader } from "./reader.ts";
import { WriterThread } from "./writer-thread.ts";

/** Where a recorder on SQLite keeps its events. */
export interface SqliteRecorderOptions {
  /** The database file. It is made when it does not exist; its folder is not. */
  readonly path: string;
  /** The clock that gives events their `recordedAt`. Default: the system's. */
  readonly clock?: ClockOptions;
}

const BATCH_LIMITS = { maxSaves: 512, maxBytes: 16 * 1024 * 1024, bytesOf: stateBytesOf };

/**
 * Opens the SQLite database at `path`, or makes it, and resolves to a recorder on it. Any number of processes may
 * have the same file open. Saves are written in a thread of their own and synced to the disk before they resolve;
 * reads happen in the calling thread. The recorder does not keep an idle process alive.
 *
 * @throws DatabaseRefusedError: the file is not ours, or a newer version wrote it; it is as it was.
 *   InvalidArgumentError: an option is wrong. RecorderError: it cannot be opened.
 */
export async function sqliteRecorder(options: SqliteRecorderOptions): Promise<Recorder> {
  if (options.path === "" || options.path === ":memory:")
    throw new InvalidArgumentError("path", options.path, "the path of a file");
  const clock = new ClockGuard(options.clock);
  const path = resolve(options.path);
  await prepareDatabase(path);
  const reader = new Reader(openReadingConnection(path));
  try {
    const writer = await WriterThread.start(path);
    return new SqliteRecorder(path, clock, reader, writer);
  } catch (error) {
    reader.close();
    throw recorderErrorOf(`The writer of the database ${path} cannot be started`, error);
  }
}

class SqliteRecorder implements Recorder {
  readonly #path: string;
  readonly #clock: ClockGuard;
  readonly #reader: Reader;
  readonly #writes = new GroupCommit<Write, readonly AppendResult[]>(
    (batch) => this.#commit(batch),
    BATCH_LIMITS,
  );
  readonly #watchers = new Listeners(() => pollForOthers(this.#reader, () => this.#watchers.notify()));
  #writer: WriterThread;
  #closing: Promise<void> | undefined;

  constructor(path: string, clock: ClockGuard, reader: Reader, writer: WriterThread) {
    this.#path = path;
    this.#clock = clock;
    this.#reader = reader;
    this.#writer = writer;
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
    return this.#watchers.add(listener);
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#watchers.close();
    await this.#writes.drain();
    // The writer last: SQLite brings the WAL into the file when the last connection closes, and takes its time.
    this.#reader.close();
    await this.#writer.stop();
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

  async #commit(batch: readonly Write[]): Promise<readonly PromiseSettledResult<readonly AppendResult[]>[]> {
    const writer = await this.#livingWriter();
    const reading = this.#clock.read();
    let outcomes: PackedOutcomes;
    try {
      outcomes = await writer.commit(packBatch(batch, reading));
    } catch (error) {
      return Promise.allSettled(batch.map(async (write) => settleLostWrite(write, this.#reader, error)));
    }
    if (outcomes.some(({ kind }) => kind === "placed")) this.#watchers.notify();
    return outcomes.map((outcome) => this.#settled(outcome, reading));
  }

  #settled(
    outcome: PackedOutcomes[number],
    reading: ClockReading,
  ): PromiseSettledResult<readonly AppendResult[]> {
    if (outcome.kind === "clock-ahead")
      return { status: "rejected", reason: this.#clock.refused(reading, outcome.recordedAt) };
    if (outcome.kind !== "placed") return { status: "rejected", reason: errorOf(outcome) };
    if (outcome.versions.length > 0) this.#clock.stored(reading, outcome.recordedAt);
    return { status: "fulfilled", value: placementsOf(outcome) };
  }

  async #livingWriter(): Promise<WriterThread> {
    if (!this.#writer.hasEnded) return this.#writer;
    try {
      this.#writer = await WriterThread.start(this.#path);
      return this.#writer;
    } catch (error) {
      throw recorderErrorOf(`The writer of the database ${this.#path} cannot be started again`, error);
    }
  }
}
