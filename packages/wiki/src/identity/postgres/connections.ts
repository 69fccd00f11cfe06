import { CodedError, RecorderError } from "@palimpsest/eventsourcing";
import { PostgresServer, type ServerPool } from "@palimpsest/eventsourcing/postgres";
import { type ClientBase, escapeIdentifier } from "pg";
import { QueryClient } from "./query-client.ts";

/** A schema of a PostgreSQL database. */
export interface PostgresSchema {
  readonly url: string;
  readonly schema: string;
}

const MOST_CONNECTIONS = 3;
/** How long a call waits for a server that is away. */
const RECONNECT_TIMEOUT_MS = 15_000;
const STATEMENT_TIMEOUT_MS = 30_000;
/** How much longer than a statement may last its answer may take, before the connection is taken for dead. */
const EXTRA_ANSWER_WAIT_MS = 5_000;

/** Connections on which a name without a schema means a table of `schema`. */
export class Connections {
  /** The hosts and the database, without the user and the password. */
  readonly display: string;
  readonly #pool: ServerPool;

  constructor({ url, schema }: PostgresSchema) {
    const server = new PostgresServer(url);
    this.display = server.display;
    this.#pool = server.pool({
      size: MOST_CONNECTIONS,
      applicationName: "palimpsest accounts",
      settings: {
        search_path: escapeIdentifier(schema),
        default_transaction_isolation: "read committed",
        statement_timeout: String(STATEMENT_TIMEOUT_MS),
      },
      answerTimeoutMs: STATEMENT_TIMEOUT_MS + EXTRA_ANSWER_WAIT_MS,
      reconnectTimeoutMs: RECONNECT_TIMEOUT_MS,
      // An account that was made is never lost.
      durable: true,
      // What refuses an account has rolled back, and its connection is as before.
      keepsConnection: (error) => error instanceof CodedError && !(error instanceof RecorderError),
    });
  }

  /** Resolves to a client for better-auth, which connects when it is asked something. */
  async connect(): Promise<QueryClient> {
    return new QueryClient(this.#pool);
  }

  /** Runs `work` in a transaction, on a connection that it must not use after it. */
  async transaction<Result>(work: (client: ClientBase) => Promise<Result>): Promise<Result> {
    try {
      return await this.#pool.use(async (client) => {
        await client.query("BEGIN");
        const result = await work(client).catch(async (error: unknown) => {
          await client.query("ROLLBACK");
          throw error;
        });
        await client.query("COMMIT").catch((error: unknown) => {
          throw new RecorderError("Whether it was stored is not known", error);
        });
        return result;
      });
    } catch (error) {
      throw error instanceof CodedError ? error : new RecorderError("Nothing was stored", error);
    }
  }

  /** Asks what may be asked again: when a connection breaks, another one is asked. */
  async query<Row extends unknown[]>(text: string): Promise<Row[]> {
    try {
      return await this.#pool.useWithRetry(async (client) => {
        const { rows } = await client.query<Row>({ text, rowMode: "array" });
        return rows;
      });
    } catch (error) {
      throw new RecorderError("The database cannot be read", error);
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
}
