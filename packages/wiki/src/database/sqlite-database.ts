import { existsSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { CodedError, DatabaseRefusedError, RecorderError } from "@palimpsest/eventsourcing";
import { openDatabase } from "@palimpsest/eventsourcing/sqlite";
import SqliteDriver, { type Database } from "better-sqlite3";
import type { Database as ConfiguredDatabase } from "../config.ts";
import type { Purpose, SqlDatabase, SqlValue, Transaction } from "./sql-database.ts";

/** How long a call waits in all while other connections hold the write lock. */
const LOCK_TIMEOUT_MS = 2_500;
const RETRY_DELAY_MS = 20;

const SETTINGS = {
  // WAL with NORMAL syncs at checkpoints only, so a power cut could lose an account.
  accounts: { synchronous: "FULL", checkpointPages: 1_000 },
  // A power cut may lose the last drafts. Checkpoints sync the file, which is left to the writer of the events.
  // The index of a file is stored before the event that attaches it.
  files: { synchronous: "FULL", checkpointPages: 1_000 },
  drafts: { synchronous: "NORMAL", checkpointPages: 4_000 },
};

/** Opens a connection. @throws DatabaseRefusedError if the file does not exist */
export async function openSqlite(
  database: Exclude<ConfiguredDatabase, { kind: "postgres" }>,
  purpose: Purpose,
): Promise<SqliteDatabase> {
  const { synchronous, checkpointPages } = SETTINGS[purpose];
  if (database.kind === "memory") return new SqliteDatabase(openDatabase(":memory:"));
  if (!existsSync(database.path)) {
    throw new DatabaseRefusedError(
      database.path,
      "the file does not exist; opening the recorder creates it.",
    );
  }
  // SQLite's own wait would block the thread.
  const connection = openDatabase(database.path, { fileMustExist: true, timeout: 0 });
  try {
    await whenFree("The database cannot be opened", Date.now() + LOCK_TIMEOUT_MS, () => {
      connection.exec("PRAGMA journal_mode = WAL");
      connection.exec(`PRAGMA synchronous = ${synchronous}`);
      connection.exec(`PRAGMA wal_autocheckpoint = ${checkpointPages}`);
    });
  } catch (error) {
    connection.close();
    throw error;
  }
  return new SqliteDatabase(connection);
}

export class SqliteDatabase implements SqlDatabase {
  readonly dialect = "sqlite";
  readonly #connection: Database;
  /** Settles when the last write that was begun ends. */
  #lastWrite: Promise<unknown> = Promise.resolve();

  constructor(connection: Database) {
    this.#connection = connection;
  }

  query<Row>(text: string, values: readonly SqlValue[]): Promise<Row[]> {
    const work = () => this.#run<Row>(text, values);
    return isSelect(text) ? this.#read(work) : this.#write(work);
  }

  /** Runs a statement with the parameters `?`. @throws RecorderError */
  run(
    text: string,
    values: readonly unknown[],
  ): Promise<{ readonly rows: unknown[]; readonly changes: number }> {
    const work = () => {
      const statement = this.#connection.prepare(text);
      if (statement.reader) return { rows: statement.all(...values), changes: 0 };
      return { rows: [], changes: statement.run(...values).changes };
    };
    return isSelect(text) ? this.#read(work) : this.#write(work);
  }

  queryNow<Row>(text: string, values: readonly SqlValue[]): Row[] | undefined {
    try {
      return this.#run<Row>(text, values);
    } catch (error) {
      if (isBusy(error)) return undefined;
      throw new RecorderError("The database cannot be read", error);
    }
  }

  transaction<Result>(begin: () => Transaction<Result>): Promise<Result> {
    const run = this.#connection.transaction(() => {
      const steps = begin();
      let step = steps.next();
      while (!step.done) {
        const [text, values] = step.value;
        if (values === undefined) this.#connection.exec(text);
        step = steps.next(values === undefined ? [] : this.#run(text, values));
      }
      return step.value;
    });
    return this.#write(() => run.immediate());
  }

  async close(): Promise<void> {
    this.#connection.close();
  }

  #read<Result>(work: () => Result): Promise<Result> {
    return whenFree("The database cannot be read", Date.now() + LOCK_TIMEOUT_MS, work);
  }

  /** Runs writes one after another, so that only one of them asks for the lock. */
  #write<Result>(work: () => Result): Promise<Result> {
    const deadline = Date.now() + LOCK_TIMEOUT_MS;
    const attempt = () => whenFree("Nothing was stored", deadline, work);
    const result = this.#lastWrite.then(attempt, attempt);
    this.#lastWrite = result;
    return result;
  }

  #run<Row>(text: string, values: readonly SqlValue[]): Row[] {
    const statement = this.#connection.prepare<object>(text);
    // SQLite treats `$1` as a parameter with the name "1".
    const named = Object.fromEntries(values.map((value, index) => [index + 1, value]));
    if (statement.reader) return statement.all(named) as Row[];
    statement.run(named);
    return [];
  }
}

/** Runs `work`, and again while another connection holds the lock, until `deadline`. @throws RecorderError */
async function whenFree<Result>(failure: string, deadline: number, work: () => Result): Promise<Result> {
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (error instanceof CodedError) throw error;
      if (!isBusy(error) || Date.now() > deadline) throw new RecorderError(failure, error);
    }
    await setTimeout(RETRY_DELAY_MS);
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof SqliteDriver.SqliteError && error.code.startsWith("SQLITE_BUSY");
}

function isSelect(text: string): boolean {
  return /^\s*select\b/i.test(text);
}
