export type Dialect = "sqlite" | "postgres";

export type SqlValue = string | number | Uint8Array | null;

export type SqlRow = Readonly<Record<string, unknown>>;

/** A statement with the parameters `$1`, `$2`, …; without values, a script of statements that return no rows. */
export type Statement = readonly [text: string, values?: readonly SqlValue[]];

/**
 * The statements of a transaction: each `yield` runs one and returns its rows. It is a generator because SQLite runs it
 * synchronously: a transaction that stays open across an `await` would block the writer of the events.
 */
export type Transaction<Result> = Generator<Statement, Result, readonly SqlRow[]>;

/** The tables that a connection is for. */
export type Purpose = "accounts" | "drafts" | "files";

/** A connection to the wiki's database, beside those of the recorder. Its methods throw `RecorderError`. */
export interface SqlDatabase {
  readonly dialect: Dialect;
  query<Row>(text: string, values: readonly SqlValue[]): Promise<Row[]>;
  /** Runs a SELECT and returns its rows; undefined if the database cannot answer without waiting. */
  queryNow<Row>(text: string, values: readonly SqlValue[]): Row[] | undefined;
  /**
   * Runs a transaction, one after another for each purpose, in all processes. If it throws, nothing is stored, and an
   * error of its own is rethrown.
   */
  transaction<Result>(begin: () => Transaction<Result>): Promise<Result>;
  close(): Promise<void>;
}

/** Selects the names of the columns of a table; no rows if the table does not exist. */
export function selectColumns(dialect: Dialect, table: string): [text: string, values: SqlValue[]] {
  const text =
    dialect === "sqlite"
      ? "SELECT name FROM pragma_table_info($1)"
      : "SELECT attname AS name FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped";
  return [text, [table]];
}
