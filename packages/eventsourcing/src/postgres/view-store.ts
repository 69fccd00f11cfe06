import { isDeepStrictEqual } from "node:util";
import type { ClientBase } from "pg";
import { RecorderClosedError } from "../errors.ts";
import { checkLeaseTime, checkView, checkWrite, tableNames } from "../projections/view-checks.ts";
import {
  type FailedEvent,
  type Generation,
  LATEST_LEASE_END_MS,
  type Lease,
  type SqlViewStore,
  type Statement,
  type TableName,
  type ViewDefinition,
  type ViewWrite,
} from "../projections/view-store.ts";
import { Listeners } from "../recorder/listeners.ts";
import { PostgresServer } from "./connections.ts";
import { connectionOptions } from "./options.ts";
import { type Schema, schemaOf } from "./schema-name.ts";
import { isBroken, ViewConnections } from "./view-connections.ts";
import { hasDependents, isLockRefused, isUndefinedTable, viewErrorOf } from "./view-failure.ts";
import { migrateViews } from "./view-migrations.ts";
import { queryOf } from "./view-statements.ts";
import {
  activateGeneration,
  createGeneration,
  discardGeneration,
  dropTables,
  stopGeneration,
  writeBatch,
} from "./view-transactions.ts";

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

type GenerationKey = Pick<Generation, "view" | "number">;

interface GenerationRow extends Omit<Generation, "eventId" | "stopped"> {
  readonly eventId: string | null;
  readonly stopped: FailedEvent | null;
}

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
  return new PostgresViewStore(connections, schema);
}

class PostgresViewStore implements SqlViewStore {
  readonly #connections: ViewConnections;
  readonly #schema: Schema;
  readonly #listeners = new Listeners(() => this.#pollForOthers());
  /** Active generations by view. They may be outdated, which `read` detects. */
  readonly #active = new Map<string, number>();
  #closing: Promise<void> | undefined;

  constructor(connections: ViewConnections, schema: Schema) {
    this.#connections = connections;
    this.#schema = schema;
  }

  generations(view?: string): Promise<readonly Generation[]> {
    return this.#control(async (client) => {
      const { rows } = await client.query<GenerationRow>({
        name: "generations",
        text: `SELECT view, number, version, active, position, processed, skipped, stopped,
                 CASE WHEN event_position = position THEN event_id END AS "eventId"
               FROM generations WHERE view = $1 OR $1 IS NULL ORDER BY view, number`,
        values: [view ?? null],
      });
      return rows.map((row) => ({
        ...row,
        eventId: row.eventId ?? undefined,
        stopped: row.stopped ?? undefined,
      }));
    });
  }

  async create(view: ViewDefinition<Statement>): Promise<Generation> {
    checkView(view);
    const number = await this.#write((client) => createGeneration(client, view));
    const generations = await this.generations(view.name);
    const made = generations.find((generation) => generation.number === number);
    // Another process may have built and replaced it already.
    return made ?? this.create(view);
  }

  async write(write: ViewWrite<Statement>): Promise<void> {
    checkWrite(write);
    await this.#write((client) => writeBatch(client, write));
  }

  activate(generation: GenerationKey, lease: Lease): Promise<void> {
    return this.#write((client) => activateGeneration(client, generation, lease));
  }

  discard(generation: GenerationKey, lease: Lease): Promise<void> {
    return this.#write((client) => discardGeneration(client, generation, lease));
  }

  async removeReplacedTables(view: string): Promise<boolean> {
    const { rows } = await this.#control((client) =>
      client.query<{ name: string }>("SELECT name FROM replaced_tables WHERE view = $1 ORDER BY name", [
        view,
      ]),
    );
    try {
      const referredTo: string[] = [];
      // One transaction for each table, so that none holds a lock while it waits for another.
      for (const { name } of rows) {
        await this.#write((client) => dropTables(client, [name])).catch((error: Error) => {
          if (!hasDependents(error.cause)) throw error;
          referredTo.push(name);
        });
      }
      if (referredTo.length > 0) await this.#write((client) => dropTables(client, referredTo));
      return true;
    } catch (error) {
      if (isLockRefused((error as Error).cause)) return false;
      throw error;
    }
  }

  stop(generation: GenerationKey, failed: FailedEvent, lease: Lease): Promise<void> {
    return this.#write((client) => stopGeneration(client, generation, failed, lease));
  }

  async retry(view: string): Promise<void> {
    await this.#write((client) =>
      client.query("UPDATE generations SET stopped = NULL WHERE view = $1", [view]),
    );
  }

  async skip(view: string, notificationId: number): Promise<void> {
    await this.#write((client) =>
      client.query(
        `UPDATE generations SET skipped = skipped || to_jsonb($2::bigint), stopped = NULL
         WHERE view = $1 AND (stopped->>'notificationId')::bigint = $2`,
        [view, notificationId],
      ),
    );
  }

  async acquireLease({ name, holder }: Lease, ttlMs: number): Promise<boolean> {
    checkLeaseTime("ttlMs", ttlMs);
    return this.#control(async (client) => {
      const { rowCount } = await client.query({
        name: "acquireLease",
        text: `INSERT INTO leases (name, holder, expires_at)
               VALUES ($1, $2, clock_timestamp() + $3::bigint * interval '1 millisecond')
               ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
               WHERE leases.holder = excluded.holder OR leases.expires_at <= clock_timestamp()
                 OR leases.expires_at > clock_timestamp() + $4::bigint * interval '1 millisecond'`,
        values: [name, holder, ttlMs, LATEST_LEASE_END_MS],
      });
      return rowCount === 1;
    });
  }

  async releaseLease({ name, holder }: Lease): Promise<void> {
    await this.#control((client) =>
      client.query("DELETE FROM leases WHERE name = $1 AND holder = $2", [name, holder]),
    );
  }

  leaseHolder(name: string): Promise<string | undefined> {
    return this.#control(async (client) => {
      const { rows } = await client.query<{ holder: string }>(
        `SELECT holder FROM leases WHERE name = $1 AND expires_at > clock_timestamp()
         AND expires_at <= clock_timestamp() + $2::bigint * interval '1 millisecond'`,
        [name, LATEST_LEASE_END_MS],
      );
      return rows[0]?.holder;
    });
  }

  async read<Row>(view: string, query: (table: TableName) => Statement): Promise<readonly Row[]> {
    for (let replaced = 0; ; replaced += 1) {
      const number = this.#active.get(view) ?? (await this.#activeNumber(view));
      if (number === undefined) return [];
      try {
        const rows = await this.#rows<Row>({ view, number }, query(tableNames(view, number)));
        if (rows !== undefined) return rows;
        this.#active.delete(view);
      } catch (error) {
        this.#active.delete(view);
        const { cause } = error as Error;
        if (!isUndefinedTable(cause) || replaced === MAX_REPLACEMENTS) throw error;
      }
    }
  }

  /** Resolves to undefined if the generation is no longer active. Its tables may still exist. */
  #rows<Row>({ view, number }: GenerationKey, statement: Statement): Promise<readonly Row[] | undefined> {
    const query = queryOf(statement);
    return this.#read(async (client) => {
      // Checked after the query: if the generation is active now, it was active during the query.
      const [found, active] = await Promise.allSettled([
        client.query(query),
        client.query({
          name: "isActive",
          text: "SELECT FROM generations WHERE view = $1 AND number = $2 AND active",
          values: [view, number],
        }),
      ]);
      if (found.status === "rejected") throw found.reason;
      if (active.status === "rejected") throw active.reason;
      return active.value.rowCount === 1 ? found.value.rows : undefined;
    });
  }

  watch(listener: () => void): () => void {
    this.#checkOpen();
    return this.#listeners.add(listener);
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#listeners.close();
    await this.#connections.close();
  }

  async #activeNumber(view: string): Promise<number | undefined> {
    const generations = await this.generations(view);
    const number = generations.find(({ active }) => active)?.number;
    if (number !== undefined) this.#active.set(view, number);
    return number;
  }

  #pollForOthers(): () => void {
    let last: unknown;
    let isPolling = false;
    const poll = async (): Promise<void> => {
      if (isPolling) return;
      isPolling = true;
      try {
        const now = await this.generations();
        // Also at the first poll, since a write may have followed the call of `watch`.
        if (!isDeepStrictEqual(now, last)) this.#listeners.notify();
        last = now;
      } catch {
        // Listeners read for themselves and get the error.
        this.#listeners.notify();
      } finally {
        isPolling = false;
      }
    };
    void poll();
    const timer = setInterval(() => void poll(), POLL_MS).unref();
    return () => clearInterval(timer);
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new RecorderClosedError();
  }

  #read<Result>(work: (client: ClientBase) => Promise<Result>): Promise<Result> {
    return this.#withPortErrors("read", () => this.#connections.read(work));
  }

  #control<Result>(work: (client: ClientBase) => Promise<Result>): Promise<Result> {
    return this.#withPortErrors("read", () => this.#connections.control(work));
  }

  async #write<Result>(work: (client: ClientBase) => Promise<Result>): Promise<Result> {
    const result = await this.#withPortErrors("written", () => this.#connections.write(work));
    this.#listeners.notify();
    return result;
  }

  async #withPortErrors<Result>(tried: "read" | "written", work: () => Promise<Result>): Promise<Result> {
    this.#checkOpen();
    try {
      return await work();
    } catch (error) {
      if (this.#closing !== undefined && isBroken(error)) throw new RecorderClosedError();
      throw viewErrorOf(`The views in schema ${this.#schema.quoted} cannot be ${tried}`, error);
    }
  }
}
