import { setTimeout } from "node:timers/promises";
import { Client, type ClientBase, type ClientConfig, Pool, type PoolClient, types } from "pg";
import { CodedError } from "../errors.ts";
import type { ConnectionTarget } from "./connection-string.ts";
import { isConnectionLost, isLasting, isReadOnly, mayBeAboutTls } from "./failure.ts";
import type { Schema } from "./schema-name.ts";

export interface ViewConnectionLimits {
  /** How many connections read at once. */
  readonly poolSize: number;
  /** How long a call waits for the server to come back. */
  readonly reconnectTimeoutMs: number;
}

/** As many projections as are written at once; the others wait for their turn. */
const WRITERS = 4;
const IDLE_MS = 30_000;
const KEEP_ALIVE_DELAY_MS = 10_000;
/** Statements that were prepared for generations that are gone go with their connection. */
const LONGEST_LIFE_S = 3_600;
const ANSWER_WAIT_MS = 300_000;
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 500;

const BIGINT = 20;

/** Of every connection. Names without a schema are those of the views. */
const settingsOf = (schema: Schema) => ({
  search_path: schema.quoted,
  default_transaction_isolation: "read committed",
  jit: "off",
});

/** Of those that write. */
const WRITER_SETTINGS = {
  // A process that hangs in the middle of a section lets go of the view.
  idle_in_transaction_session_timeout: "10000",
  lock_timeout: "30000",
  // Changes go by keys. A plan that was made and kept while the tables were small must not scan them later.
  enable_seqscan: "off",
};

/** The connections of a store of views: made when needed, and made again when they break. */
export class ViewConnections {
  readonly #target: ConnectionTarget;
  readonly #limits: ViewConnectionLimits;
  readonly #readers: Pool;
  readonly #writers: Pool;
  #way = 0;

  constructor(target: ConnectionTarget, schema: Schema, limits: ViewConnectionLimits) {
    this.#target = target;
    this.#limits = limits;
    const settings = settingsOf(schema);
    this.#readers = this.#pool({ max: limits.poolSize, pipeline: false, settings });
    this.#writers = this.#pool({
      max: WRITERS,
      pipeline: true,
      settings: { ...settings, ...WRITER_SETTINGS },
    });
  }

  /** Runs `work`, which may be repeated, and repeats it elsewhere when its connection breaks. */
  async read<Result>(work: (client: ClientBase) => Promise<Result>): Promise<Result> {
    const deadline = Date.now() + this.#limits.reconnectTimeoutMs;
    for (;;) {
      try {
        return await withClient(await this.#connect(this.#readers, deadline), work);
      } catch (error) {
        if (!isConnectionLost(error) || isLasting(error) || Date.now() >= deadline) throw error;
      }
    }
  }

  /** Runs `work` in a transaction, once. Its queries are sent without waiting for the answers of those before. */
  async write<Result>(
    work: (client: ClientBase) => Promise<Result>,
    waitMs = this.#limits.reconnectTimeoutMs,
  ): Promise<Result> {
    const client = await this.#connect(this.#writers, Date.now() + waitMs);
    return withClient(client, async () => {
      const begun = client.query("BEGIN");
      try {
        const [, result] = await Promise.all([begun, work(client)]);
        await client.query("COMMIT");
        return result;
      } catch (error) {
        await client.query("ROLLBACK").catch((lost: unknown) => {
          throw isBroken(error) ? error : lost;
        });
        throw error;
      }
    });
  }

  async close(): Promise<void> {
    await Promise.all([this.#readers.end(), this.#writers.end()]);
  }

  #pool(options: {
    readonly max: number;
    readonly pipeline: boolean;
    readonly settings: Readonly<Record<string, string>>;
  }): Pool {
    const nextConfig = () => this.#clientConfig(options.pipeline);
    const pool = new Pool({
      max: options.max,
      idleTimeoutMillis: IDLE_MS,
      maxLifetimeSeconds: LONGEST_LIFE_S,
      allowExitOnIdle: true,
      onConnect: (client) => this.#begin(client, options.settings),
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

  #clientConfig(pipeline: boolean): ClientConfig {
    return {
      ...this.#target.ways[this.#way]?.config,
      pipeline,
      fallback_application_name: "palimpsest views",
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY_MS,
      query_timeout: ANSWER_WAIT_MS,
      types: {
        getTypeParser: (oid: number, format?: "text" | "binary") =>
          oid === BIGINT && format !== "binary" ? Number : types.getTypeParser(oid, format),
      },
    };
  }

  /** Tries every way to connect, again and again until the deadline, and rejects with one that will not pass, or the last. */
  async #connect(pool: Pool, deadline: number): Promise<PoolClient> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      const failures: unknown[] = [];
      for (let left = this.#target.ways.length; left > 0; ) {
        const way = this.#way;
        try {
          return await pool.connect();
        } catch (error) {
          failures.push(error);
          const step = this.#stepAfter(way, error);
          left -= step;
          // Others may have gone on already.
          if (this.#way === way) this.#way = (way + step) % this.#target.ways.length;
        }
      }
      const lasting = failures.find(isLasting);
      if (lasting !== undefined || Date.now() + pauseMs > deadline) throw lasting ?? failures.at(-1);
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

  async #begin(client: ClientBase, settings: Readonly<Record<string, string>>): Promise<void> {
    const { rows } = await client.query<{ read_only: string }>(
      "SELECT current_setting('transaction_read_only') AS read_only",
    );
    if (rows[0]?.read_only !== "off")
      throw new Error("the server takes no writes, it is a standby or read-only");
    await client.query(
      "SELECT set_config(name, value, false) FROM unnest($1::text[], $2::text[]) AS setting (name, value)",
      [Object.keys(settings), Object.values(settings)],
    );
  }
}

async function withClient<Result>(
  client: PoolClient,
  work: (client: ClientBase) => Promise<Result>,
): Promise<Result> {
  // The statement in flight rejects with the same error.
  const ignore = () => {};
  client.on("error", ignore);
  let broken = false;
  try {
    return await work(client);
  } catch (error) {
    broken = isBroken(error);
    throw error;
  } finally {
    client.release(broken);
    client.removeListener("error", ignore);
  }
}

function isBroken(error: unknown): boolean {
  return !(error instanceof CodedError) && (isConnectionLost(error) || isReadOnly(error));
}
