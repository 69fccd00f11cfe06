import { existsSync } from "node:fs";
import { DatabaseRefusedError } from "@palimpsest/eventsourcing";
import { openDatabase } from "@palimpsest/eventsourcing/sqlite";
import type { BetterAuthOptions } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import type { Database } from "better-sqlite3";
import type { Database as ConfiguredDatabase } from "../../config.ts";
import type { AccountDatabase } from "../account-database.ts";
import { accountWriter } from "./account-writer.ts";

type SqliteDatabase = Exclude<ConfiguredDatabase, { kind: "postgres" }>;

/** See `openAccountDatabase` in identity.ts. */
export function openSqlite(database: SqliteDatabase): AccountDatabase {
  const connection = connect(database);
  return {
    connection,
    migrate: (options) => migrate(connection, options),
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

/**
 * Makes the tables that are missing. Several processes may start at once: the plan is made without the lock
 * and carried out only if the schema is still the one it was made for. The lock is never held across an
 * `await`, where another connection of this thread could wait for it and so stop the thread that holds it.
 */
async function migrate(connection: Database, options: BetterAuthOptions): Promise<void> {
  for (;;) {
    const plannedFor = schemaVersion(connection);
    const plan = await getMigrations(options);
    if (plan.toBeCreated.length + plan.toBeAdded.length + plan.toBeAddedIndexes.length === 0) return;
    const statements = await plan.compileMigrations();
    connection
      .transaction(() => {
        if (schemaVersion(connection) === plannedFor) connection.exec(statements);
      })
      .immediate();
  }
}

/** SQLite counts it up at each change of the schema, whoever makes it. */
function schemaVersion(connection: Database): unknown {
  return connection.prepare("PRAGMA schema_version").pluck().get();
}
