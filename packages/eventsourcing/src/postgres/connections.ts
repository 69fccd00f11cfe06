import { randomBytes } from "node:crypto";
import { Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import { Client, type ClientBase, type ClientConfig, escapeIdentifier, Pool, type PoolClient } from "pg";
import type { ConnectionTarget } from "./connection-string.ts";
import { isConnectionLost, isLasting, mayBeAboutTls } from "./failure.ts";

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
const IDLE_MS = 30_000;
const KEEP_ALIVE_DELAY_MS = 10_000;
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 500;

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

/**
 * The connections to the server of a connection string that takes writes. They are made when needed, made again
 * when they break, and follow the writable server from host to host. Idle ones do not keep the process alive.
 */
export class Connections {
  readonly #target: ConnectionTarget;
  readonly #limits: ConnectionLimits;
  readonly #readers: Pool;
  readonly #writers: Pool;
  readonly #notifiers: Pool;
  readonly #listeners: Pool;
  readonly #sessionKeys = new WeakMap<ClientBase, string>();
  #way = 0;

  constructor(target: ConnectionTarget, limits: ConnectionLimits) {
    this.#target = target;
    this.#limits = limits;
    this.#readers = this.#pool(limits.poolSize, IDLE_MS, (client) => this.#beginReading(client));
    this.#writers = this.#pool(1, 0, (client) => this.#beginWriting(client));
    this.#notifiers = this.#pool(1, IDLE_MS, (client) => this.#checkWritable(client));
    this.#listeners = this.#pool(1, IDLE_MS, (client) => this.#checkWritable(client));
  }

  /** Runs `work`, which may be repeated, and repeats it elsewhere when its connection breaks. */
  read<Result>(work: (client: ClientBase) => Promise<Result>): Promise<Result> {
    return this.#repeat(async (deadline) => withClient(await this.#connect(this.#readers, deadline), work));
  }

  /**
   * Runs `work` on the connection that appends, and waits for the server no longer than `waitMs`. There is one
   * such connection, so calls must not overlap.
   */
  write<Result>(
    work: (writer: Writer) => Promise<Result>,
    waitMs = this.#limits.reconnectTimeoutMs,
  ): Promise<Result> {
    return this.#writeUntil(Date.now() + waitMs, work);
  }

  /** As `write`, for work that may be repeated: repeats it on another connection when the first one breaks. */
  writeAgain<Result>(work: (writer: Writer) => Promise<Result>): Promise<Result> {
    return this.#repeat((deadline) => this.#writeUntil(deadline, work));
  }

  async notify(channel: string): Promise<void> {
    const client = await this.#connect(this.#notifiers, Date.now());
    await withClient(client, () => client.query("SELECT pg_notify($1, '')", [channel]));
  }

  /** Calls `heard` once it listens, and for each notice, until the connection breaks or the signal comes. */
  async listen(channel: string, heard: () => void, signal: AbortSignal): Promise<void> {
    const client = await this.#connect(this.#listeners, Date.now());
    const { stream } = client.connection;
    if (stream instanceof Socket) stream.unref();
    await withClient(client, async () => {
      const ended = new Promise<never>((_, reject) => {
        const stop = () => reject(new Error("nobody listens any more"));
        client.once("end", stop);
        signal.addEventListener("abort", stop, { once: true });
        if (signal.aborted) stop();
      });
      client.on("notification", heard);
      await Promise.race([client.query(`LISTEN ${escapeIdentifier(channel)}`), ended]);
      heard();
      await ended;
    });
  }

  async close(): Promise<void> {
    const pools = [this.#readers, this.#writers, this.#notifiers, this.#listeners];
    await Promise.all(pools.map((pool) => pool.end()));
  }

  async #repeat<Result>(attempt: (deadline: number) => Promise<Result>): Promise<Result> {
    const deadline = Date.now() + this.#limits.reconnectTimeoutMs;
    for (;;) {
      try {
        return await attempt(deadline);
      } catch (error) {
        if (!isConnectionLost(error) || isLasting(error) || Date.now() >= deadline) throw error;
      }
    }
  }

  async #writeUntil<Result>(deadline: number, work: (writer: Writer) => Promise<Result>): Promise<Result> {
    const client = await this.#connect(this.#writers, deadline);
    return withClient(client, () => work({ client, sessionKey: this.#sessionKeys.get(client) ?? "" }));
  }

  #pool(max: number, idleTimeoutMillis: number, begin: (client: ClientBase) => Promise<void>): Pool {
    const nextConfig = () => this.#clientConfig();
    const pool = new Pool({
      max,
      idleTimeoutMillis,
      allowExitOnIdle: true,
      onConnect: begin,
      Client: class extends Client {
        constructor() {
          super(nextConfig());
        }
      },
    });
    // An idle connection broke; the pool has dropped it already.
    pool.on("error", () => {});
    return pool;
  }

  #clientConfig(): ClientConfig {
    const { transactionTimeoutMs } = this.#limits;
    return {
      ...this.#target.ways[this.#way]?.config,
      fallback_application_name: "palimpsest",
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY_MS,
      query_timeout: 2 * transactionTimeoutMs + EXTRA_LOCK_WAIT_MS + EXTRA_ANSWER_WAIT_MS,
    };
  }

  /** Tries every way to connect, again and again until the deadline, and rejects with what came of the last round. */
  async #connect(pool: Pool, deadline: number): Promise<PoolClient> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      const errors: unknown[] = [];
      for (let left = this.#target.ways.length; left > 0; ) {
        const way = this.#way;
        try {
          return await pool.connect();
        } catch (error) {
          errors.push(error);
          const step = this.#stepAfter(way, error);
          left -= step;
          // Others may have gone on already.
          if (this.#way === way) this.#way = (way + step) % this.#target.ways.length;
        }
      }
      const failure = oneErrorOf(errors);
      if (isLasting(failure) || Date.now() + pauseMs > deadline) throw failure;
      await setTimeout(pauseMs);
    }
  }

  /** Goes on to the next host, unless the same one may take a connection with other TLS, or with none. */
  #stepAfter(way: number, error: unknown): number {
    if (mayBeAboutTls(error)) return 1;
    const { ways } = this.#target;
    const next = ways.findIndex(({ host }, index) => index > way && host !== ways[way]?.host);
    return (next === -1 ? ways.length : next) - way;
  }

  async #beginReading(client: ClientBase): Promise<void> {
    await this.#checkWritable(client);
    await set(client, SETTINGS);
  }

  async #beginWriting(client: ClientBase): Promise<void> {
    await this.#checkWritable(client);
    const { transactionTimeoutMs } = this.#limits;
    const lockTimeoutMs = transactionTimeoutMs + EXTRA_LOCK_WAIT_MS;
    await set(client, {
      ...SETTINGS,
      lock_timeout: String(lockTimeoutMs),
      statement_timeout: String(lockTimeoutMs + transactionTimeoutMs),
      idle_in_transaction_session_timeout: String(transactionTimeoutMs),
    });
    // With "off" an acknowledged save could be lost (R5); every other value waits for the disk at least.
    await client.query(
      `SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'`,
    );
    const sessionKey = randomBytes(8).readBigInt64BE().toString();
    await client.query("SELECT pg_advisory_lock($1::bigint)", [sessionKey]);
    this.#sessionKeys.set(client, sessionKey);
  }

  async #checkWritable(client: ClientBase): Promise<void> {
    if (!this.#target.writable) return;
    const { rows } = await client.query<[string]>({
      text: "SELECT current_setting('transaction_read_only')",
      rowMode: "array",
    });
    if (rows[0]?.[0] !== "off") throw new Error("the server takes no writes, it is a standby or read-only");
  }
}

async function set(client: ClientBase, settings: Readonly<Record<string, string>>): Promise<void> {
  await client.query(
    "SELECT set_config(name, value, false) FROM unnest($1::text[], $2::text[]) AS setting (name, value)",
    [Object.keys(settings), Object.values(settings)],
  );
}

async function withClient<Result>(
  client: PoolClient,
  work: (client: ClientBase) => Promise<Result>,
): Promise<Result> {
  // The statement in flight rejects with the same error.
  const ignore = () => {};
  client.on("error", ignore);
  let failed = true;
  try {
    const result = await work(client);
    failed = false;
    return result;
  } finally {
    client.release(failed);
    client.removeListener("error", ignore);
  }
}

function oneErrorOf(errors: readonly unknown[]): unknown {
  if (errors.length === 1) return errors[0];
  const messages = errors.map((error) => (error instanceof Error ? error.message : String(error)));
  return new AggregateError(errors, [...new Set(messages)].join("; "));
}
