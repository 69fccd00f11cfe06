import { setTimeout as pause } from "node:timers/promises";
import type { ClientBase } from "pg";
import { DatabaseRefusedError } from "../errors.ts";
import { checkServer, newerVersionRefused } from "./database-check.ts";
import type { Schema } from "./schema-name.ts";
import { isLockRefused } from "./view-failure.ts";

/** The table that says which migrations a schema has, and by which a schema is known to be one of views. */
const VERSION_TABLE = "palimpsest_view_schema";

/** The steps that make the tables about the views, in order; a schema at version n has the first n. */
const MIGRATIONS: readonly ((schema: Schema) => readonly string[])[] = [
  ({ quoted }) => [
    `CREATE TABLE ${quoted}.views (
       name text COLLATE "C" PRIMARY KEY,
       last_generation bigint NOT NULL
     )`,
    `CREATE TABLE ${quoted}.generations (
       view text COLLATE "C" NOT NULL,
       number bigint NOT NULL,
       version bigint NOT NULL,
       active boolean NOT NULL,
       position bigint NOT NULL,
       processed bigint NOT NULL,
       tables jsonb NOT NULL,
       skipped jsonb NOT NULL,
       stopped jsonb,
       PRIMARY KEY (view, number)
     )`,
    `CREATE TABLE ${quoted}.leases (
       name text COLLATE "C" PRIMARY KEY,
       holder text NOT NULL,
       expires_at timestamptz NOT NULL
     )`,
  ],
  ({ quoted }) => [
    // The position that the event stands at, too: a program of version 1 that runs on moves the position alone.
    `ALTER TABLE ${quoted}.generations ADD COLUMN event_id text, ADD COLUMN event_position bigint`,
    `CREATE TABLE ${quoted}.replaced_tables (
       name text COLLATE "C" PRIMARY KEY,
       view text COLLATE "C" NOT NULL
     )`,
  ],
];

/** Whoever reads or writes a view waits for that long behind a migration that waits for somebody, and then goes on. */
const LOCK_WAIT_MS = 200;
/** As it grows to where many batches are written at once, each of which is in the way. */
const LONGEST_LOCK_WAIT_MS = 1_600;
/** Longer than a program that hangs in the middle of a batch may go on to do so. */
const MIGRATION_WAIT_MS = 60_000;

/** Runs work in a transaction of its own. */
type InTransaction = (work: (client: ClientBase) => Promise<void>) => Promise<void>;

/**
 * Brings the schema to the newest version, and makes it when it does not exist. Programs that run on the schema go on
 * meanwhile: where one of them is in the way for longer than a moment, everything is given up and tried again.
 * @throws DatabaseRefusedError when it is not one of views or newer, or the server too old; nothing was changed.
 *   DatabaseError when somebody was in the way for a minute.
 */
export async function migrateViews(
  inTransaction: InTransaction,
  schema: Schema,
  database: string,
): Promise<void> {
  const deadline = performance.now() + MIGRATION_WAIT_MS;
  for (let lockWaitMs = LOCK_WAIT_MS; ; lockWaitMs = Math.min(2 * lockWaitMs, LONGEST_LOCK_WAIT_MS)) {
    try {
      await inTransaction((client) => migrate(client, { schema, database, lockWaitMs }));
      return;
    } catch (error) {
      if (!isLockRefused(error) || performance.now() > deadline) throw error;
      await pause(lockWaitMs);
    }
  }
}

async function migrate(
  client: ClientBase,
  {
    schema,
    database,
    lockWaitMs,
  }: { readonly schema: Schema; readonly database: string; readonly lockWaitMs: number },
): Promise<void> {
  await checkServer(client, database);
  // Only those wait for this one who would migrate, too.
  await client.query("SELECT pg_advisory_xact_lock($1::bigint)", [schema.lockKey]);
  await client.query(`SET LOCAL lock_timeout TO ${lockWaitMs}`);
  const version = await versionOf(client, schema, database);
  if (version === undefined) await makeOurs(client, schema);
  for (let next = version ?? 0; next < MIGRATIONS.length; next++) {
    for (const statement of MIGRATIONS[next]?.(schema) ?? []) await client.query(statement);
    await client.query(`INSERT INTO ${schema.quoted}.${VERSION_TABLE} (version) VALUES ($1)`, [next + 1]);
  }
}

async function makeOurs(client: ClientBase, { name, quoted }: Schema): Promise<void> {
  // Who may not make schemas can be given an empty one; IF NOT EXISTS would ask for the right all the same.
  const { rowCount } = await client.query("SELECT FROM pg_namespace WHERE nspname = $1", [name]);
  if (rowCount === 0) await client.query(`CREATE SCHEMA ${quoted}`);
  await client.query(
    `CREATE TABLE ${quoted}.${VERSION_TABLE} (
       version int PRIMARY KEY,
       applied_at timestamptz NOT NULL DEFAULT now()
     )`,
  );
}

/** The version of the schema, or undefined when nothing is in it yet. @throws DatabaseRefusedError */
async function versionOf(
  client: ClientBase,
  { name, quoted }: Schema,
  database: string,
): Promise<number | undefined> {
  // What an extension has put there belongs to nobody's program.
  const { rows } = await client.query<{ relname: string }>(
    `SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND NOT EXISTS (
       SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')`,
    [name],
  );
  if (rows.length === 0) return undefined;
  if (!rows.some(({ relname }) => relname === VERSION_TABLE))
    throw new DatabaseRefusedError(
      database,
      "it holds events or the tables of another program; views have a schema of their own.",
    );
  const found = await client.query<{ version: number | null }>(
    `SELECT max(version) AS version FROM ${quoted}.${VERSION_TABLE}`,
  );
  const version = found.rows[0]?.version ?? 0;
  if (version > MIGRATIONS.length) throw newerVersionRefused(database, version, MIGRATIONS.length);
  return version;
}
