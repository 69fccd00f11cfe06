import { RecorderClosedError } from "../errors.ts";
import { checkLeaseTime, checkView, checkWrite, tableNames } from "../projections/view-checks.ts";
import { ChangeRefusedError } from "../projections/view-errors.ts";
import type {
  FailedEvent,
  Generation,
  Lease,
  SqlViewStore,
  Statement,
  TableName,
  ViewDefinition,
  ViewWrite,
} from "../projections/view-store.ts";
import { Listeners } from "../recorder/listeners.ts";
import { pollForCommits } from "./commit-poll.ts";
import {
  checkType,
  databasePath,
  openReadingConnection,
  prepareDatabase,
  recorderErrorOf,
} from "./connection.ts";
import { errorOf } from "./failure.ts";
import { ViewReader } from "./view-reader.ts";
import { VIEW_SCHEMA } from "./view-schema.ts";
import { packStatements } from "./view-statements.ts";
import type { ViewTransactions } from "./view-transactions.ts";
import type { ViewAnswer, ViewCall } from "./view-writer.ts";
import { WriterThread, WriterThreadEndedError } from "./writer-thread.ts";

/** Options of `sqliteViewStore`. */
export interface SqliteViewStoreOptions {
  /** The database file, not the one with the events. It is created if it does not exist; its folder is not. */
  readonly path: string;
  /** Returns the time at which leases are acquired and checked. The system clock by default. */
  readonly clock?: () => Date;
}

type GenerationKey = Pick<Generation, "view" | "number">;

/**
 * Opens the SQLite database of views at `path`, or creates it. Any number of processes may open the same file. Views
 * are written in a thread, without waiting for the disk, since they can be rebuilt. Reads run in the calling thread.
 *
 * @throws InvalidArgumentError: an option is invalid. DatabaseRefusedError: the file is not a database of
 *   views, or a newer version wrote it; it is unchanged. RecorderError: the file cannot be opened.
 */
export async function sqliteViewStore(options: SqliteViewStoreOptions): Promise<SqlViewStore> {
  const path = databasePath("sqliteViewStore", options);
  const { clock = () => new Date() } = options;
  checkType("clock", clock, "function", "a function that returns a Date");
  await prepareDatabase(path, VIEW_SCHEMA);
  const reader = new ViewReader(openReadingConnection(path));
  try {
    const writer = await WriterThread.start<ViewCall, ViewAnswer>("view-writer", path);
    return new SqliteViewStore(path, clock, reader, writer);
  } catch (error) {
    reader.close();
    throw recorderErrorOf(`The writer of the database ${path} cannot be started`, error);
  }
}

class SqliteViewStore implements SqlViewStore {
  readonly #path: string;
  readonly #clock: () => Date;
  readonly #reader: ViewReader;
  readonly #listeners = new Listeners(() => pollForCommits(this.#reader, () => this.#listeners.notify()));
  readonly #writer: WriterThread<ViewCall, ViewAnswer>;
  #closing: Promise<void> | undefined;

  constructor(
    path: string,
    clock: () => Date,
    reader: ViewReader,
    writer: WriterThread<ViewCall, ViewAnswer>,
  ) {
    this.#path = path;
    this.#clock = clock;
    this.#reader = reader;
    this.#writer = writer;
  }

  async generations(view?: string): Promise<readonly Generation[]> {
    return this.#read((reader) => reader.generations(view));
  }

  async create(view: ViewDefinition<Statement>): Promise<Generation> {
    checkView(view);
    const { name, version, tables } = view;
    const begun = this.#beingBuilt(view);
    if (begun !== undefined) return begun;
    const number = await this.#write("reserveNumber", name);
    const table = tableNames(name, number);
    const statements = packStatements(view.create?.(table) ?? []);
    await this.#write("create", { view: name, number, version, tables: tables.map(table), statements });
    this.#listeners.notify();
    const generations = await this.generations(name);
    // Another process may have created it first, and may have activated it.
    const made = generations.find((generation) => generation.number === number) ?? this.#beingBuilt(view);
    return made ?? this.create(view);
  }

  async write({ changes, ...write }: ViewWrite<Statement>): Promise<void> {
    checkWrite(write);
    await this.#write("write", { ...write, statements: packStatements(changes) });
    this.#listeners.notify();
  }

  async activate({ view, number }: GenerationKey, lease: Lease): Promise<void> {
    await this.#write("activate", { view, number }, lease);
    this.#listeners.notify();
  }

  async discard({ view, number }: GenerationKey, lease: Lease): Promise<void> {
    await this.#write("discard", { view, number }, lease);
    this.#listeners.notify();
  }

  /** Resolves to true: `activate` drops tables at once, even while they are read. */
  async removeReplacedTables(): Promise<boolean> {
    this.#checkOpen();
    return true;
  }

  async stop({ view, number }: GenerationKey, failed: FailedEvent, lease: Lease): Promise<void> {
    await this.#write("stop", { view, number }, failed, lease);
    this.#listeners.notify();
  }

  async retry(view: string): Promise<void> {
    await this.#write("retry", view);
    this.#listeners.notify();
  }

  async skip(view: string, notificationId: number): Promise<void> {
    await this.#write("skip", view, notificationId);
    this.#listeners.notify();
  }

  async acquireLease(lease: Lease, ttlMs: number): Promise<boolean> {
    checkLeaseTime("ttlMs", ttlMs);
    const holder = await this.leaseHolder(lease.name);
    // Without a write, so that waiting runners do not compete for the write lock.
    if (holder !== undefined && holder !== lease.holder) return false;
    return this.#write("acquireLease", lease, this.#clock().getTime(), ttlMs);
  }

  async releaseLease(lease: Lease): Promise<void> {
    await this.#write("releaseLease", lease);
  }

  async leaseHolder(name: string): Promise<string | undefined> {
    return this.#read((reader) => reader.leaseHolder(name, this.#clock().getTime()));
  }

  async read<Row>(view: string, query: (table: TableName) => Statement): Promise<readonly Row[]> {
    return this.#read((reader) => reader.rows(view, query)) as readonly Row[];
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
    // Last, since the last connection moves the WAL into the file, which takes a while: not in this thread.
    this.#reader.close();
    await this.#writer.stop();
  }

  #beingBuilt({ name, version }: ViewDefinition<Statement>): Generation | undefined {
    const generations = this.#read((reader) => reader.generations(name));
    return generations.find((generation) => !generation.active && generation.version === version);
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new RecorderClosedError();
  }

  #read<Result>(read: (reader: ViewReader) => Result): Result {
    this.#checkOpen();
    try {
      return read(this.#reader);
    } catch (error) {
      throw recorderErrorOf(`The views in ${this.#path} cannot be read`, error);
    }
  }

  async #write<Method extends keyof ViewTransactions>(
    method: Method,
    ...args: Parameters<ViewTransactions[Method]>
  ): Promise<ReturnType<ViewTransactions[Method]>> {
    this.#checkOpen();
    const answer = await this.#call({ method, args } as unknown as ViewCall);
    if ("failure" in answer) throw errorOf(answer.failure);
    return answer.value as ReturnType<ViewTransactions[Method]>;
  }

  async #call(call: ViewCall): Promise<ViewAnswer> {
    try {
      return await this.#writer.call(call);
    } catch (error) {
      // A parameter, such as a function, is no SQL value. Nothing was sent.
      if (call.method === "write" && error instanceof DOMException)
        throw new ChangeRefusedError(call.args[0].generation.view, error);
      const isUnknown = error instanceof WriterThreadEndedError;
      throw recorderErrorOf(
        `The views in ${this.#path} ${isUnknown ? "may or may not be written" : "cannot be written"}`,
        error,
      );
    }
  }
}
