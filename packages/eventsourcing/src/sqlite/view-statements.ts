import type { Database, Statement as PreparedStatement } from "better-sqlite3";
import type { PackedStatements } from "../projections/packed-statements.ts";
import type { SqlValue, Statement } from "../projections/view-store.ts";
import { statementErrorOf } from "./failure.ts";

export function runStatement(db: Database, { sql, params = [] }: Statement): unknown[] {
  const statement = db.prepare(sql);
  if (statement.reader) return statement.all(parametersOf(params));
  statement.run(parametersOf(params));
  return [];
}

/** Runs statements of a view. @throws ChangeRefusedError for the first that is invalid or refused */
export function applyStatements(
  db: Database,
  view: string,
  { texts, textIndexes, params }: PackedStatements,
): void {
  try {
    const prepared = texts.map((): PreparedStatement | undefined => undefined);
    textIndexes.forEach((text, index) => {
      // Not earlier, since a statement may use a table that the one before creates.
      const statement = prepared[text] ?? db.prepare(texts[text] ?? "");
      prepared[text] = statement;
      statement.run(parametersOf(params[index] ?? []));
    });
  } catch (error) {
    throw statementErrorOf(view, error);
  }
}

/** Returns the values of `$1`, `$2`, … for better-sqlite3, which would bind a whole number as a REAL. */
function parametersOf(params: readonly SqlValue[]): Record<string, SqlValue | bigint> {
  const values: Record<string, SqlValue | bigint> = {};
  params.forEach((value, index) => {
    values[index + 1] = Number.isSafeInteger(value) ? BigInt(value as number) : value;
  });
  return values;
}
