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
import { isLockRefused, isReferredTo, isTableGone, viewErrorOf } from "./view-failure.ts";
import { migrateViews } from "./view-migrations.ts";
import { queryOf } from "./view-statements.ts";
import {
  activateGeneration,
  createGeneration,
  discardGeneration,
  dropTables,
  stopGeneration,
  writeSection,
} from "./view-transactions.ts";

/** Where views are kept on PostgreSQL, and with how many connections. */
export interface PostgresViewStoreOptions {
  /** As that of `postgresRecorder`; the server that takes writes is used. */
  readonly url: string;
  /**
   * The schema for the views, another one than that of the events, "palimpsest_views" by default. It is made when it
   * does not exist.
   */
  readonly schema?: string;
  /** How many connections read at once, 4 by default; up to 3 more write, and 1 keeps leases. */
  readonly poolSize?: number;
  /** How long a call waits for a server that is away, 15,000 by default. */
  readonly reconnectTimeoutMs?: number;
}

const DEFAULT_SCHEMA = "palimpsest_views";

/** How often the database is asked whether another process wrote, while somebody listens. */
const POLL_MS = 25;
/** How often a query may find that the generation it was for has just been replaced. */
const MAX_REPLACEMENTS = 5;

type GenerationKey = Pick<Generation, "view" | "number">;

interface GenerationRow extends Omit<Generation, "eventId" | "stopped"> {
  readonly eventId: string | null;
  readonly stopped: FailedEvent | null;
}

/**
 * Opens a schema of a PostgreSQL database (14 or newer) for views, or makes it. Any number of processes may have the
 * same one open. Views, being derived, are written without waiting for the disk. Broken connections are made again;
 * an idle store does not keep the process alive.
 *
 * @throws DatabaseRefusedError: the schema is not one of views, or a newer version wrote it, or the server is too old;
 *   nothing was changed. InvalidArgumentError, LimitExceededError: an option cannot be. RecorderError: the database
 *   cannot be opened.
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
  readonly #watchers = new Listeners(() => this.#pollForOthers());
  /** The active generations as last seen; whoever reads one that was replaced finds that out. */
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
    // It may have been built and replaced meanwhile.
    return made ?? this.create(view);
  }

  async write(write: ViewWrite<Statement>): Promise<void> {
    checkWrite(write);
    await this.#write((client) => writeSection(client, write));
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
      // One at a time, so that no lock is held while another one is waited for.
      for (const { name } of rows) {
        await this.#write((client) => dropTables(client, [name])).catch((error: Error) => {
          if (!isReferredTo(error.cause)) throw error;
          referredTo.push(name);
        });
      }
      // What referred to them is gone by now, or is among them.
      if (referredTo.length > 0) await this.#write((client) => dropTables(client, referredTo));
      return true;
    } catch (error) {
      if (isLockRefused((error as Error).cause)) return false;
      throw error;
    }
  }

  stop(generation: GenerationKey, poisonous: FailedEvent, lease: Lease): Promise<void> {
    return this.#write((client) => stopGeneration(client, generation, poisonous, lease));
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
        if (!isTableGone(cause) || replaced === MAX_REPLACEMENTS) throw error;
      }
    }
  }

  /** Resolves to undefined when the generation is active no longer: its tables may be there for a while. */
  #rows<Row>({ view, number }: GenerationKey, statement: Statement): Promise<readonly Row[] | undefined> {
    const query = queryOf(statement);
    return this.#read(async (client) => {
      // Asked after the query, which had thus been on the active generation if it still is.
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
    return this.#watchers.add(listener);
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#watchers.close();
    await this.#connections.close();
  }

  async #activeNumber(view: string): Promise<number | undefined> {
    const generations = await this.generations(view);
    const number = generations.find(({ active }) => active)?.number;
    if (number !== undefined) this.#active.set(view, number);
    return number;
  }

  #pollForOthers(): () => void {
    let known: unknown;
    let asking = false;
    const poll = async (): Promise<void> => {
      if (asking) return;
      asking = true;
      try {
        const now = await this.generations();
        // The first time, too: something may have been written since the listener came.
        if (!isDeepStrictEqual(now, known)) this.#watchers.notify();
        known = now;
      } catch {
        // Whoever waits asks for himself, and hears what is wrong.
        this.#watchers.notify();
      } finally {
        asking = false;
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
    return this.#translated("read", () => this.#connections.read(work));
  }

  #control<Result>(work: (client: ClientBase) => Promise<Result>): Promise<Result> {
    return this.#translated("read", () => this.#connections.control(work));
  }

  async #write<Result>(work: (client: ClientBase) => Promise<Result>): Promise<Result> {
    const result = await this.#translated("written", () => this.#connections.write(work));
    this.#watchers.notify();
    return result;
  }

  async #translated<Result>(tried: "read" | "written", work: () => Promise<Result>): Promise<Result> {
    this.#checkOpen();
    try {
      return await work();
    } catch (error) {
      if (this.#closing !== undefined && isBroken(error)) throw new RecorderClosedError();
      throw viewErrorOf(`The views in schema ${this.#schema.quoted} cannot be ${tried}`, error);
    }
  }
}
