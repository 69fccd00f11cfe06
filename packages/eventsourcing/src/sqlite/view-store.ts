import type { Database } from "better-sqlite3";
import { selectActive } from "../projections/sql-generations.ts";
import { type SqlDatabase, sqlViewStore } from "../projections/sql-view-store.ts";
import type { WriteCall } from "../projections/sql-view-writes.ts";
import { tableNames } from "../projections/view-checks.ts";
import { ChangeRefusedError } from "../projections/view-errors.ts";
import type { ReadOptions, SqlViewStore, Statement, TableName } from "../projections/view-store.ts";
import { pollForCommits } from "./commit-poll.ts";
import {
  checkType,
  databasePath,
  openReadingConnection,
  prepareDatabase,
  recorderErrorOf,
} from "./connection.ts";
import { DatabaseThread, ThreadEndedError } from "./database-thread.ts";
import { pragma } from "./driver.ts";
import { errorOf } from "./failure.ts";
import { ReaderThreads } from "./reader-threads.ts";
import { VIEW_SCHEMA } from "./view-schema.ts";
import { runStatement } from "./view-statements.ts";
import type { ViewAnswer, ViewCall } from "./view-writer.ts";

/** Options of `sqliteViewStore`. */
export interface SqliteViewStoreOptions {
  /** The database file, not the one with the events. It is created if it does not exist; its folder is not. */
  readonly path: string;
  /** Returns the time at which leases are acquired and checked. The system clock by default. */
  readonly clock?: () => Date;
}

/**
 * Opens the SQLite database of views at `path`, or creates it. Any number of processes may open the same file. Views
 * are written in a thread, without waiting for the disk, since they can be rebuilt. Reads run in the calling thread, or
 * with a time limit in threads of their own. Node cannot interrupt SQLite: if a query exceeds its limit, its caller
 * continues, and its thread ends when SQLite returns.
 *
 * @throws InvalidArgumentError: an option is invalid. DatabaseRefusedError: the file is not a database of
 *   views, or a newer version wrote it; it is unchanged. RecorderError: the file cannot be opened.
 */
export async function sqliteViewStore(options: SqliteViewStoreOptions): Promise<SqlViewStore> {
  const path = databasePath("sqliteViewStore", options);
  const { clock = () => new Date() } = options;
  checkType("clock", clock, "function", "a function that returns a Date");
  await prepareDatabase(path, VIEW_SCHEMA);
  const reader = openReadingConnection(path);
  try {
    const writer = await DatabaseThread.start<ViewCall, ViewAnswer>("view-writer", path);
    return sqlViewStore(new SqliteViews(path, clock, reader, writer));
  } catch (error) {
    reader.close();
    throw recorderErrorOf(`The writer of the database ${path} cannot be started`, error);
  }
}

class SqliteViews implements SqlDatabase {
  readonly name: string;
  readonly leaseTime: SqlDatabase["leaseTime"];
  readonly #reader: Database;
  readonly #readers: ReaderThreads;
  readonly #writer: DatabaseThread<ViewCall, ViewAnswer>;

  constructor(
    path: string,
    clock: () => Date,
    reader: Database,
    writer: DatabaseThread<ViewCall, ViewAnswer>,
  ) {
    this.name = path;
    this.leaseTime = { value: (ms) => clock().getTime() + ms, sql: (parameter) => parameter };
    this.#reader = reader;
    this.#readers = new ReaderThreads(path);
    this.#writer = writer;
  }

  async query<Row>(statement: Statement): Promise<readonly Row[]> {
    return runStatement(this.#reader, statement) as Row[];
  }

  async changeLease<Row>(statement: Statement): Promise<readonly Row[]> {
    return (await this.#call(statement)) as Row[];
  }

  async write(call: WriteCall): Promise<unknown> {
    try {
      return await this.#call(call);
    } catch (error) {
      // A parameter, such as a function, is no SQL value. Nothing was sent.
      if (error instanceof DOMException) throw new ChangeRefusedError(call.argument.view, error);
      throw error;
    }
  }

  async read<Row>(
    view: string,
    query: (table: TableName) => Statement,
    { timeoutMs }: ReadOptions,
  ): Promise<readonly Row[]> {
    if (timeoutMs !== undefined) return this.#readInThread(view, query, timeoutMs);
    // In one transaction, since the generation could be replaced before it is read.
    return this.#reader.transaction(() => {
      const [active] = runStatement(this.#reader, selectActive(view)) as { readonly number: number }[];
      return active === undefined ? [] : runStatement(this.#reader, query(tableNames(view, active.number)));
    })() as Row[];
  }

  async #readInThread<Row>(
    view: string,
    query: (table: TableName) => Statement,
    timeoutMs: number,
  ): Promise<readonly Row[]> {
    for (;;) {
      const [active] = runStatement(this.#reader, selectActive(view)) as { readonly number: number }[];
      if (active === undefined) return [];
      const generation = { view, number: active.number };
      const statement = query(tableNames(view, active.number));
      const answer = await this.#readers.read({ generation, statement }, timeoutMs);
      if ("failure" in answer) throw new Error(answer.failure);
      if (answer.rows !== undefined) return answer.rows as Row[];
    }
  }

  /** Resolves to true: `activate` and `discard` drop tables at once, even while they are read. */
  async removeReplacedTables(): Promise<boolean> {
    return true;
  }

  watch(listener: () => void): () => void {
    return pollForCommits({ dataVersion: () => pragma(this.#reader, "data_version") }, listener);
  }

  async close(): Promise<void> {
    // First, since the last connection moves the WAL into the file, which takes a while: not in this thread.
    this.#reader.close();
    await this.#readers.stop();
    await this.#writer.stop();
  }

  async #call(call: ViewCall): Promise<unknown> {
    let answer: ViewAnswer;
    try {
      answer = await this.#writer.call(call);
    } catch (error) {
      if (error instanceof ThreadEndedError)
        throw recorderErrorOf(`The views in ${this.name} may or may not be written`, error);
      throw error;
    }
    if ("failure" in answer) throw errorOf(answer.failure);
    return answer.value;
  }
}
