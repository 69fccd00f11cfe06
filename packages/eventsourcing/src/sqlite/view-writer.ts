/** The program of the thread that writes views. It has the only connection of its view store that writes. */
import { runWrite, type SqlTransaction, type WriteCall } from "../projections/sql-view-writes.ts";
import type { Statement } from "../projections/view-store.ts";
import { openViewConnection } from "./connection.ts";
import { answerCalls, threadDatabasePath } from "./database-thread.ts";
import { type Failure, failureOf } from "./failure.ts";
import { applyStatements, runStatement } from "./view-statements.ts";

export type ViewCall = WriteCall | Statement;

export type ViewAnswer = { readonly value: unknown } | { readonly failure: Failure };

const db = openViewConnection(threadDatabasePath());
const begin = db.prepare("BEGIN IMMEDIATE");
const commit = db.prepare("COMMIT");
const rollback = db.prepare("ROLLBACK");
const transaction: SqlTransaction = {
  rowLock: "",
  async query<Row>(statement: Statement) {
    return runStatement(db, statement) as Row[];
  },
  async apply(view, statements) {
    applyStatements(db, view, statements);
  },
  // Readers of these tables continue in their read transactions.
  async removeTables(_view, tables) {
    for (const table of tables) db.exec(`DROP TABLE IF EXISTS "${table}"`);
  },
};
answerCalls(answer, () => db.close());

async function answer(call: ViewCall): Promise<ViewAnswer> {
  try {
    return { value: "sql" in call ? runStatement(db, call) : await write(call) };
  } catch (error) {
    return { failure: failureOf(error) };
  }
}

async function write(call: WriteCall): Promise<unknown> {
  begin.run();
  try {
    const result = await runWrite(call, transaction);
    commit.run();
    return result;
  } finally {
    if (db.inTransaction) rollback.run();
  }
}
