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
import { type DamagedFile, fileIdentity, setAside } from "./damaged-file.ts";
import { DatabaseThread, ThreadEndedError } from "./database-thread.ts";
import { pragma } from "./driver.ts";
import { causeOf, errorOf, isDamage } from "./failure.ts";
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
  /**
   * If given, a file that is damaged, of another program or of a newer version is renamed and replaced by an empty one,
   * when it is opened and while it is open. Called afterwards. A file of events, and one that another program has open,
   * is still refused.
   */
  readonly onDamagedFile?: (file: DamagedFile) => void;
}

/** The connections to one file. */
interface OpenFile {
  readonly identity: string | undefined;
  readonly reader: Database;
  readonly readers: ReaderThreads;
  readonly writer: DatabaseThread<ViewCall, ViewAnswer>;
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
  const { clock = () => new Date(), onDamagedFile } = options;
  checkType("clock", clock, "function", "a function that returns a Date");
  if (onDamagedFile !== undefined) checkType("onDamagedFile", onDamagedFile, "function", "a function");
  const identity = fileIdentity(path);
  try {
    return sqlViewStore(new SqliteViews(path, clock, await openFile(path), onDamagedFile));
  } catch (error) {
    if (onDamagedFile === undefined) throw error;
    const damaged = setAside(path, identity, error);
    if (damaged !== undefined) onDamagedFile(damaged);
    return sqlViewStore(new SqliteViews(path, clock, await openFile(path), onDamagedFile));
  }
}

async function openFile(path: string): Promise<OpenFile> {
  await prepareDatabase(path, VIEW_SCHEMA);
  const reader = openReadingConnection(path);
  // A store that only reads, as that of a server beside the thread of its projections, needs no writer.
  const writer = DatabaseThread.onDemand<ViewCall, ViewAnswer>("view-writer", path);
  return { identity: fileIdentity(path), reader, readers: new ReaderThreads(path), writer };
}

async function closeFile({ reader, readers, writer }: OpenFile): Promise<void> {
  // First, because the last connection to close moves the WAL into the file. That would block this thread for a while.
  reader.close();
  await readers.stop();
  await writer.stop();
}

class SqliteViews implements SqlDatabase {
  readonly name: string;
  readonly leaseTime: SqlDatabase["leaseTime"];
  readonly #onDamagedFile: SqliteViewStoreOptions["onDamagedFile"];
  #file: OpenFile;
  #reopening: Promise<void> | undefined;

  constructor(
    path: string,
    clock: () => Date,
    file: OpenFile,
    onDamagedFile: SqliteViewStoreOptions["onDamagedFile"],
  ) {
    this.name = path;
    this.leaseTime = { value: (ms) => clock().getTime() + ms, sql: (parameter) => parameter };
    this.#file = file;
    this.#onDamagedFile = onDamagedFile;
  }

  query<Row>(statement: Statement): Promise<readonly Row[]> {
    return this.#use(({ reader }) => runStatement(reader, statement) as Row[]);
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
    return this.#use((file) => {
      if (timeoutMs !== undefined) return this.#readInThread(file, view, query, timeoutMs);
      const { reader } = file;
      // In one transaction, since the generation could be replaced before it is read.
      return reader.transaction(() => {
        const [active] = runStatement(reader, selectActive(view)) as { readonly number: number }[];
        return active === undefined ? [] : runStatement(reader, query(tableNames(view, active.number)));
      })() as Row[];
    });
  }

  async #readInThread<Row>(
    { reader, readers }: OpenFile,
    view: string,
    query: (table: TableName) => Statement,
    timeoutMs: number,
  ): Promise<readonly Row[]> {
    for (;;) {
      const [active] = runStatement(reader, selectActive(view)) as { readonly number: number }[];
      if (active === undefined) return [];
      const generation = { view, number: active.number };
      const statement = query(tableNames(view, active.number));
      const answer = await readers.read({ generation, statement }, timeoutMs);
      if ("failure" in answer) throw causeOf(answer.failure);
      if (answer.rows !== undefined) return answer.rows as Row[];
    }
  }

  /** Resolves to true: `activate` and `discard` drop tables at once, even while they are read. */
  async removeReplacedTables(): Promise<boolean> {
    return true;
  }

  watch(listener: () => void): () => void {
    return pollForCommits({ dataVersion: () => pragma(this.#file.reader, "data_version") }, listener);
  }

  async close(): Promise<void> {
    await this.#reopening?.catch(() => {});
    await closeFile(this.#file);
  }

  #call(call: ViewCall): Promise<unknown> {
    return this.#use(async ({ writer }) => {
      let answer: ViewAnswer;
      try {
        answer = await writer.call(call);
      } catch (error) {
        if (error instanceof ThreadEndedError)
          throw recorderErrorOf(`The views in ${this.name} may or may not be written`, error);
        throw error;
      }
      if ("failure" in answer) throw errorOf(answer.failure);
      return answer.value;
    });
  }

  /** Runs `work` on the file. If the file proves to be damaged, replaces it and runs `work` on the new one. */
  async #use<Result>(work: (file: OpenFile) => Promise<Result> | Result): Promise<Result> {
    await this.#reopening;
    // Another process, or another thread of this one, may have replaced the file.
    if (this.#onDamagedFile !== undefined && fileIdentity(this.name) !== this.#file.identity)
      await this.#reopen(this.#file);
    const file = this.#file;
    try {
      return await work(file);
    } catch (error) {
      if (this.#onDamagedFile === undefined || !isDamage(error)) throw error;
      await this.#reopen(file, error);
      return work(this.#file);
    }
  }

  /** Opens the file again, unless that was done since `file` was opened. Replaces it if `damage` is given. */
  #reopen(file: OpenFile, damage?: unknown): Promise<void> {
    if (this.#file !== file) return this.#reopening ?? Promise.resolve();
    this.#reopening ??= this.#openAgain(file, damage).finally(() => {
      this.#reopening = undefined;
    });
    return this.#reopening;
  }

  async #openAgain(file: OpenFile, damage: unknown): Promise<void> {
    const damaged = damage === undefined ? undefined : setAside(this.name, file.identity, damage);
    if (damaged !== undefined) this.#onDamagedFile?.(damaged);
    this.#file = await openFile(this.name);
    // Its connections may fail, since they are on a damaged file.
    await closeFile(file).catch(() => {});
  }
}
