import type { ClientBase } from "pg";
import {
  appendFunction,
  conflictOfFunction,
  notificationIdAtFunction,
  putSnapshotFunction,
} from "./functions.ts";
import {
  applyMigrations,
  checkServer,
  type Migration,
  type MigrationPlan,
  schemaVersion,
} from "./schema-migrations.ts";
import type { Schema } from "./schema-name.ts";

/** Times are milliseconds since 1970 in UTC. States are the last column of their tables. */
const MIGRATIONS: readonly Migration[] = [
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

/**
 * Applies the missing migrations, and creates the schema if it does not exist.
 * @throws DatabaseRefusedError if the schema belongs to another program or a newer version, or the server is too old.
 *   Nothing is changed.
 */
export async function migrate(client: ClientBase, schema: Schema, database: string): Promise<void> {
  const plan: MigrationPlan = {
    schema,
    database,
    migrations: MIGRATIONS,
    versionTable: "palimpsest_schema",
    foreignReason: "it holds the tables of another program.",
  };
  await checkServer(client, database);
  if ((await schemaVersion(client, plan)) === MIGRATIONS.length) return;
  await client.query("BEGIN");
  try {
    await client.query("SELECT pg_advisory_xact_lock($1::bigint)", [schema.lockKey]);
    await applyMigrations(client, plan);
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK").catch(() => {});
    throw error;
  }
}
