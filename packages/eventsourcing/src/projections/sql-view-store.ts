import { CodedError, RecorderClosedError, RecorderError } from "../errors.ts";
import { Listeners } from "../recorder/listeners.ts";
import { packStatements } from "./packed-statements.ts";
import { type GenerationRow, generationOf, selectGenerations } from "./sql-generations.ts";
import type { WriteArgument, WriteCall, WriteName, WriteResult } from "./sql-view-writes.ts";
import { checkLeaseTime, checkTimeout, checkView, checkWrite, tableNames } from "./view-checks.ts";
import { type GenerationKey, generationInProgress } from "./view-rules.ts";
import {
  type FailedEvent,
  type Generation,
  LATEST_LEASE_END_MS,
  type Lease,
  type ReadOptions,
  type SqlViewStore,
  type Statement,
  type TableName,
  type ViewDefinition,
  type ViewWrite,
} from "./view-store.ts";

/** The port to a SQL database of views: what differs between SQLite and PostgreSQL. */
export interface SqlDatabase {
  /** Names the database in messages of errors. */
  readonly name: string;

  /** Returns a parameter of a statement, and its SQL, for the time in `ms` milliseconds: what `expires_at` holds. */
  readonly leaseTime: {
    value(ms: number): number;
    sql(parameter: string): string;
  };

  /** Runs a query on the tables of the store. It sees every commit before it, and does not wait for queries of views. */
  query<Row>(statement: Statement): Promise<readonly Row[]>;

  /** Runs a statement that changes a lease. It may run twice. Does not wait for queries of views or writes elsewhere. */
  changeLease<Row>(statement: Statement): Promise<readonly Row[]>;

  /** Runs a write in a transaction with the isolation level of `BEGIN IMMEDIATE` or `READ COMMITTED`. */
  write(call: WriteCall): Promise<unknown>;

  /** Resolves to the rows of a query on the active generation of a view: see `SqlViewStore.read`. */
  read<Row>(
    view: string,
    query: (table: TableName) => Statement,
    options: ReadOptions,
  ): Promise<readonly Row[]>;

  /** See `ViewStore.removeReplacedTables`. */
  removeReplacedTables(view: string): Promise<boolean>;

  /** Calls `listener` soon after another process has written, until the returned function is called. */
  watch(listener: () => void): () => void;

  close(): Promise<void>;
}

/** Returns the view store on a database. Both backends share it: it knows their tables, but not how to reach them. */
export function sqlViewStore(database: SqlDatabase): SqlViewStore {
  return new DatabaseViewStore(database);
}

class DatabaseViewStore implements SqlViewStore {
  readonly #database: SqlDatabase;
  readonly #listeners: Listeners;
  #closing: Promise<void> | undefined;

  constructor(database: SqlDatabase) {
    this.#database = database;
    this.#listeners = new Listeners(() => database.watch(() => this.#listeners.notify()));
  }

  async generations(view?: string): Promise<readonly Generation[]> {
    const rows = await this.#query<GenerationRow>(selectGenerations(view));
    return rows.map(generationOf);
  }

  async create(view: ViewDefinition<Statement>): Promise<Generation> {
    checkView(view);
    const { name, version, tables } = view;
    for (;;) {
      const inProgress = generationInProgress(await this.generations(name), version);
      if (inProgress !== undefined) return inProgress;
      const reserved = await this.#write("reserveNumber", { view: name });
      const table = tableNames(name, reserved);
      const statements = packStatements(view.create?.(table) ?? []);
      const number = await this.#write("create", {
        view: name,
        number: reserved,
        version,
        tables: tables.map(table),
        statements,
      });
      const generations = await this.generations(name);
      const created = generations.find((generation) => generation.number === number);
      // Another process may have built and replaced it already.
      if (created !== undefined) return created;
    }
  }

  async write({ generation: { view, number }, changes, ...write }: ViewWrite<Statement>): Promise<void> {
    checkWrite(write);
    await this.#write("write", { ...write, view, number, statements: packStatements(changes) });
  }

  async activate({ view, number }: GenerationKey, lease: Lease): Promise<void> {
    await this.#write("activate", { view, number, lease });
  }

  async discard({ view, number }: GenerationKey, lease: Lease): Promise<void> {
    await this.#write("discard", { view, number, lease });
  }

  async removeReplacedTables(view: string): Promise<boolean> {
    return this.#run("written", () => this.#database.removeReplacedTables(view));
  }

  async stop({ view, number }: GenerationKey, failed: FailedEvent, lease: Lease): Promise<void> {
    await this.#write("stop", { view, number, failed, lease });
  }

  async retry(view: string): Promise<void> {
    await this.#write("retry", { view });
  }

  async skip(view: string, notificationId: number): Promise<void> {
    await this.#write("skip", { view, notificationId });
  }

  async acquireLease({ name, holder }: Lease, ttlMs: number): Promise<boolean> {
    checkLeaseTime("ttlMs", ttlMs);
    const current = await this.leaseHolder(name);
    // Without a write, so that runners that wait for the lease take no locks.
    if (current !== undefined && current !== holder) return false;
    const { value, sql } = this.#database.leaseTime;
    const acquired = await this.#changeLease({
      sql: `INSERT INTO leases (name, holder, expires_at) VALUES ($1, $2, ${sql("$3")})
            ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
            WHERE leases.holder = excluded.holder
              OR leases.expires_at <= ${sql("$4")} OR leases.expires_at > ${sql("$5")}
            RETURNING name`,
      params: [name, holder, value(ttlMs), value(0), value(LATEST_LEASE_END_MS)],
    });
    return acquired.length === 1;
  }

  async releaseLease({ name, holder }: Lease): Promise<void> {
    await this.#changeLease({
      sql: "DELETE FROM leases WHERE name = $1 AND holder = $2",
      params: [name, holder],
    });
  }

  async leaseHolder(name: string): Promise<string | undefined> {
    const { value, sql } = this.#database.leaseTime;
    const [lease] = await this.#query<Pick<Lease, "holder">>({
      sql: `SELECT holder FROM leases
            WHERE name = $1 AND expires_at > ${sql("$2")} AND expires_at <= ${sql("$3")}`,
      params: [name, value(0), value(LATEST_LEASE_END_MS)],
    });
    return lease?.holder;
  }

  async read<Row>(
    view: string,
    query: (table: TableName) => Statement,
    options: ReadOptions = {},
  ): Promise<readonly Row[]> {
    checkTimeout(options.timeoutMs);
    return this.#run("read", () => this.#database.read(view, query, options));
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
    await this.#database.close();
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new RecorderClosedError();
  }

  #query<Row>(statement: Statement): Promise<readonly Row[]> {
    return this.#run("read", () => this.#database.query(statement));
  }

  #changeLease(statement: Statement): Promise<readonly unknown[]> {
    return this.#run("written", () => this.#database.changeLease(statement));
  }

  async #write<Name extends WriteName>(
    name: Name,
    argument: WriteArgument<Name>,
  ): Promise<WriteResult<Name>> {
    const call = { name, argument } as unknown as WriteCall;
    const result = await this.#run("written", () => this.#database.write(call));
    this.#listeners.notify();
    return result as WriteResult<Name>;
  }

  async #run<Result>(action: "read" | "written", work: () => Promise<Result>): Promise<Result> {
    this.#checkOpen();
    try {
      return await work();
    } catch (error) {
      if (error instanceof CodedError) throw error;
      throw new RecorderError(`The views in ${this.#database.name} cannot be ${action}`, error);
    }
  }
}
