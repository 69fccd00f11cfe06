import { type ClientBase, types } from "pg";
import { CodedError } from "../errors.ts";
import type { PostgresServer, ServerPool } from "./connections.ts";
import { isConnectionLost, isReadOnly } from "./failure.ts";
import type { Schema } from "./schema-name.ts";

export interface ViewConnectionLimits {
  readonly poolSize: number;
  readonly reconnectTimeoutMs: number;
}

const WRITERS = 3;
/** Connections for leases and generations, which must not wait for queries of views. */
const CONTROLLERS = 1;
/** Connections are replaced so that statements prepared for removed generations do not pile up. */
const MAX_LIFETIME_S = 3_600;
const ANSWER_WAIT_MS = 300_000;

const BIGINT = 20;

const settingsOf = (schema: Schema) => ({
  search_path: schema.quoted,
  default_transaction_isolation: "read committed",
  jit: "off",
  // Queries and changes use keys. A plan must not scan a table that is small now, or was when the plan was made.
  enable_seqscan: "off",
});

/** Queries find a bounded number of rows by key. Other joins read whole indexes. */
const READER_SETTINGS = { enable_hashjoin: "off", enable_mergejoin: "off" };

const WRITER_SETTINGS = {
  // A process that hangs in a batch must release the view.
  idle_in_transaction_session_timeout: "10000",
  lock_timeout: "30000",
};

export class ViewConnections {
  readonly #readers: ServerPool;
  readonly #writers: ServerPool;
  readonly #controllers: ServerPool;

  constructor(server: PostgresServer, schema: Schema, limits: ViewConnectionLimits) {
    const shared = {
      applicationName: "palimpsest views",
      settings: settingsOf(schema),
      answerTimeoutMs: ANSWER_WAIT_MS,
      reconnectTimeoutMs: limits.reconnectTimeoutMs,
      maxLifetimeSeconds: MAX_LIFETIME_S,
      pipeline: true,
      types: {
        getTypeParser: (oid: number, format?: "text" | "binary") =>
          oid === BIGINT && format !== "binary" ? Number : types.getTypeParser(oid, format),
      },
      keepsConnection: (error: unknown) => !isBroken(error),
    };
    this.#readers = server.pool({
      ...shared,
      size: limits.poolSize,
      settings: { ...shared.settings, ...READER_SETTINGS },
    });
    this.#controllers = server.pool({ ...shared, size: CONTROLLERS });
    this.#writers = server.pool({
      ...shared,
      size: WRITERS,
      settings: { ...shared.settings, ...WRITER_SETTINGS },
    });
  }

  /** Runs `work`, which must be idempotent, and runs it again if its connection breaks. Its queries are pipelined. */
  read<Result>(work: (client: ClientBase) => Promise<Result>): Promise<Result> {
    return this.#readers.useWithRetry(work);
  }

  /** Like `read`, on a connection that queries of views never occupy. */
  control<Result>(work: (client: ClientBase) => Promise<Result>): Promise<Result> {
    return this.#controllers.useWithRetry(work);
  }

  /** Runs `work` once, in a transaction. Its queries are pipelined. */
  write<Result>(work: (client: ClientBase) => Promise<Result>, waitMs?: number): Promise<Result> {
    return this.#writers.use(async (client) => {
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
    }, waitMs);
  }

  async close(): Promise<void> {
    await Promise.all([this.#readers.end(), this.#writers.end(), this.#controllers.end()]);
  }
}

export function isBroken(error: unknown): boolean {
  return !(error instanceof CodedError) && (isConnectionLost(error) || isReadOnly(error));
}
