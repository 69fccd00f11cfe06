import type { SqlValue, Statement } from "./view-store.ts";

/** Statements with each SQL text once, because a batch has thousands of statements with few texts. Can be sent to a thread. */
export interface PackedStatements {
  readonly texts: readonly string[];
  /** The index in `texts` of each statement's text. */
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
