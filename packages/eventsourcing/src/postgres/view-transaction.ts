import { type ClientBase, escapeIdentifier, type QueryConfig } from "pg";
import type { PackedStatements } from "../projections/packed-statements.ts";
import type { SqlTransaction } from "../projections/sql-view-writes.ts";
import { ChangeRefusedError } from "../projections/view-errors.ts";
import type { Statement } from "../projections/view-store.ts";
import { refusalOf } from "./view-failure.ts";
import { preparedQueriesOf, preparedQueryOf } from "./view-statements.ts";

/** How long a DROP waits for readers. New readers wait behind it. */
const DROP_WAIT_MS = 100;

/** Returns the transaction that is open on a pipelined connection. */
export function transactionOn(client: ClientBase): SqlTransaction {
  return {
    rowLock: "FOR UPDATE",
    async query<Row>(statement: Statement) {
      return (await client.query(preparedQueryOf(statement))).rows as Row[];
    },
    async apply(view, statements) {
      const outcomes = await Promise.allSettled(
        queriesOf(view, statements).map((query) => client.query(query)),
      );
      const failed = outcomes.find((outcome) => outcome.status === "rejected");
      if (failed !== undefined) throw refusalOf(view, failed.reason);
    },
    // A DROP would wait for readers of a table, and new readers would wait for the DROP.
    async removeTables(view, tables) {
      await client.query(
        "INSERT INTO replaced_tables (name, view) SELECT name, $1 FROM unnest($2::text[]) AS name",
        [view, tables],
      );
    },
  };
}

/** Drops replaced tables. Fails if another session holds a lock of one. */
export async function dropTables(client: ClientBase, names: readonly string[]): Promise<void> {
  await Promise.all([
    client.query(`SET LOCAL lock_timeout TO ${DROP_WAIT_MS}`),
    client.query(`DROP TABLE IF EXISTS ${names.map(escapeIdentifier).join(", ")}`),
    client.query("DELETE FROM replaced_tables WHERE name = ANY ($1::text[])", [names]),
  ]);
}

function queriesOf(view: string, statements: PackedStatements): readonly QueryConfig[] {
  try {
    return preparedQueriesOf(statements);
  } catch (error) {
    throw new ChangeRefusedError(view, error);
  }
}
