import { createHash } from "node:crypto";
import { DatabaseRefusedError } from "@palimpsest/eventsourcing";
import type { BetterAuthOptions } from "better-auth";
import { type AccountDatabase, missingTables } from "../account-database.ts";
import type { ColumnTypes } from "../token-table.ts";
import { accountWriter } from "./account-writer.ts";
import { Connections, type PostgresSchema } from "./connections.ts";

const COLUMN_TYPES: ColumnTypes = { id: "uuid", boolean: "boolean", time: "timestamptz" };

/** See `openAccountDatabase` in identity.ts. */
export async function openPostgres(database: PostgresSchema): Promise<AccountDatabase> {
  const connections = new Connections(database);
  try {
    if (!(await connections.isThere())) throw notThere(connections, database);
  } catch (error) {
    await connections.end();
    throw error;
  }
  const lockKey = lockKeyOf(database);
  return {
    connection: connections,
    columnTypes: COLUMN_TYPES,
    migrate: (options) => migrate(connections, lockKey, options),
    query: async <Row>(text: string, values: readonly string[]) => {
      const client = await connections.connect();
      return (await client.query<Row>(text, values)).rows as Row[];
    },
    writer: () => accountWriter(connections, lockKey),
    close: () => connections.end(),
  };
}

function notThere({ display }: Connections, { schema }: PostgresSchema): DatabaseRefusedError {
  return new DatabaseRefusedError(
    display,
    `it has no schema ${JSON.stringify(schema)} with a record of events; opening that makes it.`,
  );
}

/** The key of the advisory lock under which accounts are made, and their tables. */
function lockKeyOf({ schema }: PostgresSchema): string {
  return createHash("sha256").update(`palimpsest accounts ${schema}`).digest().readBigInt64BE().toString();
}

async function migrate(connections: Connections, lockKey: string, options: BetterAuthOptions): Promise<void> {
  if ((await missing(connections, options)) === "") return;
  await connections.transaction(async (client) => {
    await client.query("SELECT pg_advisory_xact_lock($1::bigint)", [lockKey]);
    // Another process may have been first.
    const statements = await missing(connections, options);
    if (statements !== "") await client.query(statements);
  });
}

async function missing(connections: Connections, options: BetterAuthOptions): Promise<string> {
  const [row] = await connections.query<[boolean]>("SELECT to_regclass('apikey') IS NOT NULL");
  return missingTables(options, row?.[0] === true, COLUMN_TYPES);
}
