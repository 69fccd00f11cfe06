import { type ClientBase, types } from "pg";
import { CodedError } from "../errors.ts";
import type { PostgresServer, ServerPool } from "./connections.ts";
import { isConnectionLost, isReadOnly } from "./failure.ts";
import type { Schema } from "./schema-name.ts";

export interface ViewConnectionLimits {
  /** How many connections read at once. */
  readonly poolSize: number;
  /** How long a call waits for the server to come back. */
  readonly reconnectTimeoutMs: number;
}

/** As many projections as are written at once; the others wait for their turn. */
const WRITERS = 3;
/** For leases, and what is asked about generations: short, and not to wait for queries of views that do. */
const CONTROLLERS = 1;
/** Statements that were prepared for generations that are gone go with their connection. */
const LONGEST_LIFE_S = 3_600;
const ANSWER_WAIT_MS = 300_000;

const BIGINT = 20;

/** Of every connection. Names without a schema are those of the views. */
const settingsOf = (schema: Schema) => ({
  search_path: schema.quoted,
  default_transaction_isolation: "read committed",
  jit: "off",
});

/** Of those that write. */
const WRITER_SETTINGS = {
  // A process that hangs in the middle of a batch lets go of the view.
  idle_in_transaction_session_timeout: "10000",
  lock_timeout: "30000",
  // Changes go by keys. A plan that was made and kept while the tables were small must not scan them later.
  enable_seqscan: "off",
};

/** The connections of a store of views. */
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
      maxLifetimeSeconds: LONGEST_LIFE_S,
      pipeline: true,
      types: {
        getTypeParser: (oid: number, format?: "text" | "binary") =>
          oid === BIGINT && format !== "binary" ? Number : types.getTypeParser(oid, format),
      },
      keptAfter: (error: unknown) => !isBroken(error),
    };
    this.#readers = server.pool({ ...shared, size: limits.poolSize });
    this.#controllers = server.pool({ ...shared, size: CONTROLLERS });
    this.#writers = server.pool({
      ...shared,
      size: WRITERS,
      settings: { ...shared.settings, ...WRITER_SETTINGS },
    });
  }

  /**
   * Runs `work`, which may be repeated, and repeats it elsewhere when its connection breaks. Its queries are sent
   * without waiting for the answers of those before.
   */
  read<Result>(work: (client: ClientBase) => Promise<Result>): Promise<Result> {
    return this.#readers.useAgain(work);
  }

  /** As `read`, for what must not wait while all who read do: no query of a view. */
  control<Result>(work: (client: ClientBase) => Promise<Result>): Promise<Result> {
    return this.#controllers.useAgain(work);
  }

  /** Runs `work` in a transaction, once. Its queries are sent without waiting for the answers of those before. */
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

/** Whether the connection is of no more use. */
export function isBroken(error: unknown): boolean {
  return !(error instanceof CodedError) && (isConnectionLost(error) || isReadOnly(error));
}
