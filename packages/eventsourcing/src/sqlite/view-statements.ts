import type { SqlValue, Statement } from "../projections/view-store.ts";

/** Statements on their way to a thread: each text once, because there are thousands of few kinds. */
export interface PackedStatements {
  readonly texts: readonly string[];
  /** For each statement, the index of its text. */
  readonly kinds: readonly number[];
  readonly params: readonly (readonly SqlValue[])[];
}

export function packStatements(statements: readonly Statement[]): PackedStatements {
  const kindOf = new Map<string, number>();
  const kinds = statements.map(({ sql }) => {
    const kind = kindOf.get(sql) ?? kindOf.size;
    kindOf.set(sql, kind);
    return kind;
  });
  return { texts: [...kindOf.keys()], kinds, params: statements.map(({ params = [] }) => params) };
}

/** The values of `$1`, `$2`, … as better-sqlite3 wants them. It would bind every plain number as a REAL. */
export function bindings(params: readonly SqlValue[]): Record<string, SqlValue | bigint> {
  const values: Record<string, SqlValue | bigint> = {};
  params.forEach((value, index) => {
    values[index + 1] = Number.isSafeInteger(value) ? BigInt(value as number) : value;
  });
  return values;
}
