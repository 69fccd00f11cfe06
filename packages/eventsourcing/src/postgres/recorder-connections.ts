import { randomBytes } from "node:crypto";
import { Socket } from "node:net";
import { type ClientBase, escapeIdentifier } from "pg";
import { timesOfClockAhead } from "./batch.ts";
import type { PostgresServer, ServerPool } from "./connections.ts";

export interface ConnectionLimits {
  /** How many connections read at once. */
  readonly poolSize: number;
  /** How long a transaction may hold the lock of the appends. */
  readonly transactionTimeoutMs: number;
  /** How long a call waits for the server to come back. */
  readonly reconnectTimeoutMs: number;
}

/** The connection that appends. */
export interface Writer {
  readonly client: ClientBase;
  /** The key of the advisory lock that its session holds as long as it lives. */
  readonly sessionKey: string;
}

/** How much longer than a transaction may last a save waits for its turn. */
const EXTRA_LOCK_WAIT_MS = 30_000;
/** How much longer than that an answer may take, before the connection is taken for dead. */
const EXTRA_ANSWER_WAIT_MS = 60_000;

/**
 * What every session has. Plans are made once, for to plan an append takes longer than to append. Each statement of
 * the recorder goes by an index, and a plan that was made while the tables were small must not scan them when they
 * are large.
 */
const SETTINGS = {
  bytea_output: "hex",
  default_transaction_isolation: "read committed",
  plan_cache_mode: "force_generic_plan",
  enable_seqscan: "off",
  enable_bitmapscan: "off",
  enable_hashjoin: "off",
  enable_mergejoin: "off",
  jit: "off",
};

/** The connections of a recorder. */
export class RecorderConnections {
  readonly #readers: ServerPool;
  readonly #writers: ServerPool;
  readonly #notifiers: ServerPool;
  readonly #listeners: ServerPool;
  readonly #sessionKeys = new WeakMap<ClientBase, string>();

  constructor(server: PostgresServer, limits: ConnectionLimits) {
    const { poolSize, transactionTimeoutMs, reconnectTimeoutMs } = limits;
    const lockTimeoutMs = transactionTimeoutMs + EXTRA_LOCK_WAIT_MS;
    const shared = {
      applicationName: "palimpsest",
      answerTimeoutMs: lockTimeoutMs + transactionTimeoutMs + EXTRA_ANSWER_WAIT_MS,
      reconnectTimeoutMs,
    };
    this.#readers = server.pool({ ...shared, size: poolSize, settings: SETTINGS });
    this.#writers = server.pool({
      ...shared,
      size: 1,
      idleTimeoutMillis: 0,
      settings: {
        ...SETTINGS,
        lock_timeout: String(lockTimeoutMs),
        statement_timeout: String(lockTimeoutMs + transactionTimeoutMs),
        idle_in_transaction_session_timeout: String(transactionTimeoutMs),
      },
      // An acknowledged save is never lost (R5).
      durable: true,
      begin: (client) => this.#markSession(client),
      keptAfter: (error) => timesOfClockAhead(error) !== undefined,
    });
    this.#notifiers = server.pool({ ...shared, size: 1, settings: {} });
    this.#listeners = server.pool({ ...shared, size: 1, settings: {} });
  }

  /** Runs `work`, which may be repeated, and repeats it elsewhere when its connection breaks. */
  read<Result>(work: (client: ClientBase) => Promise<Result>): Promise<Result> {
    return this.#readers.useAgain(work);
  }

  /**
   * Runs `work` on the connection that appends, and waits for the server no longer than `waitMs`. There is one
   * such connection, so calls must not overlap.
   */
  write<Result>(work: (writer: Writer) => Promise<Result>, waitMs?: number): Promise<Result> {
    return this.#writers.use((client) => work(this.#writerOf(client)), waitMs);
  }

  /** As `write`, for work that may be repeated: repeats it on another connection when the first one breaks. */
  writeAgain<Result>(work: (writer: Writer) => Promise<Result>): Promise<Result> {
    return this.#writers.useAgain((client) => work(this.#writerOf(client)));
  }

  async notify(channel: string): Promise<void> {
    await this.#notifiers.use((client) => client.query("SELECT pg_notify($1, '')", [channel]), 0);
  }

  /** Calls `heard` once it listens, and for each notice, until the connection breaks or the signal comes. */
  async listen(channel: string, heard: () => void, signal: AbortSignal): Promise<void> {
    const client = await this.#listeners.connect(0);
    const { stream } = client.connection;
    if (stream instanceof Socket) stream.unref();
    let stop = (): void => {};
    try {
      const ended = new Promise<never>((_, reject) => {
        stop = () => reject(new Error("nobody listens any more"));
        client.once("end", stop);
        signal.addEventListener("abort", stop, { once: true });
        if (signal.aborted) stop();
      });
      client.on("notification", heard);
      await Promise.race([client.query(`LISTEN ${escapeIdentifier(channel)}`), ended]);
      heard();
      await ended;
    } finally {
      // The signal outlives many connections.
      signal.removeEventListener("abort", stop);
      client.release(true);
    }
  }

  async close(): Promise<void> {
    const pools = [this.#readers, this.#writers, this.#notifiers, this.#listeners];
    await Promise.all(pools.map((pool) => pool.end()));
  }

  #writerOf(client: ClientBase): Writer {
    return { client, sessionKey: this.#sessionKeys.get(client) ?? "" };
  }

  async #markSession(client: ClientBase): Promise<void> {
    const sessionKey = randomBytes(8).readBigInt64BE().toString();
    await client.query("SELECT pg_advisory_lock($1::bigint)", [sessionKey]);
    this.#sessionKeys.set(client, sessionKey);
  }
}
