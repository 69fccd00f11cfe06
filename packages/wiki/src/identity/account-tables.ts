import type { BetterAuthOptions } from "better-auth";
import type { PostgresDatabase } from "../database/postgres-database.ts";
import { type Dialect, type SqlDatabase, selectColumns, type Transaction } from "../database/sql-database.ts";
import type { SqliteDatabase } from "../database/sqlite-database.ts";
import { ACCOUNT_VERSIONS, createAccountVersions } from "./account-versions.ts";

/** Raise it when better-auth or the wiki needs more tables or columns. */
const SCHEMA_VERSION = 2;

const COLUMN_TYPES = {
  sqlite: { id: "text", boolean: "integer", time: "date" },
  postgres: { id: "uuid", boolean: "boolean", time: "timestamptz" },
};

/** Selects rows that change when a table or column is added to the schema. */
const SELECT_SCHEMA: Readonly<Record<Dialect, string>> = {
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

export const INVITATION_TABLE = "invitation";
/** The settings that people change in the browser. Those of operators are in `config.ts`. */
export const SETTINGS_TABLE = "wiki_settings";

/** Returns the database in the format of better-auth's options. */
export function authDatabaseOf(
  database: SqliteDatabase | PostgresDatabase,
): NonNullable<BetterAuthOptions["database"]> {
  return database.dialect === "sqlite" ? d1DatabaseOf(database) : poolOf(database);
}

/**
 * Returns the database with the interface of Cloudflare's D1, the only SQLite driver of better-auth that is asynchronous.
 * So its writes wait for the lock without blocking the thread.
 */
function d1DatabaseOf(database: SqliteDatabase) {
  const prepare = (text: string, ...values: readonly unknown[]) => ({
    bind: (...bound: readonly unknown[]) => prepare(text, ...bound),
    all: async () => {
      const { rows, changes } = await database.run(text, values);
      return { results: rows, meta: { changes, last_row_id: null } };
    },
  });
  type Prepared = ReturnType<typeof prepare>;
  const batch = (statements: readonly Prepared[]) => Promise.all(statements.map((one) => one.all()));
  const exec = (text: string) => database.run(text, []);
  return { prepare, batch, exec } as unknown as NonNullable<BetterAuthOptions["database"]>;
}

function poolOf(database: PostgresDatabase) {
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
 * the lock, and they run only if the schema has not changed since. Loads better-auth only if tables are missing.
 */
export async function migrate(database: SqlDatabase, options: BetterAuthOptions): Promise<void> {
  if ((await storedSchemaVersion(database)) >= SCHEMA_VERSION) return;
  const select = SELECT_SCHEMA[database.dialect];
  for (let isDone = false; !isDone; ) {
    const plannedFor = JSON.stringify(await database.query(select, []));
    const script = await missingTables(database, options);
    isDone = await database.transaction(function* (): Transaction<boolean> {
      if (JSON.stringify(yield [select, []]) !== plannedFor) return false;
      yield [script];
      yield [`UPDATE "${ACCOUNT_VERSIONS}" SET "schema" = $1`, [SCHEMA_VERSION]];
      return true;
    });
  }
}

/** Resolves to 0 if the tables are missing or of an earlier wiki. */
async function storedSchemaVersion(database: SqlDatabase): Promise<number> {
  if (!(await hasTable(database, ACCOUNT_VERSIONS))) return 0;
  const [row] = await database.query<{ readonly schema: number }>(
    `SELECT "schema" FROM "${ACCOUNT_VERSIONS}"`,
    [],
  );
  return row?.schema ?? 0;
}

async function hasTable(database: SqlDatabase, table: string): Promise<boolean> {
  return (await database.query(...selectColumns(database.dialect, table))).length > 0;
}

async function missingTables(database: SqlDatabase, options: BetterAuthOptions): Promise<string> {
  const { getMigrations } = await import("better-auth/db/migration");
  const plan = await getMigrations(options);
  const isComplete = plan.toBeCreated.length + plan.toBeAdded.length + plan.toBeAddedIndexes.length === 0;
  return (
    (isComplete ? "" : await plan.compileMigrations()) +
    ((await hasTable(database, "apikey")) ? "" : createTokenTable(database.dialect)) +
    createWikiTables(database.dialect) +
    createAccountVersions(database.dialect)
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

function createWikiTables(dialect: Dialect): string {
  const types = COLUMN_TYPES[dialect];
  return `
    CREATE TABLE IF NOT EXISTS "${SETTINGS_TABLE}" ("name" text NOT NULL PRIMARY KEY, "value" text NOT NULL);
    CREATE TABLE IF NOT EXISTS "${INVITATION_TABLE}" (
      "id" ${types.id} NOT NULL PRIMARY KEY,
      "secretHash" text NOT NULL UNIQUE,
      "role" text NOT NULL,
      "createdBy" ${types.id} NOT NULL,
      "createdAt" ${types.time} NOT NULL,
      "expiresAt" ${types.time} NOT NULL
    );`;
}
