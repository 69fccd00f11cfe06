import type { ClientBase } from "pg";
import { DatabaseRefusedError } from "../errors.ts";
import type { Schema } from "./schema-name.ts";

/** The oldest supported server, as `server_version_num`. */
const OLDEST_SERVER = 140_000;

/** Returns the statements of one migration. A released migration never changes. */
export type Migration = (schema: Schema) => readonly string[];

export interface MigrationPlan {
  readonly schema: Schema;
  /** Names the database in errors. */
  readonly database: string;
  /** In order. A schema of version n has the first n. */
  readonly migrations: readonly Migration[];
  /** The table that lists the applied migrations. A schema that has tables, but not this one, is refused. */
  readonly versionTable: string;
  readonly foreignReason: string;
}

/** @throws DatabaseRefusedError if the server is too old or its encoding is not UTF-8 */
export async function checkServer(client: ClientBase, database: string): Promise<void> {
  const { rows } = await client.query<[string, string, string]>({
    text: `SELECT current_setting('server_version_num'), current_setting('server_version'),
                  current_setting('server_encoding')`,
    rowMode: "array",
  });
  const [versionNumber, version, encoding] = rows[0] ?? [];
  if (Number(versionNumber) < OLDEST_SERVER)
    throw new DatabaseRefusedError(
      database,
      `its server is PostgreSQL ${version}; ${OLDEST_SERVER / 10_000} or newer is needed.`,
    );
  if (encoding !== "UTF8")
    throw new DatabaseRefusedError(database, `its encoding is ${encoding}; UTF8 is needed.`);
}

/**
 * Applies the missing migrations, and creates the schema if it does not exist. Must run in a transaction that has
 * locked the schema.
 * @throws DatabaseRefusedError
 */
export async function applyMigrations(client: ClientBase, plan: MigrationPlan): Promise<void> {
  const { schema, migrations, versionTable } = plan;
  const version = await schemaVersion(client, plan);
  if (version === undefined) await createSchema(client, plan);
  for (let next = version ?? 0; next < migrations.length; next++) {
    for (const statement of migrations[next]?.(schema) ?? []) await client.query(statement);
    await client.query(`INSERT INTO ${schema.quoted}.${versionTable} (version) VALUES ($1)`, [next + 1]);
  }
}

/**
 * Resolves to the number of migrations of the schema, or to undefined if it has no tables.
 * @throws DatabaseRefusedError if the schema belongs to another program or a newer version
 */
export async function schemaVersion(
  client: ClientBase,
  { schema, database, migrations, versionTable, foreignReason }: MigrationPlan,
): Promise<number | undefined> {
  // Tables of extensions, which many put into "public", do not count.
  const { rows } = await client.query<{ relname: string }>(
    `SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND NOT EXISTS (
       SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')`,
    [schema.name],
  );
  if (rows.length === 0) return undefined;
  if (!rows.some(({ relname }) => relname === versionTable))
    throw new DatabaseRefusedError(database, foreignReason);
  const found = await client.query<{ version: number | null }>(
    `SELECT max(version) AS version FROM ${schema.quoted}.${versionTable}`,
  );
  const version = found.rows[0]?.version ?? 0;
  if (version > migrations.length)
    throw new DatabaseRefusedError(
      database,
      `its schema has version ${version} and this program knows versions up to ${migrations.length}. Update the program.`,
    );
  return version;
}

async function createSchema(client: ClientBase, { schema, versionTable }: MigrationPlan): Promise<void> {
  // IF NOT EXISTS would need the right to create schemas although this one exists.
  const { rowCount } = await client.query("SELECT FROM pg_namespace WHERE nspname = $1", [schema.name]);
  if (rowCount === 0) await client.query(`CREATE SCHEMA ${schema.quoted}`);
  await client.query(
    `CREATE TABLE ${schema.quoted}.${versionTable} (
       version int PRIMARY KEY,
       applied_at timestamptz NOT NULL DEFAULT now()
     )`,
  );
}
