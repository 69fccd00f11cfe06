import { createHash } from "node:crypto";
import { DatabaseRefusedError } from "@palimpsest/eventsourcing";
import type { BetterAuthOptions } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { displayOf } from "../../config.ts";
import type { AccountDatabase } from "../account-database.ts";
import { accountWriter } from "./account-writer.ts";
import { Connections, type PostgresSchema } from "./connections.ts";

/** See `openAccountDatabase` in identity.ts. */
export async function openPostgres(database: PostgresSchema): Promise<AccountDatabase> {
  const connections = new Connections(database);
  try {
    if (!(await connections.isThere())) throw notThere(database);
  } catch (error) {
    await connections.end();
    throw error;
  }
  const lockKey = lockKeyOf(database);
  return {
    connection: connections,
    migrate: (options) => migrate(connections, lockKey, options),
    writer: () => accountWriter(connections, lockKey),
    close: () => connections.end(),
  };
}

function notThere({ url, schema }: PostgresSchema): DatabaseRefusedError {
  return new DatabaseRefusedError(
    displayOf({ kind: "postgres", url, schema }),
    `it has no schema ${JSON.stringify(schema)} with a record of events; opening that makes it.`,
  );
}

/** The key of the advisory lock under which accounts are made, and their tables. */
function lockKeyOf({ schema }: PostgresSchema): string {
  return createHash("sha256").update(`palimpsest accounts ${schema}`).digest().readBigInt64BE().toString();
}

async function migrate(connections: Connections, lockKey: string, options: BetterAuthOptions): Promise<void> {
  if ((await missing(options)) === undefined) return;
  await connections.transaction(async (client) => {
    await client.query("SELECT pg_advisory_xact_lock($1::bigint)", [lockKey]);
    // Another process may have been first.
    const statements = await missing(options);
    if (statements !== undefined) await client.query(statements);
  });
}

/** The statements that make what is missing of the tables; undefined when nothing is. */
async function missing(options: BetterAuthOptions): Promise<string | undefined> {
  const plan = await getMigrations(options);
  if (plan.toBeCreated.length + plan.toBeAdded.length + plan.toBeAddedIndexes.length === 0) return undefined;
  return plan.compileMigrations();
}
