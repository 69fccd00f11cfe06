import { openDatabase } from "@palimpsest/eventsourcing/sqlite";
import type { Database } from "better-sqlite3";
import type { ClientBase } from "pg";
import type { Config } from "../../config.ts";
import { openSqlDatabase } from "../../database/open-sql-database.ts";
import { PostgresDatabase, type PostgresSchema } from "../../database/postgres-database.ts";
import { openDrafts } from "../../drafts/open-drafts.ts";
import { FileTable } from "../../files/file-table.ts";
import { INVITATION_TABLE, SETTINGS_TABLE, TOKEN_COLUMNS } from "../../identity/account-tables.ts";
import { openIdentity } from "../../identity/identity.ts";
import { randomSecret } from "../../identity/secrets.ts";

type Row = Readonly<Record<string, unknown>>;

// In the order of their foreign keys.
const TABLES = [
  "user",
  "account",
  "session",
  "verification",
  "apikey",
  INVITATION_TABLE,
  SETTINGS_TABLE,
  "drafts",
  "files",
] as const;
const BATCH_ROWS = 50;

/**
 * Copies accounts, passwords, sessions, tokens, invitations, settings, drafts and the
 * index of files, as of one moment, into the SQLite database at `path`. It
 * must contain events and no accounts.
 * @throws RecorderError
 */
export async function copyPeople(
  from: PostgresSchema,
  path: string,
  { baseUrl }: Pick<Config, "baseUrl">,
): Promise<void> {
  await createTables(path, baseUrl);
  const target = openDatabase(path, { fileMustExist: true });
  const source = new PostgresDatabase(from, "accounts");
  try {
    await source.clientTransaction(async (client) => {
      await client.query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
      for (const table of TABLES) await copyTable(client, target, table);
    });
  } finally {
    await source.close();
    target.close();
  }
}

async function createTables(path: string, baseUrl: string): Promise<void> {
  const database = { kind: "sqlite", path } as const;
  // The tables do not depend on the secret.
  const secret = randomSecret();
  await (await openIdentity({ database, secret, baseUrl, signUp: "closed", secureCookies: false })).close();
  await (await openDrafts(database)).close();
  await (await FileTable.open(await openSqlDatabase(database, "files"))).close();
}

async function copyTable(client: ClientBase, target: Database, table: string): Promise<void> {
  const { rows: found } = await client.query("SELECT FROM pg_class WHERE oid = to_regclass($1)", [
    `"${table}"`,
  ]);
  // Wikis of earlier versions have fewer tables.
  if (found.length === 0) return;
  // Token tables of earlier versions have more columns, which nothing reads.
  const columns = table === "apikey" ? TOKEN_COLUMNS : "*";
  await client.query(`DECLARE rows CURSOR FOR SELECT ${columns} FROM "${table}"`);
  for (;;) {
    const { rows } = await client.query<Row>(`FETCH ${BATCH_ROWS} FROM rows`);
    if (rows.length === 0) break;
    for (const row of rows) insert(target, table, row);
  }
  await client.query("CLOSE rows");
}

function insert(target: Database, table: string, row: Row): void {
  const columns = Object.keys(row);
  const names = columns.map((column) => `"${column}"`).join(", ");
  const placeholders = columns.map(() => "?").join(", ");
  const values = Object.values(row).map((value) => sqliteValue(table, value));
  target.prepare(`INSERT INTO "${table}" (${names}) VALUES (${placeholders})`).run(...values);
}

/** SQLite has no dates and booleans. Accounts store ISO 8601 and 0 or 1, drafts milliseconds. */
function sqliteValue(table: string, value: unknown): unknown {
  if (value instanceof Date) return table === "drafts" ? value.getTime() : value.toISOString();
  return typeof value === "boolean" ? Number(value) : value;
}
