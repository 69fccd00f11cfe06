import type { SqlValue, Statement } from "../projections/view-store.ts";

/** Statements with each SQL text once, since a batch has thousands of few texts. */
export interface PackedStatements {
  readonly texts: readonly string[];
  /** The position in `texts` of each statement's text. */
  readonly textIndexes: readonly number[];
  readonly params: readonly (readonly SqlValue[])[];
}

export function packStatements(statements: readonly Statement[]): PackedStatements {
  const indexOf = new Map<string, number>();
  const textIndexes = statements.map(({ sql }) => {
    const index = indexOf.get(sql) ?? indexOf.size;
    indexOf.set(sql, index);
    return index;
  });
  return { texts: [...indexOf.keys()], textIndexes, params: statements.map(({ params = [] }) => params) };
}

/** Returns the values of `$1`, `$2`, … for better-sqlite3, which would bind a whole number as a REAL. */
export function parametersOf(params: readonly SqlValue[]): Record<string, SqlValue | bigint> {
  const values: Record<string, SqlValue | bigint> = {};
  params.forEach((value, index) => {
    values[index + 1] = Number.isSafeInteger(value) ? BigInt(value as number) : value;
  });
  return values;
}
