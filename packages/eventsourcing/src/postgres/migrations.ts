import type { ClientBase } from "pg";
import { DatabaseRefusedError } from "../errors.ts";
import { checkServer, newerVersionRefused } from "./database-check.ts";
import {
  appendFunction,
  conflictOfFunction,
  notificationIdAtFunction,
  putSnapshotFunction,
} from "./functions.ts";
import type { Schema } from "./schema-name.ts";

/**
 * The steps that make the schema's tables, in order; a schema at version n has the first n. A step that was
 * released is never changed.
 *
 * Times are milliseconds since 1970 in UTC, as the program has them. States come last in their rows.
 */
const MIGRATIONS: readonly ((schema: Schema) => readonly string[])[] = [
  (schema) => [
    `CREATE TABLE ${schema.quoted}.events (
       notification_id bigint PRIMARY KEY,
       originator_version bigint NOT NULL,
       recorded_at bigint NOT NULL,
       event_id uuid NOT NULL UNIQUE,
       originator_id uuid NOT NULL,
       topic text COLLATE "C" NOT NULL,
       state bytea NOT NULL,
       UNIQUE (originator_id, originator_version)
     )`,
    `CREATE TABLE ${schema.quoted}.snapshots (
       originator_id uuid NOT NULL,
       originator_version bigint NOT NULL,
       topic text COLLATE "C" NOT NULL,
       state bytea NOT NULL,
       PRIMARY KEY (originator_id, originator_version)
     )`,
    `CREATE TABLE ${schema.quoted}.tracking (
       name text COLLATE "C" PRIMARY KEY,
       notification_id bigint NOT NULL
     )`,
    conflictOfFunction(schema),
    appendFunction(schema),
    notificationIdAtFunction(schema),
    putSnapshotFunction(schema),
  ],
];

const SCHEMA_VERSION = MIGRATIONS.length;

/** The table that says which migrations a schema has, and by which a schema is known to be ours. */
const VERSION_TABLE = "palimpsest_schema";

/**
 * Brings the schema to the newest version, and makes it when it does not exist.
 * @throws DatabaseRefusedError when it is not ours or newer, or the server too old; nothing was changed.
 */
export async function migrate(client: ClientBase, schema: Schema, database: string): Promise<void> {
  await checkServer(client, database);
  if ((await versionOf(client, schema, database)) === SCHEMA_VERSION) return;
  await client.query("BEGIN");
  try {
    await client.query("SELECT pg_advisory_xact_lock($1::bigint)", [schema.lockKey]);
    // Another process may have been first.
    const version = await versionOf(client, schema, database);
    if (version === undefined) await makeOurs(client, schema);
    for (let next = version ?? 0; next < SCHEMA_VERSION; next++) {
      for (const statement of MIGRATIONS[next]?.(schema) ?? []) await client.query(statement);
      await client.query(`INSERT INTO ${schema.quoted}.${VERSION_TABLE} (version) VALUES ($1)`, [next + 1]);
    }
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK").catch(() => {});
    throw error;
  }
}

async function makeOurs(client: ClientBase, schema: Schema): Promise<void> {
  // Who may not make schemas can be given an empty one; IF NOT EXISTS would ask for the right all the same.
  if (!(await exists(client, schema))) await client.query(`CREATE SCHEMA ${schema.quoted}`);
  await client.query(
    `CREATE TABLE ${schema.quoted}.${VERSION_TABLE} (
       version int PRIMARY KEY,
       applied_at timestamptz NOT NULL DEFAULT now()
     )`,
  );
}

async function exists(client: ClientBase, schema: Schema): Promise<boolean> {
  const { rowCount } = await client.query("SELECT FROM pg_namespace WHERE nspname = $1", [schema.name]);
  return rowCount === 1;
}

/** The version of the schema, or undefined when nothing is in it yet. @throws DatabaseRefusedError */
async function versionOf(client: ClientBase, schema: Schema, database: string): Promise<number | undefined> {
  // What an extension has put there, as many do in "public", belongs to nobody's program.
  const { rows } = await client.query<{ relname: string }>(
    `SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND NOT EXISTS (
       SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')`,
    [schema.name],
  );
  if (rows.length === 0) return undefined;
  if (!rows.some(({ relname }) => relname === VERSION_TABLE))
    throw new DatabaseRefusedError(database, "it holds the tables of another program.");
  const found = await client.query<{ version: number | null }>(
    `SELECT max(version) AS version FROM ${schema.quoted}.${VERSION_TABLE}`,
  );
  const version = found.rows[0]?.version ?? 0;
  if (version > SCHEMA_VERSION) throw newerVersionRefused(database, version, SCHEMA_VERSION);
  return version;
}
