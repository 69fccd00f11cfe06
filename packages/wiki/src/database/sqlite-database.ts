import { existsSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { CodedError, DatabaseRefusedError, RecorderError } from "@palimpsest/eventsourcing";
import { openDatabase } from "@palimpsest/eventsourcing/sqlite";
import SqliteDriver, { type Database, type Statement } from "better-sqlite3";
import type { Database as ConfiguredDatabase } from "../config.ts";
import type { Purpose, SqlDatabase, SqlValue, Transaction } from "./sql-database.ts";

/** How long a call waits while another connection writes. */
const BUSY_TIMEOUT_MS = 30_000;
const RETRY_DELAY_MS = 50;

/** `blockingMs` is the part of the wait during which this thread does nothing else. */
const SETTINGS = {
  // WAL with NORMAL syncs at checkpoints only, so a power cut could lose an account. better-auth uses the same
  // connection and does not retry.
  accounts: { synchronous: "FULL", blockingMs: BUSY_TIMEOUT_MS, checkpointPages: 1_000 },
  // A power cut may lose the last drafts. Checkpoints sync the file, which is left to the writer of the events.
  drafts: { synchronous: "NORMAL", blockingMs: 20, checkpointPages: 4_000 },
};

/** Opens a connection. @throws DatabaseRefusedError if the file does not exist */
export async function openSqlite(
  database: Exclude<ConfiguredDatabase, { kind: "postgres" }>,
  purpose: Purpose,
): Promise<SqliteDatabase> {
  const { synchronous, blockingMs, checkpointPages } = SETTINGS[purpose];
  if (database.kind === "memory") return new SqliteDatabase(openDatabase(":memory:"));
  if (!existsSync(database.path)) {
    throw new DatabaseRefusedError(
      database.path,
      "the file does not exist; opening the recorder creates it.",
    );
  }
  const connection = openDatabase(database.path, { fileMustExist: true, timeout: blockingMs });
  try {
    await whenFree("The database cannot be opened", () => {
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
  readonly connection: Database;
  readonly #statements = new Map<string, Statement<object>>();

  constructor(connection: Database) {
    this.connection = connection;
  }

  query<Row>(text: string, values: readonly SqlValue[]): Promise<Row[]> {
    return whenFree(failureOf(text), () => this.#run<Row>(text, values));
  }

  async transaction<Result>(begin: () => Transaction<Result>): Promise<Result> {
    const run = this.connection.transaction(() => {
      const steps = begin();
      let step = steps.next();
      while (!step.done) {
        const [text, values] = step.value;
        if (values === undefined) this.connection.exec(text);
        step = steps.next(values === undefined ? [] : this.#run(text, values));
      }
      return step.value;
    });
    return await whenFree("Nothing was stored", () => run.immediate());
  }

  async close(): Promise<void> {
    this.connection.close();
  }

  /** Prepares each statement once. */
  #run<Row>(text: string, values: readonly SqlValue[]): Row[] {
    const statement = this.#statements.get(text) ?? this.connection.prepare<object>(text);
    this.#statements.set(text, statement);
    // SQLite treats `$1` as a parameter with the name "1".
    const named = Object.fromEntries(values.map((value, index) => [index + 1, value]));
    if (statement.reader) return statement.all(named) as Row[];
    statement.run(named);
    return [];
  }
}

/** Runs `work` again while another connection holds the lock, for at most `BUSY_TIMEOUT_MS`. @throws RecorderError */
async function whenFree<Result>(failure: string, work: () => Result): Promise<Result> {
  for (const deadline = Date.now() + BUSY_TIMEOUT_MS; ; await setTimeout(RETRY_DELAY_MS)) {
    try {
      return work();
    } catch (error) {
      if (error instanceof CodedError) throw error;
      const isBusy = error instanceof SqliteDriver.SqliteError && error.code.startsWith("SQLITE_BUSY");
      if (!isBusy || Date.now() > deadline) throw new RecorderError(failure, error);
    }
  }
}

function failureOf(text: string): string {
  return /^\s*select\b/i.test(text) ? "The database cannot be read" : "Nothing was stored";
}
