import { setMaxListeners } from "node:events";
import { setTimeout } from "node:timers/promises";
import { Client, type ClientBase, type ClientConfig, Pool, type PoolClient, type PoolConfig } from "pg";
import { parseConnectionString } from "./connection-string.ts";
import { isConnectionLost, isPermanent } from "./failure.ts";
import { type FailedAttempt, Route } from "./route.ts";
import { SilenceGuard } from "./silence.ts";

/** How many connections a pool has, and what its sessions are like. What pg's pool has, too, means the same. */
export interface ServerPoolOptions
  extends Pick<PoolConfig, "idleTimeoutMillis" | "maxLifetimeSeconds" | "pipeline" | "types"> {
  /** How many connections there may be at once. */
  readonly size: number;
  /** What the server knows them by, unless the connection string says it. */
  readonly applicationName: string;
  /** Parameters of the server for every session, such as `search_path` and `statement_timeout`. */
  readonly settings: Readonly<Record<string, string>>;
  /** How long an answer may take before the connection is taken for dead. */
  readonly answerTimeoutMs: number;
  /** How long a call waits for a server that is away. */
  readonly reconnectTimeoutMs: number;
  /** Whether commits wait for the disk also where `synchronous_commit` is "off"; no by default. */
  readonly durable?: boolean;
  /** Prepares each new connection, once it has its settings. */
  readonly begin?: (client: ClientBase) => Promise<void>;
  /** Whether the connection of a call that failed so is kept. By default it is given up. */
  readonly keptAfter?: (error: unknown) => boolean;
}

const IDLE_MS = 30_000;
const KEEP_ALIVE_DELAY_MS = 10_000;
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 500;
const END_MS = 1_000;

/**
 * Finds the server of a connection string that takes writes, and keeps pools of connections to it, which follow it
 * from host to host.
 */
export class PostgresServer {
  /** The hosts and the database, without the user and the password. */
  readonly display: string;
  readonly #writable: boolean;
  readonly #route: Route;
  readonly #guard: SilenceGuard;

  /**
   * @param url as that of `postgresRecorder`. With `target_session_attrs=any` the first server that answers will do,
   *   unless `writable` is true.
   * @throws InvalidArgumentError, which does not repeat the password
   */
  constructor(url: string, { writable = false }: { readonly writable?: boolean } = {}) {
    const target = parseConnectionString(url);
    this.display = target.display;
    this.#writable = writable || target.writable;
    this.#route = new Route(target.ways);
    this.#guard = new SilenceGuard(this.#route);
  }

  /** Makes a pool, which connects when it is used first. */
  pool(options: ServerPoolOptions): ServerPool {
    return new ServerPool(this.#route, this.#guard, this.#writable, options);
  }
}

/**
 * Connections to a server: made when needed, and made again when they break. Idle ones do not keep the process alive.
 */
export class ServerPool {
  readonly #route: Route;
  readonly #pool: Pool;
  readonly #reconnectTimeoutMs: number;
  readonly #keptAfter: (error: unknown) => boolean;
  readonly #clients = new Set<Client>();
  readonly #uses = new Set<Promise<unknown>>();
  /** Once it is to end, nobody waits any more for a server that is away, and soon after, for an answer. */
  readonly #ending = new AbortController();
  readonly #ended = new AbortController();
  #end: Promise<void> | undefined;

  constructor(route: Route, guard: SilenceGuard, writable: boolean, options: ServerPoolOptions) {
    const { reconnectTimeoutMs, keptAfter = () => false } = options;
    this.#route = route;
    this.#reconnectTimeoutMs = reconnectTimeoutMs;
    this.#keptAfter = keptAfter;
    // Any number may wait for a connection, and Node would warn of more than ten.
    setMaxListeners(0, this.#ended.signal, this.#ending.signal);
    this.#pool = poolOf(route, { writable, options }, (client) => {
      this.#clients.add(client);
      client.once("end", () => this.#clients.delete(client));
      guard.guard(client);
    });
  }

  /**
   * Resolves to a connection, which its `release` gives back. Waits for a server that is away: tries every way to
   * connect, again and again for `waitMs` or until the pool is to end, and rejects with what came of the last round.
   */
  async connect(waitMs = this.#reconnectTimeoutMs): Promise<PoolClient> {
    const deadline = Date.now() + waitMs;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      const attempts: FailedAttempt[] = [];
      for (let left = this.#route.length; left > 0; ) {
        const way = this.#route.taken;
        try {
          return await this.#connectOnce();
        } catch (error) {
          attempts.push({ way, error });
          left -= this.#route.leave(way, error);
        }
      }
      const failure = this.#route.failureOf(attempts);
      if (isPermanent(failure) || this.#ending.signal.aborted || Date.now() + pauseMs > deadline)
        throw failure;
      await setTimeout(pauseMs, undefined, { signal: this.#ending.signal }).catch(() => {});
    }
  }

  /** Runs `work` on a connection that it must not use after it, and waits for the server no longer than `waitMs`. */
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
    let isKept = true;
    try {
      return await work(client);
    } catch (error) {
      isKept = this.#keptAfter(error);
      throw error;
    } finally {
      client.release(!isKept);
    }
  }

  /** As `use`, for work that may be repeated: repeats it on another connection when the first one breaks. */
  async useAgain<Result>(work: (client: ClientBase) => Promise<Result>): Promise<Result> {
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

  /**
   * Ends all connections: at once those that are not in use, and the others when they are not used any more, or are
   * still used after a second. Whoever waits for a server that is away gives up.
   */
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

  /** Waits for a connection that is free, or for an answer to the first words on a new one, no longer than the pool. */
  async #connectOnce(): Promise<PoolClient> {
    const { signal } = this.#ended;
    const connecting = this.#pool.connect();
    let giveUp = (): void => {};
    const gaveUp = new Promise<never>((_, reject) => {
      giveUp = () => reject(new Error("the pool has ended"));
      signal.addEventListener("abort", giveUp);
      if (signal.aborted) giveUp();
    });
    try {
      return await Promise.race([connecting, gaveUp]);
    } catch (error) {
      // It may be made later, for nobody.
      if (signal.aborted) connecting.then((client) => client.release(true)).catch(() => {});
      throw error;
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  }
}

function poolOf(
  route: Route,
  { writable, options }: { readonly writable: boolean; readonly options: ServerPoolOptions },
  made: (client: Client) => void,
): Pool {
  const { idleTimeoutMillis = IDLE_MS, maxLifetimeSeconds } = options;
  const nextConfig = (): ClientConfig => ({
    ...route.configOf(route.taken),
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
        made(this);
      }
    },
  });
  // An idle connection broke; the pool has dropped it already.
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
    throw new Error("the server takes no writes, it is a standby or read-only");
  const settings = { ...options.settings };
  // With "off" what was acknowledged could be lost; every other value waits for the disk at least.
  if (options.durable && synchronousCommit === "off") settings.synchronous_commit = "on";
  await client.query(
    "SELECT set_config(name, value, false) FROM unnest($1::text[], $2::text[]) AS setting (name, value)",
    [Object.keys(settings), Object.values(settings)],
  );
  await options.begin?.(client);
}
