import { existsSync } from "node:fs";
import { DatabaseRefusedError } from "@palimpsest/eventsourcing";
import { openDatabase } from "@palimpsest/eventsourcing/sqlite";
import type { BetterAuthOptions } from "better-auth";
import type { Database, Statement } from "better-sqlite3";
import type { Database as ConfiguredDatabase } from "../../config.ts";
import { type AccountDatabase, missingTables } from "../account-database.ts";
import type { ColumnTypes } from "../token-table.ts";
import { accountWriter } from "./account-writer.ts";

/** SQLite has no type of its own for ids, truth values or times. */
const COLUMN_TYPES: ColumnTypes = { id: "text", boolean: "integer", time: "date" };

type SqliteDatabase = Exclude<ConfiguredDatabase, { kind: "postgres" }>;

/** See `openAccountDatabase` in identity.ts. */
export function openSqlite(database: SqliteDatabase): AccountDatabase {
  const connection = connect(database);
  return {
    connection,
    columnTypes: COLUMN_TYPES,
    migrate: (options) => migrate(connection, options),
    query: queryOn(connection),
    writer: () => accountWriter(connection),
    close: async () => {
      connection.close();
    },
  };
}

function connect(database: SqliteDatabase): Database {
  if (database.kind === "memory") return openDatabase(":memory:");
  if (!existsSync(database.path)) {
    throw new DatabaseRefusedError(database.path, "it is not there; opening the record of events makes it.");
  }
  const connection = openDatabase(database.path, { fileMustExist: true, timeout: 30_000 });
  connection.exec("PRAGMA journal_mode = WAL");
  // WAL alone would sync at checkpoints only, and a new account could be lost in a power cut.
  connection.exec("PRAGMA synchronous = FULL");
  return connection;
}

/** Prepares each statement once. */
function queryOn(connection: Database): AccountDatabase["query"] {
  const statements = new Map<string, Statement<object>>();
  return async <Row>(text: string, values: readonly string[]) => {
    const statement = statements.get(text) ?? connection.prepare<object>(text);
    statements.set(text, statement);
    // SQLite takes `$1` for a parameter with the name "1".
    return statement.all(Object.fromEntries(values.map((value, index) => [index + 1, value]))) as Row[];
  };
}

/**
 * Makes the tables that are missing. Several processes may start at once: the plan is made without the lock
 * and carried out only if the schema is still the one it was made for. The lock is never held across an
 * `await`, where another connection of this thread could wait for it and so stop the thread that holds it.
 */
async function migrate(connection: Database, options: BetterAuthOptions): Promise<void> {
  for (;;) {
    const plannedFor = schemaVersion(connection);
    const statements = await missingTables(options, hasTokens(connection), COLUMN_TYPES);
    if (statements === "") return;
    connection
      .transaction(() => {
        if (schemaVersion(connection) === plannedFor) connection.exec(statements);
      })
      .immediate();
  }
}

function hasTokens(connection: Database): boolean {
  return connection.prepare("SELECT 1 FROM sqlite_master WHERE name = 'apikey'").get() !== undefined;
}

/** SQLite counts it up at each change of the schema, whoever makes it. */
function schemaVersion(connection: Database): unknown {
  return connection.prepare("PRAGMA schema_version").pluck().get();
}
