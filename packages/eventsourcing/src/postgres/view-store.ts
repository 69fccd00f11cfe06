import { isDeepStrictEqual } from "node:util";
import type { ClientBase } from "pg";
import { RecorderClosedError } from "../errors.ts";
import { selectActive, selectGenerations } from "../projections/sql-generations.ts";
import { type SqlDatabase, sqlViewStore } from "../projections/sql-view-store.ts";
import { runWrite, type WriteCall } from "../projections/sql-view-writes.ts";
import { tableNames } from "../projections/view-checks.ts";
import { QueryTimeoutError } from "../projections/view-errors.ts";
import type { GenerationKey } from "../projections/view-rules.ts";
import type { ReadOptions, SqlViewStore, Statement, TableName } from "../projections/view-store.ts";
import { PostgresServer } from "./connections.ts";
import { connectionOptions } from "./options.ts";
import { type Schema, schemaOf } from "./schema-name.ts";
import { isBroken, ViewConnections } from "./view-connections.ts";
import { hasDependents, isCanceled, isLockRefused, isUndefinedTable, viewErrorOf } from "./view-failure.ts";
import { migrateViews } from "./view-migrations.ts";
import { preparedQueryOf, queryOf } from "./view-statements.ts";
import { dropTables, transactionOn } from "./view-transaction.ts";

/** Options of `postgresViewStore`. */
export interface PostgresViewStoreOptions {
  /** See `PostgresRecorderOptions.url`. The host that accepts writes is used. */
  readonly url: string;
  /**
   * The schema of the views, which must not be that of the events. It is created if it does not exist. Default:
   * "palimpsest_views".
   */
  readonly schema?: string;
  /** The number of connections that read, 1 to 1,000. Default: 4. Up to 3 more write, and 1 is for leases. */
  readonly poolSize?: number;
  /** How long a call waits for an unavailable server. Default: 15,000. */
  readonly reconnectTimeoutMs?: number;
}

const DEFAULT_SCHEMA = "palimpsest_views";

/** How often the database is polled for writes of other processes, while there are listeners. */
const POLL_MS = 25;
/** How often a read is repeated because its generation was replaced. */
const MAX_REPLACEMENTS = 5;

/**
 * Resolves to a store of views in a schema of a PostgreSQL database (14 or newer), which it creates if it does not
 * exist. Any number of processes may use one schema. Writes do not wait for the disk, since views can be rebuilt.
 * Broken connections are replaced. An idle store does not keep the process alive.
 *
 * @throws InvalidArgumentError, LimitExceededError if an option is invalid. DatabaseRefusedError if the schema is not one
 *   of views or has a newer version, or the server is too old; nothing is changed. RecorderError if the database cannot
 *   be opened.
 */
export async function postgresViewStore(options: PostgresViewStoreOptions): Promise<SqlViewStore> {
  const { url, schema: schemaName, ...limits } = connectionOptions(options, DEFAULT_SCHEMA);
  const schema = schemaOf(schemaName);
  const server = new PostgresServer(url, { writable: true });
  const database = `${server.display}, schema ${schema.quoted},`;
  const connections = new ViewConnections(server, schema, limits);
  try {
    await migrateViews((work) => connections.write(work, 0), schema, database);
  } catch (error) {
    await connections.close();
    throw viewErrorOf(`The database ${database} cannot be opened`, error);
  }
  return sqlViewStore(new PostgresViews(connections, schema));
}

class PostgresViews implements SqlDatabase {
  readonly name: string;
  readonly leaseTime: SqlDatabase["leaseTime"] = {
    value: (ms) => ms,
    sql: (parameter) => `clock_timestamp() + ${parameter}::bigint * interval '1 millisecond'`,
  };
  readonly #connections: ViewConnections;
  /** Active generations by view. They may be outdated, which `read` detects. */
  readonly #active = new Map<string, number>();
  #isClosed = false;

  constructor(connections: ViewConnections, { quoted }: Schema) {
    this.name = `schema ${quoted}`;
    this.#connections = connections;
  }

  query<Row>(statement: Statement): Promise<readonly Row[]> {
    return this.#control(async (client) => (await client.query(preparedQueryOf(statement))).rows);
  }

  changeLease<Row>(statement: Statement): Promise<readonly Row[]> {
    return this.query(statement);
  }

  write(call: WriteCall): Promise<unknown> {
    return this.#write(async (client) => {
      const transaction = transactionOn(client);
      if (call.name !== "write") return runWrite(call, transaction);
      // A crash can undo the last batches with their positions. They are then processed again.
      const relaxed = client.query("SET LOCAL synchronous_commit TO off");
      await Promise.all([relaxed, runWrite(call, transaction)]);
      return undefined;
    });
  }

  async read<Row>(
    view: string,
    query: (table: TableName) => Statement,
    { timeoutMs }: ReadOptions,
  ): Promise<readonly Row[]> {
    for (let replaced = 0; ; replaced += 1) {
      const number = this.#active.get(view) ?? (await this.#activeNumber(view));
      if (number === undefined) return [];
      try {
        const rows = await this.#rows<Row>({ view, number }, query(tableNames(view, number)), timeoutMs);
        if (rows !== undefined) return rows;
        this.#active.delete(view);
      } catch (error) {
        if (timeoutMs !== undefined && isCanceled(error)) throw new QueryTimeoutError(view, timeoutMs);
        this.#active.delete(view);
        if (!isUndefinedTable(error) || replaced === MAX_REPLACEMENTS) throw error;
      }
    }
  }

  async removeReplacedTables(view: string): Promise<boolean> {
    const tables = await this.query<{ readonly name: string }>({
      sql: "SELECT name FROM replaced_tables WHERE view = $1 ORDER BY name",
      params: [view],
    });
    try {
      const referredTo: string[] = [];
      // One transaction for each table, so that none holds a lock while it waits for another.
      for (const { name } of tables) {
        await this.#write((client) => dropTables(client, [name])).catch((error: unknown) => {
          if (!hasDependents(error)) throw error;
          referredTo.push(name);
        });
      }
      if (referredTo.length > 0) await this.#write((client) => dropTables(client, referredTo));
      return true;
    } catch (error) {
      if (isLockRefused(error)) return false;
      throw error;
    }
  }

  watch(listener: () => void): () => void {
    let last: unknown;
    let isPolling = false;
    const poll = async (): Promise<void> => {
      if (isPolling) return;
      isPolling = true;
      try {
        const now = await this.query(selectGenerations(undefined));
        // Also at the first poll, since a write may have followed the call of `watch`.
        if (!isDeepStrictEqual(now, last)) listener();
        last = now;
      } catch {
        // Listeners read for themselves and get the error.
        listener();
      } finally {
        isPolling = false;
      }
    };
    void poll();
    const timer = setInterval(() => void poll(), POLL_MS).unref();
    return () => clearInterval(timer);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#connections.close();
  }

  async #activeNumber(view: string): Promise<number | undefined> {
    const [active] = await this.query<{ readonly number: number }>(selectActive(view));
    if (active !== undefined) this.#active.set(view, active.number);
    return active?.number;
  }

  /** Resolves to undefined if the generation is no longer active. Its tables may still exist. */
  #rows<Row>(
    { view, number }: GenerationKey,
    statement: Statement,
    timeoutMs: number | undefined,
  ): Promise<readonly Row[] | undefined> {
    // A query that may be slow is planned for its values.
    const query = timeoutMs === undefined ? preparedQueryOf(statement) : queryOf(statement);
    return this.#unlessClosed(() =>
      this.#connections.read(async (client) => {
        // The statements of a pipeline run one after the other, also if one fails.
        const limit = timeoutMs === undefined ? undefined : client.query(setTimeLimit(timeoutMs));
        // Checked after the query: if the generation is active now, it was active during the query.
        const [found, active] = await Promise.allSettled([
          client.query(query),
          client.query({
            name: "isActive",
            text: "SELECT FROM generations WHERE view = $1 AND number = $2 AND active",
            values: [view, number],
          }),
          limit,
          limit && client.query("RESET statement_timeout"),
        ]);
        if (found.status === "rejected") throw found.reason;
        if (active.status === "rejected") throw active.reason;
        return active.value.rowCount === 1 ? found.value.rows : undefined;
      }),
    );
  }

  #control<Result>(work: (client: ClientBase) => Promise<Result>): Promise<Result> {
    return this.#unlessClosed(() => this.#connections.control(work));
  }

  #write<Result>(work: (client: ClientBase) => Promise<Result>): Promise<Result> {
    return this.#unlessClosed(() => this.#connections.write(work));
  }

  /** @throws RecorderClosedError if `close` has ended the connection */
  async #unlessClosed<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      throw this.#isClosed && isBroken(error) ? new RecorderClosedError() : error;
    }
  }
}

/** @param timeoutMs a whole number */
function setTimeLimit(timeoutMs: number): string {
  return `SET statement_timeout = ${timeoutMs}`;
}
