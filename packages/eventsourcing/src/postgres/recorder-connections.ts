import { randomBytes } from "node:crypto";
import { Socket } from "node:net";
import { type ClientBase, escapeIdentifier } from "pg";
import { timesOfClockAhead } from "./batch.ts";
import type { PostgresServer, ServerPool } from "./connections.ts";

export interface ConnectionLimits {
  readonly poolSize: number;
  /** How long a transaction may hold the lock for appends. */
  readonly transactionTimeoutMs: number;
  readonly reconnectTimeoutMs: number;
}

export interface Writer {
  readonly client: ClientBase;
  /** The key of an advisory lock that the session holds until it ends. */
  readonly sessionKey: string;
}

/** How long, beyond the longest transaction, a save waits for the lock. */
const EXTRA_LOCK_WAIT_MS = 30_000;
/** How long, beyond that, an answer may take before the connection counts as broken. */
const EXTRA_ANSWER_WAIT_MS = 60_000;

/**
 * Settings of every session. Plans are reused, since planning an append takes longer than running it. Every statement
 * can use an index, so scans are off: a plan made for small tables must not scan them once they are large.
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
      // An acknowledged save is not lost (R5).
      durable: true,
      begin: (client) => this.#markSession(client),
      keepsConnection: (error) => timesOfClockAhead(error) !== undefined,
    });
    this.#notifiers = server.pool({ ...shared, size: 1, settings: {} });
    this.#listeners = server.pool({ ...shared, size: 1, settings: {} });
  }

  /** Runs `work`, which must be idempotent, and runs it again if its connection breaks. */
  read<Result>(work: (client: ClientBase) => Promise<Result>): Promise<Result> {
    return this.#readers.useWithRetry(work);
  }

  /** Runs `work` on the one connection that appends, so calls must not overlap. Waits `waitMs` for the server. */
  write<Result>(work: (writer: Writer) => Promise<Result>, waitMs?: number): Promise<Result> {
    return this.#writers.use((client) => work(this.#writerOf(client)), waitMs);
  }

  /** Like `write`, but runs `work`, which must be idempotent, again if its connection breaks. */
  writeWithRetry<Result>(work: (writer: Writer) => Promise<Result>): Promise<Result> {
    return this.#writers.useWithRetry((client) => work(this.#writerOf(client)));
  }

  async notify(channel: string): Promise<void> {
    await this.#notifiers.use((client) => client.query("SELECT pg_notify($1, '')", [channel]), 0);
  }

  /** Calls `onNotification` once it listens and for each notification. Rejects when the connection breaks or `signal` aborts. */
  async listen(channel: string, onNotification: () => void, signal: AbortSignal): Promise<void> {
    const client = await this.#listeners.connect(0);
    const { stream } = client.connection;
    if (stream instanceof Socket) stream.unref();
    let stop = (): void => {};
    try {
      const ended = new Promise<never>((_, reject) => {
        stop = () => reject(new Error("the listener has ended"));
        client.once("end", stop);
        signal.addEventListener("abort", stop, { once: true });
        if (signal.aborted) stop();
      });
      client.on("notification", onNotification);
      await Promise.race([client.query(`LISTEN ${escapeIdentifier(channel)}`), ended]);
      onNotification();
      await ended;
    } finally {
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
