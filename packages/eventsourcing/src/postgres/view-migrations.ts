import { setTimeout as pause } from "node:timers/promises";
import type { ClientBase } from "pg";
import { applyMigrations, checkServer, type Migration, type MigrationPlan } from "./schema-migrations.ts";
import type { Schema } from "./schema-name.ts";
import { isLockRefused } from "./view-failure.ts";

const MIGRATIONS: readonly Migration[] = [
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
    // A program of version 1 that still runs advances only `position`. If `event_position` differs from it, `event_id`
    // is not the id of the last event.
    `ALTER TABLE ${quoted}.generations ADD COLUMN event_id text, ADD COLUMN event_position bigint`,
    `CREATE TABLE ${quoted}.replaced_tables (
       name text COLLATE "C" PRIMARY KEY,
       view text COLLATE "C" NOT NULL
     )`,
  ],
];

/** How long a migration waits for a lock at first. Other programs wait behind it for that long. */
const LOCK_WAIT_MS = 200;
/** Longer waits are needed where many batches are written at once. */
const MAX_LOCK_WAIT_MS = 1_600;
/** Longer than a program that hangs in a batch can hold its locks. */
const MIGRATION_WAIT_MS = 60_000;

type InTransaction = (work: (client: ClientBase) => Promise<void>) => Promise<void>;

/**
 * Applies the missing migrations, and creates the schema if it does not exist. Programs that use the schema continue:
 * if one of them holds a lock for longer than a moment, the migration rolls back and tries again.
 * @throws DatabaseRefusedError if the schema is not one of views or has a newer version, or the server is too old.
 *   Nothing is changed. DatabaseError if another program held a lock for a minute.
 */
export async function migrateViews(
  inTransaction: InTransaction,
  schema: Schema,
  database: string,
): Promise<void> {
  const plan: MigrationPlan = {
    schema,
    database,
    migrations: MIGRATIONS,
    versionTable: "palimpsest_view_schema",
    foreignReason: "it holds events or the tables of another program; views have a schema of their own.",
  };
  const deadline = performance.now() + MIGRATION_WAIT_MS;
  for (let lockWaitMs = LOCK_WAIT_MS; ; lockWaitMs = Math.min(2 * lockWaitMs, MAX_LOCK_WAIT_MS)) {
    try {
      await inTransaction((client) => migrate(client, plan, lockWaitMs));
      return;
    } catch (error) {
      if (!isLockRefused(error) || performance.now() > deadline) throw error;
      await pause(lockWaitMs);
    }
  }
}

async function migrate(client: ClientBase, plan: MigrationPlan, lockWaitMs: number): Promise<void> {
  await checkServer(client, plan.database);
  await client.query("SELECT pg_advisory_xact_lock($1::bigint)", [plan.schema.lockKey]);
  await client.query(`SET LOCAL lock_timeout TO ${lockWaitMs}`);
  await applyMigrations(client, plan);
}
