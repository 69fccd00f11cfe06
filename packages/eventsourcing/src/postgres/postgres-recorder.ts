import { setTimeout as pause } from "node:timers/promises";
import type { ClientBase } from "pg";
import { InvalidArgumentError, LimitExceededError, RecorderClosedError } from "../errors.ts";
import {
  checkEvents,
  checkInstant,
  checkNotificationRange,
  checkSnapshot,
  checkTracking,
  checkVersionRange,
} from "../recorder/arguments.ts";
import type { ClockOptions } from "../recorder/clock-guard.ts";
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
import { type Outcome, type Save, stateBytesOf } from "./batch.ts";
import { BatchWriter, type WriterSettings } from "./batch-writer.ts";
import { PostgresServer } from "./connections.ts";
import { isConnectionLost, recorderErrorOf } from "./failure.ts";
import { migrate } from "./migrations.ts";
import { NotifyChannel } from "./notify-channel.ts";
import { checkedTransactionTimeout, connectionOptions } from "./options.ts";
import { isText, Reader } from "./reader.ts";
import { RecorderConnections } from "./recorder-connections.ts";
import { type Schema, schemaOf } from "./schema-name.ts";
import { ServerClock } from "./server-clock.ts";

/** Options of `postgresRecorder`. */
export interface PostgresRecorderOptions {
  /**
   * `postgres://user:password@host:port/database?parameters`, with the parameters of libpq that pg supports, such as
   * `sslmode` and `options`. Of several hosts (`postgres://one:5432,two:5433/database`) the one that accepts writes
   * is used. With `target_session_attrs=any` the first host that answers is used, so that a standby can be read.
   */
  readonly url: string;
  /** The schema of the tables, which is created if it does not exist. Default: "palimpsest". */
  readonly schema?: string;
  /**
   * The number of connections that read, 1 to 1,000. Default: 4. One more writes, one notifies other processes, and one
   * listens to them while there are listeners.
   */
  readonly poolSize?: number;
  /** How long a transaction that has appended may last before the server ends it (R4). Default: 10,000. */
  readonly transactionTimeoutMs?: number;
  /** How long a call waits for an unavailable server. Default: 15,000. */
  readonly reconnectTimeoutMs?: number;
  /** The clock that gives events their `recordedAt`. Default: the server's, compared with the clocks of this process. */
  readonly clock?: ClockOptions;
}

const DEFAULT_SCHEMA = "palimpsest";
/** How long `close` waits for the last notification of other processes. */
const NOTIFY_TIMEOUT_MS = 1_000;

const BATCH_LIMITS = { maxSaves: 512, maxBytes: 16 * 1024 * 1024, bytesOf: stateBytesOf };
/** A message to PostgreSQL must be smaller than 1 GB. */
const MAX_SAVE_BYTES = 512 * 1024 * 1024;

/**
 * Resolves to a recorder in a schema of a PostgreSQL database (14 or newer), which it creates if it does not exist. Any
 * number of processes may use one schema. The role needs the right to use the schema's tables and, for the first start,
 * to create the schema or to create tables in an empty one. The connection may go through a pooler in session mode.
 * Broken connections are replaced. An idle recorder does not keep the process alive.
 *
 * A save resolves when the server has committed it according to its `synchronous_commit`, except that "off" means "on".
 *
 * @throws InvalidArgumentError, LimitExceededError if an option is invalid. DatabaseRefusedError if the schema belongs
 *   to another program or a newer version, or the server is too old; nothing is changed. RecorderError if the database
 *   cannot be opened.
 */
export async function postgresRecorder(options: PostgresRecorderOptions): Promise<Recorder> {
  const { url, schema: schemaName, ...waits } = connectionOptions(options, DEFAULT_SCHEMA);
  const limits = { ...waits, transactionTimeoutMs: checkedTransactionTimeout(options.transactionTimeoutMs) };
  const clock = new ServerClock(options.clock);
  const schema = schemaOf(schemaName);
  const server = new PostgresServer(url);
  const database = `${server.display}, schema ${schema.quoted},`;
  const connections = new RecorderConnections(server, limits);
  try {
    await connections.write(({ client }) => migrate(client, schema, database), 0);
  } catch (error) {
    await connections.close();
    throw recorderErrorOf(`The database ${database} cannot be opened`, error);
  }
  return new PostgresRecorder(connections, schema, { clock, ...limits });
}

class PostgresRecorder implements Recorder {
  readonly #connections: RecorderConnections;
  readonly #schema: Schema;
  readonly #reader: Reader;
  readonly #clock: ServerClock;
  readonly #saves: GroupCommit<Save, readonly AppendResult[]>;
  readonly #channel: NotifyChannel;
  readonly #listeners = new Listeners(() => this.#channel.listen(() => this.#listeners.notify()));
  #closing: Promise<void> | undefined;

  constructor(connections: RecorderConnections, schema: Schema, settings: WriterSettings) {
    this.#connections = connections;
    this.#schema = schema;
    this.#reader = new Reader(schema);
    this.#clock = settings.clock;
    const writer = new BatchWriter(connections, schema, this.#reader, settings);
    this.#saves = new GroupCommit((saves) => this.#commit(writer, saves), BATCH_LIMITS);
    this.#channel = new NotifyChannel(connections, schema);
  }

  async insertEvents(
    events: readonly UnrecordedEvent[],
    tracking?: Tracking,
  ): Promise<readonly AppendResult[]> {
    this.#checkOpen();
    checkEvents(events);
    for (const { topic } of events) checkText("topic", topic);
    if (tracking !== undefined) {
      checkTracking(tracking);
      checkText("tracking name", tracking.name);
    } else if (events.length === 0) return [];
    const save = { events, tracking };
    const bytes = stateBytesOf(save);
    if (bytes > MAX_SAVE_BYTES)
      throw new LimitExceededError("bytes of the states of one save", bytes, MAX_SAVE_BYTES);
    return this.#saves.submit(save);
  }

  async insertSnapshot(snapshot: StoredSnapshot, keepEvery: number): Promise<void> {
    checkSnapshot(snapshot, keepEvery);
    checkText("topic", snapshot.topic);
    const { originatorId, originatorVersion, topic, state } = snapshot;
    // Storing a snapshot is idempotent, so it may be repeated like a read.
    await this.#run("The snapshot was not stored", (client) =>
      client.query({
        name: "putSnapshot",
        text: `SELECT ${this.#schema.quoted}.put_snapshot($1::uuid, $2::bigint, $3::text, $4::bytea, $5::bigint)`,
        values: [originatorId, originatorVersion, topic, state, keepEvery],
      }),
    );
  }

  async selectEvents(originatorId: string, range: VersionRange = {}): Promise<readonly Notification[]> {
    checkVersionRange(range);
    return this.#read((client) => this.#reader.events(client, originatorId, range));
  }

  async selectSnapshots(originatorId: string, range: VersionRange = {}): Promise<readonly StoredSnapshot[]> {
    checkVersionRange(range);
    return this.#read((client) => this.#reader.snapshots(client, originatorId, range));
  }

  async selectNotifications(range: NotificationRange): Promise<readonly Notification[]> {
    checkNotificationRange(range);
    return this.#read((client) => this.#reader.notifications(client, range));
  }

  async maxNotificationId(): Promise<number> {
    return this.#read((client) => this.#reader.maxNotificationId(client));
  }

  async notificationIdAt(instant: Date): Promise<number> {
    checkInstant(instant);
    return this.#read((client) => this.#reader.notificationIdAt(client, instant.getTime()));
  }

  async clockStatus(): Promise<ClockStatus> {
    return this.#read(async (client) => {
      const [serverMs, lastRecordedMs] = await this.#reader.times(client);
      return this.#clock.status(lastRecordedMs, serverMs);
    });
  }

  async findNotifications(eventIds: readonly string[]): Promise<readonly Notification[]> {
    return this.#read((client) => this.#reader.notificationsOf(client, eventIds));
  }

  async maxTrackingId(name: string): Promise<number> {
    return this.#read((client) => this.#reader.maxTrackingId(client, name));
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
    await this.#saves.drain();
    this.#listeners.close();
    const notified = new AbortController();
    const notifying = this.#channel.close().then(() => notified.abort());
    await Promise.race([
      notifying,
      pause(NOTIFY_TIMEOUT_MS, undefined, { signal: notified.signal }).catch(() => {}),
    ]);
    // Rejects the calls that still wait for the server.
    await this.#connections.close();
    await notifying;
  }

  async #commit(writer: BatchWriter, saves: readonly Save[]): Promise<readonly Outcome[]> {
    const outcomes = await writer.commit(saves);
    if (outcomes.some(({ status }) => status === "fulfilled")) {
      this.#listeners.notify();
      this.#channel.notify();
    }
    return outcomes;
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new RecorderClosedError();
  }

  #read<Result>(work: (client: ClientBase) => Promise<Result>): Promise<Result> {
    return this.#run("The database cannot be read", work);
  }

  async #run<Result>(failed: string, work: (client: ClientBase) => Promise<Result>): Promise<Result> {
    this.#checkOpen();
    try {
      return await this.#connections.read(work);
    } catch (error) {
      if (this.#closing !== undefined && isConnectionLost(error)) throw new RecorderClosedError();
      throw recorderErrorOf(failed, error);
    }
  }
}

function checkText(name: string, text: string): void {
  if (!isText(text)) throw new InvalidArgumentError(name, text, "without NUL characters");
}
