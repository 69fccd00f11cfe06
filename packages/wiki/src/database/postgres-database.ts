import { createHash } from "node:crypto";
import { CodedError, DatabaseRefusedError, RecorderError } from "@palimpsest/eventsourcing";
import { PostgresServer, type ServerPool } from "@palimpsest/eventsourcing/postgres";
import { type ClientBase, escapeIdentifier, type QueryResult } from "pg";
import type { Purpose, SqlDatabase, SqlValue, Transaction } from "./sql-database.ts";

/** A schema of a PostgreSQL database. */
export interface PostgresSchema {
  readonly url: string;
  readonly schema: string;
}

/** How long a call waits for an unavailable server. */
const RECONNECT_TIMEOUT_MS = 15_000;
const STATEMENT_TIMEOUT_MS = 30_000;
/** How long a call waits while another transaction holds a lock. */
const LOCK_TIMEOUT_MS = 2_500;
/** How much longer than a statement its answer may take before the connection counts as broken. */
const EXTRA_ANSWER_WAIT_MS = 5_000;

const SETTINGS = {
  accounts: { size: 3, durable: true, repeatsWrites: false },
  // Statements on files and drafts are idempotent.
  files: { size: 2, durable: true, repeatsWrites: true },
  drafts: { size: 1, durable: false, repeatsWrites: true },
};

/** Opens connections to a schema. @throws DatabaseRefusedError if the schema holds no events */
export async function openPostgres(schema: PostgresSchema, purpose: Purpose): Promise<PostgresDatabase> {
  const database = new PostgresDatabase(schema, purpose);
  try {
    if (!(await database.holdsEvents())) throw refusal(database.display, schema);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

function refusal(display: string, { schema }: PostgresSchema): DatabaseRefusedError {
  return new DatabaseRefusedError(
    display,
    `it has no schema ${JSON.stringify(schema)} with events; opening the recorder creates it.`,
  );
}

/** Connections on which a name without a schema means a table of `schema`. */
export class PostgresDatabase implements SqlDatabase {
  readonly dialect = "postgres";
  /** The hosts and the database, without the user and the password. */
  readonly display: string;
  readonly #pool: ServerPool;
  readonly #repeatsWrites: boolean;
  /** The key of the advisory lock of transactions. */
  readonly #lockKey: string;

  constructor({ url, schema }: PostgresSchema, purpose: Purpose) {
    const { size, durable, repeatsWrites } = SETTINGS[purpose];
    this.#repeatsWrites = repeatsWrites;
    const hash = createHash("sha256").update(`palimpsest ${purpose} ${schema}`).digest();
    this.#lockKey = hash.readBigInt64BE().toString();
    const server = new PostgresServer(url);
    this.display = server.display;
    this.#pool = server.pool({
      size,
      applicationName: `palimpsest ${purpose}`,
      settings: {
        search_path: escapeIdentifier(schema),
        default_transaction_isolation: "read committed",
        lock_timeout: String(LOCK_TIMEOUT_MS),
        statement_timeout: String(STATEMENT_TIMEOUT_MS),
      },
      answerTimeoutMs: STATEMENT_TIMEOUT_MS + EXTRA_ANSWER_WAIT_MS,
      reconnectTimeoutMs: RECONNECT_TIMEOUT_MS,
      durable,
      // A transaction that ended with an error of its own has rolled back.
      keepsConnection: (error) => error instanceof CodedError && !(error instanceof RecorderError),
    });
  }

  async holdsEvents(): Promise<boolean> {
    const text = "SELECT to_regclass('palimpsest_schema') IS NOT NULL AS exists";
    const [row] = await this.query<{ readonly exists: boolean }>(text, []);
    return row?.exists === true;
  }

  async query<Row>(text: string, values: readonly SqlValue[]): Promise<Row[]> {
    return (await this.run(text, values)).rows as Row[];
  }

  queryNow(): undefined {
    return undefined;
  }

  /** Runs a statement, and repeats a read on another connection if the first one breaks. @throws RecorderError */
  async run(text: string, values: readonly unknown[]): Promise<QueryResult> {
    const run = (client: ClientBase) => client.query(text, [...values]);
    const isRead = /^\s*select\b/i.test(text);
    try {
      return await (isRead || this.#repeatsWrites ? this.#pool.useWithRetry(run) : this.#pool.use(run));
    } catch (error) {
      const failure = isRead ? "The database cannot be read" : "It is unknown whether the change was stored";
      throw new RecorderError(failure, error);
    }
  }

  transaction<Result>(begin: () => Transaction<Result>): Promise<Result> {
    return this.clientTransaction(async (client) => {
      await client.query("SELECT pg_advisory_xact_lock($1::bigint)", [this.#lockKey]);
      const steps = begin();
      let step = steps.next();
      while (!step.done) {
        const [text, values] = step.value;
        const { rows } = await client.query(text, values && [...values]);
        // The result of a script is an array without `rows`.
        step = steps.next(rows ?? []);
      }
      return step.value;
    });
  }

  /** Runs `work` in a transaction without the lock. `work` must not use the connection after its promise settles. */
  async clientTransaction<Result>(work: (client: ClientBase) => Promise<Result>): Promise<Result> {
    try {
      return await this.#pool.use(async (client) => {
        await client.query("BEGIN");
        const result = await work(client).catch(async (error: unknown) => {
          await client.query("ROLLBACK");
          throw error;
        });
        await client.query("COMMIT").catch((error: unknown) => {
          throw new RecorderError("It is unknown whether the change was stored", error);
        });
        return result;
      });
    } catch (error) {
      throw error instanceof CodedError ? error : new RecorderError("Nothing was stored", error);
    }
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}
