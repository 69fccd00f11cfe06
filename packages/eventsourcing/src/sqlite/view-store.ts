import { resolve } from "node:path";
import { InvalidArgumentError, RecorderClosedError } from "../errors.ts";
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
import { recorderErrorOf } from "./connection.ts";
import { pollForOthers } from "./poll.ts";
import { openViewReadingConnection, prepareViewDatabase } from "./view-connection.ts";
import { ViewReader } from "./view-reader.ts";
import { packStatements } from "./view-statements.ts";
import { ViewThread } from "./view-thread.ts";

/** Where views are kept on SQLite. */
export interface SqliteViewStoreOptions {
  /** The file for the views, another one than that of the events. It is made when it does not exist. */
  readonly path: string;
  /** Says what time it is for leases. The system's clock by default. */
  readonly clock?: () => Date;
}

type GenerationKey = Pick<Generation, "view" | "number">;

/**
 * Opens the SQLite database of views at `path`, or makes it. Any number of processes may have the same file open.
 * Views are written in a thread of their own and, being derived, without waiting for the disk; reads happen in the
 * calling thread.
 *
 * @throws DatabaseRefusedError: the file is not ours, or holds events, or a newer version wrote it; it is as it was.
 *   RecorderError: it cannot be opened.
 */
export async function sqliteViewStore(options: SqliteViewStoreOptions): Promise<SqlViewStore> {
  if (options.path === "" || options.path === ":memory:")
    throw new InvalidArgumentError("path", options.path, "the path of a file");
  const path = resolve(options.path);
  await prepareViewDatabase(path);
  const reader = new ViewReader(openViewReadingConnection(path));
  try {
    const thread = await ViewThread.start(path);
    return new SqliteViewStore(path, options.clock ?? (() => new Date()), reader, thread);
  } catch (error) {
    reader.close();
    throw recorderErrorOf(`The writer of the database ${path} cannot be started`, error);
  }
}

class SqliteViewStore implements SqlViewStore {
  readonly #path: string;
  readonly #clock: () => Date;
  readonly #reader: ViewReader;
  readonly #watchers = new Listeners(() => pollForOthers(this.#reader, () => this.#watchers.notify()));
  #thread: Promise<ViewThread>;
  #closing: Promise<void> | undefined;

  constructor(path: string, clock: () => Date, reader: ViewReader, thread: ViewThread) {
    this.#path = path;
    this.#clock = clock;
    this.#reader = reader;
    this.#thread = Promise.resolve(thread);
  }

  async generations(view?: string): Promise<readonly Generation[]> {
    return this.#read((reader) => reader.generations(view));
  }

  async create(view: ViewDefinition<Statement>): Promise<Generation> {
    checkView(view);
    const { name, version, tables } = view;
    const begun = this.#beingBuilt(view);
    if (begun !== undefined) return begun;
    const thread = await this.#writer();
    const number = await thread.run("reserveNumber", name);
    const table = tableNames(name, number);
    const statements = packStatements(view.create?.(table) ?? []);
    await thread.run("create", { view: name, number, version, tables: tables.map(table), statements });
    this.#watchers.notify();
    const generations = await this.generations(name);
    // Another process may have been first, and may have finished.
    const made = generations.find((generation) => generation.number === number) ?? this.#beingBuilt(view);
    return made ?? this.create(view);
  }

  async write({ changes, ...write }: ViewWrite<Statement>): Promise<void> {
    checkWrite(write);
    const thread = await this.#writer();
    try {
      await thread.run("write", { ...write, statements: packStatements(changes) });
    } catch (error) {
      // Thrown for what is no value, before anything is sent.
      throw error instanceof DOMException ? new ChangeRefusedError(write.generation.view, error) : error;
    }
    this.#watchers.notify();
  }

  async activate({ view, number }: GenerationKey, lease: Lease): Promise<void> {
    await (await this.#writer()).run("activate", { view, number }, lease);
    this.#watchers.notify();
  }

  async discard({ view, number }: GenerationKey, lease: Lease): Promise<void> {
    await (await this.#writer()).run("discard", { view, number }, lease);
    this.#watchers.notify();
  }

  /** Nothing is ever left here: a table is dropped whoever reads it. */
  async removeReplacedTables(): Promise<boolean> {
    this.#checkOpen();
    return true;
  }

  async stop({ view, number }: GenerationKey, poisonous: FailedEvent, lease: Lease): Promise<void> {
    await (await this.#writer()).run("stop", { view, number }, poisonous, lease);
    this.#watchers.notify();
  }

  async retry(view: string): Promise<void> {
    await (await this.#writer()).run("retry", view);
    this.#watchers.notify();
  }

  async skip(view: string, notificationId: number): Promise<void> {
    await (await this.#writer()).run("skip", view, notificationId);
    this.#watchers.notify();
  }

  async acquireLease(lease: Lease, ttlMs: number): Promise<boolean> {
    checkLeaseTime("ttlMs", ttlMs);
    const holder = await this.leaseHolder(lease.name);
    // So that those who wait for it do not take turns at writing.
    if (holder !== undefined && holder !== lease.holder) return false;
    return (await this.#writer()).run("acquireLease", lease, this.#clock().getTime(), ttlMs);
  }

  async releaseLease(lease: Lease): Promise<void> {
    await (await this.#writer()).run("releaseLease", lease);
  }

  async leaseHolder(name: string): Promise<string | undefined> {
    return this.#read((reader) => reader.leaseHolder(name, this.#clock().getTime()));
  }

  async read<Row>(view: string, query: (table: TableName) => Statement): Promise<readonly Row[]> {
    return this.#read((reader) => reader.rows(view, query)) as readonly Row[];
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
    // The writer last: SQLite brings the WAL into the file when the last connection closes, and takes its time.
    this.#reader.close();
    const thread = await this.#thread.catch(() => undefined);
    await thread?.stop();
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

  async #writer(): Promise<ViewThread> {
    this.#checkOpen();
    const present = this.#thread;
    const thread = await present.catch(() => undefined);
    if (thread !== undefined && !thread.hasEnded) return thread;
    // Others that found it ended may have been first.
    if (this.#thread === present) this.#thread = ViewThread.start(this.#path);
    try {
      return await this.#thread;
    } catch (error) {
      throw recorderErrorOf(`The writer of the views in ${this.#path} cannot be started again`, error);
    }
  }
}
