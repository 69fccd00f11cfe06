import { setMaxListeners } from "node:events";
import { setTimeout } from "node:timers/promises";
import { Client, type ClientBase, type ClientConfig, Pool, type PoolClient, type PoolConfig } from "pg";
import { parseConnectionString } from "./connection-string.ts";
import { Endpoints, type FailedAttempt } from "./endpoints.ts";
import { isConnectionLost, isPermanent } from "./failure.ts";
import { LivenessProbe } from "./liveness-probe.ts";

/** Options of a pool of connections. Options that pg's own pool has mean the same. */
export interface ServerPoolOptions
  extends Pick<PoolConfig, "idleTimeoutMillis" | "maxLifetimeSeconds" | "pipeline" | "types"> {
  /** The greatest number of connections. */
  readonly size: number;
  /** The `application_name` of the sessions, unless the connection string sets one. */
  readonly applicationName: string;
  /** Server parameters of every session, such as `search_path` and `statement_timeout`. */
  readonly settings: Readonly<Record<string, string>>;
  /** How long an answer may take before the connection counts as broken. */
  readonly answerTimeoutMs: number;
  /** How long a call waits for an unavailable server. */
  readonly reconnectTimeoutMs: number;
  /** Whether commits wait for the disk although `synchronous_commit` is "off". Default: false. */
  readonly durable?: boolean;
  /** Prepares each new connection, after `settings` are set. */
  readonly begin?: (client: ClientBase) => Promise<void>;
  /** Returns whether the connection of a call that failed with `error` stays open. Default: never. */
  readonly keepsConnection?: (error: unknown) => boolean;
}

const IDLE_MS = 30_000;
const KEEP_ALIVE_DELAY_MS = 10_000;
const FIRST_PAUSE_MS = 20;
const MAX_PAUSE_MS = 500;
const END_MS = 1_000;

/** Finds the host of a connection string that accepts writes. Its pools reconnect to another host after a failover. */
export class PostgresServer {
  /** The hosts and the database, without the user and the password. */
  readonly display: string;
  readonly #writable: boolean;
  readonly #endpoints: Endpoints;
  readonly #probe: LivenessProbe;

  /**
   * @param url See `PostgresRecorderOptions.url`. With `target_session_attrs=any`, and unless `writable` is true, the
   *   first host that answers is used.
   * @throws InvalidArgumentError Its message does not contain the password.
   */
  constructor(url: string, { writable = false }: { readonly writable?: boolean } = {}) {
    const target = parseConnectionString(url);
    this.display = target.display;
    this.#writable = writable || target.writable;
    this.#endpoints = new Endpoints(target.endpoints);
    this.#probe = new LivenessProbe(this.#endpoints);
  }

  pool(options: ServerPoolOptions): ServerPool {
    return new ServerPool(this.#endpoints, this.#probe, this.#writable, options);
  }
}

/** A pool of connections to a server. Broken connections are replaced. Idle ones do not keep the process alive. */
export class ServerPool {
  readonly #endpoints: Endpoints;
  readonly #pool: Pool;
  readonly #reconnectTimeoutMs: number;
  readonly #keepsConnection: (error: unknown) => boolean;
  readonly #clients = new Set<Client>();
  readonly #uses = new Set<Promise<unknown>>();
  /** Aborted when `end` is called: nothing waits for an unavailable server any more. */
  readonly #ending = new AbortController();
  /** Aborted `END_MS` later: nothing waits for an answer any more. */
  readonly #ended = new AbortController();
  #end: Promise<void> | undefined;

  constructor(endpoints: Endpoints, probe: LivenessProbe, writable: boolean, options: ServerPoolOptions) {
    const { reconnectTimeoutMs, keepsConnection = () => false } = options;
    this.#endpoints = endpoints;
    this.#reconnectTimeoutMs = reconnectTimeoutMs;
    this.#keepsConnection = keepsConnection;
    // Node warns of more than ten listeners, and any number of calls may wait.
    setMaxListeners(0, this.#ended.signal, this.#ending.signal);
    this.#pool = poolOf(endpoints, { writable, options }, (client) => {
      this.#clients.add(client);
      client.once("end", () => this.#clients.delete(client));
      probe.watch(client);
    });
  }

  /**
   * Resolves to a connection, which the caller must release. Tries every endpoint, again and again, for `waitMs` or
   * until the pool ends, and rejects with the error of the last round.
   */
  async connect(waitMs = this.#reconnectTimeoutMs): Promise<PoolClient> {
    const deadline = Date.now() + waitMs;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS)) {
      const attempts: FailedAttempt[] = [];
      for (let left = this.#endpoints.length; left > 0; ) {
        const endpoint = this.#endpoints.current;
        try {
          return await this.#connectOnce();
        } catch (error) {
          attempts.push({ endpoint, error });
          left -= this.#endpoints.advance(endpoint, error);
        }
      }
      const failure = this.#endpoints.failureOf(attempts);
      if (isPermanent(failure) || this.#ending.signal.aborted || Date.now() + pauseMs > deadline)
        throw failure;
      await setTimeout(pauseMs, undefined, { signal: this.#ending.signal }).catch(() => {});
    }
  }

  /** Runs `work` on a connection. `work` must not use it after its promise settles. Waits `waitMs` for the server. */
  async use<Result>(
    work: (client: ClientBase) => Promise<Result>,
    waitMs = this.#reconnectTimeoutMs,
  ): Promise<Result> {
    const using = this.#useOnce(work, waitMs).finally(() => this.#uses.delete(using));
    this.#uses.add(using);
    return using;
  }

  async #useOnce<Result>(work: (client: ClientBase) => Promise<Result>, waitMs: number): Promise<Result> {
    const client = await this.connect(waitMs);
    let keeps = true;
    try {
      return await work(client);
    } catch (error) {
      keeps = this.#keepsConnection(error);
      throw error;
    } finally {
      client.release(!keeps);
    }
  }

  /** Like `use`, but runs `work`, which must be idempotent, again if its connection breaks. */
  async useWithRetry<Result>(work: (client: ClientBase) => Promise<Result>): Promise<Result> {
    const deadline = Date.now() + this.#reconnectTimeoutMs;
    for (;;) {
      try {
        return await this.use(work, deadline - Date.now());
      } catch (error) {
        if (!isConnectionLost(error) || isPermanent(error)) throw error;
        if (this.#ending.signal.aborted || Date.now() >= deadline) throw error;
      }
    }
  }

  /** Ends all connections: idle ones at once, others after their call or after a second. Waiting calls are rejected. */
  async end(): Promise<void> {
    this.#end ??= this.#endAll();
    await this.#end;
  }

  async #endAll(): Promise<void> {
    this.#ending.abort();
    const unused = new AbortController();
    await Promise.race([
      Promise.allSettled(this.#uses).then(() => unused.abort()),
      setTimeout(END_MS, undefined, { signal: unused.signal }).catch(() => {}),
    ]);
    this.#ended.abort();
    for (const { connection } of this.#clients) connection.stream.destroy(new Error("the pool has ended"));
    await this.#pool.end();
  }

  async #connectOnce(): Promise<PoolClient> {
    const { signal } = this.#ended;
    const connecting = this.#pool.connect();
    let abort = (): void => {};
    const aborted = new Promise<never>((_, reject) => {
      abort = () => reject(new Error("the pool has ended"));
      signal.addEventListener("abort", abort);
      if (signal.aborted) abort();
    });
    try {
      return await Promise.race([connecting, aborted]);
    } catch (error) {
      if (signal.aborted) connecting.then((client) => client.release(true)).catch(() => {});
      throw error;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }
}

function poolOf(
  endpoints: Endpoints,
  { writable, options }: { readonly writable: boolean; readonly options: ServerPoolOptions },
  onClient: (client: Client) => void,
): Pool {
  const { idleTimeoutMillis = IDLE_MS, maxLifetimeSeconds } = options;
  const nextConfig = (): ClientConfig => ({
    ...endpoints.configOf(endpoints.current),
    fallback_application_name: options.applicationName,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY_MS,
    query_timeout: options.answerTimeoutMs,
    pipeline: options.pipeline,
    types: options.types,
  });
  const pool = new Pool({
    max: options.size,
    idleTimeoutMillis,
    maxLifetimeSeconds,
    allowExitOnIdle: true,
    onConnect: (client) => begin(client, writable, options),
    Client: class extends Client {
      constructor() {
        super(nextConfig());
        // The statement in flight rejects with the same error.
        this.on("error", () => {});
        onClient(this);
      }
    },
  });
  pool.on("error", () => {});
  return pool;
}

async function begin(client: ClientBase, writable: boolean, options: ServerPoolOptions): Promise<void> {
  const { rows } = await client.query<[readOnly: string, synchronousCommit: string]>({
    text: "SELECT current_setting('transaction_read_only'), current_setting('synchronous_commit')",
    rowMode: "array",
  });
  const [readOnly, synchronousCommit] = rows[0] ?? [];
  if (writable && readOnly !== "off")
    throw new Error("the server accepts no writes; it is a standby or read-only");
  const settings = { ...options.settings };
  // A crash can lose commits with "off" alone.
  if (options.durable && synchronousCommit === "off") settings.synchronous_commit = "on";
  await client.query(
    "SELECT set_config(name, value, false) FROM unnest($1::text[], $2::text[]) AS setting (name, value)",
    [Object.keys(settings), Object.values(settings)],
  );
  await options.begin?.(client);
}
