import { setTimeout } from "node:timers/promises";
import { CodedError, RecorderError } from "@palimpsest/eventsourcing";
import { Client, type ClientBase, DatabaseError, escapeIdentifier, Pool, type PoolClient } from "pg";
import { type Ways, waysOf } from "./ways.ts";

/** A schema of a PostgreSQL database. */
export interface PostgresSchema {
  readonly url: string;
  readonly schema: string;
}

const MOST_CONNECTIONS = 4;
const IDLE_MS = 30_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** How long a call waits for a server that is away. */
const RECONNECT_TIMEOUT_MS = 15_000;
const PAUSE_MS = 100;
const STATEMENT_TIMEOUT_MS = 30_000;
/** How much longer than a statement may last its answer may take, before the connection is taken for dead. */
const EXTRA_ANSWER_WAIT_MS = 5_000;

/**
 * Connections on which a name without a schema means a table of `schema`. They are made when needed, made again
 * when they break, and follow the writable server from host to host. Idle ones do not keep the process alive.
 */
export class Connections {
  readonly #ways: Ways["ways"];
  readonly #pool: Pool;
  #way = 0;

  constructor({ url, schema }: PostgresSchema) {
    const { ways, writable } = waysOf(url);
    this.#ways = ways;
    const nextConfig = () => this.#clientConfig();
    this.#pool = new Pool({
      max: MOST_CONNECTIONS,
      idleTimeoutMillis: IDLE_MS,
      allowExitOnIdle: true,
      onConnect: (client) => begin(client, schema, writable),
      Client: class extends Client {
        constructor() {
          super(nextConfig());
          // The statement in flight rejects with the same error.
          this.on("error", () => {});
        }
      },
    });
    // An idle connection broke; the pool has dropped it already.
    this.#pool.on("error", () => {});
  }

  /**
   * Resolves to a connection, which its `release` gives back. Waits some seconds for a server that is away.
   * @throws RecorderError
   */
  async connect(): Promise<PoolClient> {
    const deadline = Date.now() + RECONNECT_TIMEOUT_MS;
    for (;;) {
      const errors: unknown[] = [];
      for (let left = this.#ways.length; left > 0; ) {
        const way = this.#way;
        try {
          return await this.#pool.connect();
        } catch (error) {
          errors.push(error);
          const step = this.#stepAfter(way, error);
          left -= step;
          // Others may have gone on already.
          if (this.#way === way) this.#way = (way + step) % this.#ways.length;
        }
      }
      if (errors.some(isLasting) || Date.now() + PAUSE_MS > deadline)
        throw new RecorderError("The database cannot be reached", oneOf(errors));
      await setTimeout(PAUSE_MS);
    }
  }

  /** Runs `work` in a transaction, on a connection that it must not use after it. */
  async transaction<Result>(work: (client: ClientBase) => Promise<Result>): Promise<Result> {
    const client = await this.connect();
    let isUsable = false;
    try {
      await client.query("BEGIN");
      const result = await work(client).catch(async (error: unknown) => {
        await client.query("ROLLBACK");
        isUsable = true;
        throw error;
      });
      await client.query("COMMIT").catch((error: unknown) => {
        throw new RecorderError("Whether it was stored is not known", error);
      });
      isUsable = true;
      return result;
    } catch (error) {
      throw error instanceof CodedError ? error : new RecorderError("Nothing was stored", error);
    } finally {
      client.release(!isUsable);
    }
  }

  async query<Row extends unknown[]>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const client = await this.connect();
    try {
      const { rows } = await client.query<Row>({ text, values: [...values], rowMode: "array" });
      return rows;
    } catch (error) {
      throw new RecorderError("The database cannot be read", error);
    } finally {
      client.release();
    }
  }

  /** Whether the schema holds a record of events. */
  async isThere(): Promise<boolean> {
    const rows = await this.query<[boolean]>("SELECT to_regclass('palimpsest_schema') IS NOT NULL");
    return rows[0]?.[0] === true;
  }

  async end(): Promise<void> {
    await this.#pool.end();
  }

  /** Goes on to the next host, unless the same one may take a connection with other TLS, or with none. */
  #stepAfter(way: number, error: unknown): number {
    if (mayBeAboutTls(error)) return 1;
    const next = this.#ways.findIndex(({ host }, index) => index > way && host !== this.#ways[way]?.host);
    return (next === -1 ? this.#ways.length : next) - way;
  }

  #clientConfig() {
    return {
      connectionString: this.#ways[this.#way]?.url,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      fallback_application_name: "palimpsest accounts",
      keepAlive: true,
      query_timeout: STATEMENT_TIMEOUT_MS + EXTRA_ANSWER_WAIT_MS,
    };
  }
}

async function begin(client: ClientBase, schema: string, writable: boolean): Promise<void> {
  const { rows } = await client.query<[string, string]>({
    text: "SELECT current_setting('transaction_read_only'), current_setting('synchronous_commit')",
    rowMode: "array",
  });
  const [readOnly, synchronousCommit] = rows[0] ?? [];
  if (writable && readOnly !== "off")
    throw new Error("the server takes no writes, it is a standby or read-only");
  const settings: Readonly<Record<string, string>> = {
    search_path: escapeIdentifier(schema),
    default_transaction_isolation: "read committed",
    statement_timeout: String(STATEMENT_TIMEOUT_MS),
    // With "off" an account that was made could be lost; every other value waits for the disk at least.
    synchronous_commit: synchronousCommit === "off" ? "on" : (synchronousCommit ?? "on"),
  };
  await client.query(
    "SELECT set_config(name, value, false) FROM unnest($1::text[], $2::text[]) AS setting (name, value)",
    [Object.keys(settings), Object.values(settings)],
  );
}

/**
 * Whether connecting would fail the same way in a moment: who asks is not let in, or asks for what is not there
 * (classes of https://www.postgresql.org/docs/current/errcodes-appendix.html).
 */
function isLasting(error: unknown): boolean {
  return error instanceof DatabaseError && /^(22|28|3D|42)/.test(error.code ?? "");
}

/** Whether the server may let in who comes with TLS, or without it: else nobody is asked without it. */
function mayBeAboutTls(error: unknown): boolean {
  if (error instanceof DatabaseError) return /^28/.test(error.code ?? "");
  return error instanceof Error && /SSL|TLS/i.test(`${error.message} ${"code" in error ? error.code : ""}`);
}

function oneOf(errors: readonly unknown[]): unknown {
  const messages = errors.map((error) => (error instanceof Error ? error.message : String(error)));
  return errors.length === 1 ? errors[0] : new AggregateError(errors, [...new Set(messages)].join("; "));
}
