import type { BetterAuthOptions } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import type { PostgresDatabase } from "../database/postgres-database.ts";
import { type Dialect, type SqlDatabase, selectColumns, type Transaction } from "../database/sql-database.ts";
import type { SqliteDatabase } from "../database/sqlite-database.ts";

const COLUMN_TYPES = {
  sqlite: { id: "text", boolean: "integer", time: "date" },
  postgres: { id: "uuid", boolean: "boolean", time: "timestamptz" },
};

/** Selects rows that change when a table or column is added to the schema. */
const SELECT_SCHEMA_VERSION: Readonly<Record<Dialect, string>> = {
  sqlite: "SELECT schema_version FROM pragma_schema_version",
  postgres: `
    SELECT pg_class.relname, pg_attribute.attname
    FROM pg_attribute JOIN pg_class ON pg_class.oid = pg_attribute.attrelid
    WHERE pg_class.relnamespace = to_regnamespace(quote_ident(current_schema())) AND pg_attribute.attnum > 0
    ORDER BY 1, 2`,
};

// The table of the plugin @better-auth/api-key 1.7.5, which earlier versions used, has the same name and more columns,
// all of them nullable. `configId` and `updatedAt` are required there. The wiki sets neither `enabled` to false nor
// `expiresAt`, but respects both.
export const TOKEN_COLUMNS = `"id", "configId", "name", "referenceId", "key", "enabled", "expiresAt", "createdAt", "updatedAt"`;

/** Returns the database in the format of better-auth's options. */
export function authDatabaseOf(
  database: SqliteDatabase | PostgresDatabase,
): NonNullable<BetterAuthOptions["database"]> {
  if (database.dialect === "sqlite") return database.connection;
  // One statement at a time, so that reads survive a failover. None of the functions that the wiki calls begins a
  // transaction; `run` would not keep it on one connection.
  const client = {
    query: (text: string, values: readonly unknown[]) => {
      if (/^\s*(begin|start)\b/i.test(text))
        throw new Error("The accounts have no transactions of better-auth.");
      return database.run(text, values);
    },
    release: () => {},
  };
  return { connect: async () => client } as NonNullable<BetterAuthOptions["database"]>;
}

/**
 * Creates the missing tables and columns. Several processes may do so at once: better-auth plans the statements without
 * the lock, and they run only if the schema has not changed since.
 */
export async function migrate(database: SqlDatabase, options: BetterAuthOptions): Promise<void> {
  const select = SELECT_SCHEMA_VERSION[database.dialect];
  for (let isDone = false; !isDone; ) {
    const plannedFor = JSON.stringify(await database.query(select, []));
    const script = await missingTables(database, options);
    if (script === "") return;
    isDone = await database.transaction(function* (): Transaction<boolean> {
      if (JSON.stringify(yield [select, []]) !== plannedFor) return false;
      yield [script];
      return true;
    });
  }
}

async function missingTables(database: SqlDatabase, options: BetterAuthOptions): Promise<string> {
  const plan = await getMigrations(options);
  const isComplete = plan.toBeCreated.length + plan.toBeAdded.length + plan.toBeAddedIndexes.length === 0;
  const tokens = await database.query(...selectColumns(database.dialect, "apikey"));
  return (
    (isComplete ? "" : await plan.compileMigrations()) +
    (tokens.length > 0 ? "" : createTokenTable(database.dialect))
  );
}

/** `key` is the hash of a token, `referenceId` the id of its owner. */
function createTokenTable(dialect: Dialect): string {
  const types = COLUMN_TYPES[dialect];
  return `
    CREATE TABLE "apikey" (
      "id" ${types.id} NOT NULL PRIMARY KEY,
      "configId" text NOT NULL,
      "name" text,
      "referenceId" text NOT NULL,
      "key" text NOT NULL UNIQUE,
      "enabled" ${types.boolean},
      "expiresAt" ${types.time},
      "createdAt" ${types.time} NOT NULL,
      "updatedAt" ${types.time} NOT NULL
    );
    CREATE INDEX "apikey_referenceId_idx" ON "apikey" ("referenceId");`;
}
