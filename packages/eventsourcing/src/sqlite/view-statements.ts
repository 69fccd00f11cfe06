import type { Database, Statement as PreparedStatement } from "better-sqlite3";
import type { SqlValue, Statement } from "../view-store.ts";

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

/** Every text is a generation's own, so those of generations that are gone must go, too. */
const MOST_PREPARED = 300;

/** Prepares each text once. */
export class StatementCache {
  readonly #db: Database;
  readonly #prepared = new Map<string, PreparedStatement>();

  constructor(db: Database) {
    this.#db = db;
  }

  prepare(sql: string): PreparedStatement {
    const known = this.#prepared.get(sql);
    if (known !== undefined) return known;
    if (this.#prepared.size >= MOST_PREPARED) this.#prepared.clear();
    const prepared = this.#db.prepare(sql);
    this.#prepared.set(sql, prepared);
    return prepared;
  }
}

/** The values of `$1`, `$2`, … as better-sqlite3 wants them. It would bind every plain number as a REAL. */
export function bindings(params: readonly SqlValue[]): Record<string, SqlValue | bigint> {
  const values: Record<string, SqlValue | bigint> = {};
  params.forEach((value, index) => {
    values[index + 1] = Number.isSafeInteger(value) ? BigInt(value as number) : value;
  });
  return values;
}
