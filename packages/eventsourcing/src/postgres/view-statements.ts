import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { QueryConfig } from "pg";
import { ProgrammingError } from "../errors.ts";
import type { PackedStatements } from "../projections/packed-statements.ts";
import type { Statement } from "../projections/view-store.ts";

/** PostgreSQL's protocol counts parameters in two bytes. */
const MAX_PARAMETERS = 65_535;
const SHOWN_LENGTH = 80;

/**
 * Returns the query of pg for a statement. Checks that pg can encode each parameter, since pg throws after it has sent
 * a part of the query, and the connection would hang.
 * @throws ProgrammingError
 */
export function queryOf({ sql, params = [] }: Statement): QueryConfig {
  if (typeof sql !== "string" || sql === "")
    throw new ProgrammingError("A statement must have the field `sql` with its text.");
  if (params.length > MAX_PARAMETERS)
    throw new ProgrammingError(
      `Statement ${shown(sql)} has ${params.length} parameters; at most ${MAX_PARAMETERS} are allowed. Pass a list as JSON.`,
    );
  return { text: sql, values: Array.from(params, (value, index) => encoded(value, index, sql)) };
}

/** @throws ProgrammingError */
export function preparedQueryOf(statement: Statement): QueryConfig {
  return { ...queryOf(statement), name: nameOf(statement.sql) };
}

/** @throws ProgrammingError */
export function preparedQueriesOf({ texts, textIndexes, params }: PackedStatements): QueryConfig[] {
  return textIndexes.map((text, index) =>
    preparedQueryOf({ sql: texts[text] ?? "", params: params[index] ?? [] }),
  );
}

function encoded(value: unknown, index: number, sql: string): string | Buffer | null {
  if (value === null || typeof value === "string") return value;
  if (typeof value === "number") return String(value);
  // Throws for bytes that were transferred to another thread.
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  throw new ProgrammingError(
    `Parameter $${index + 1} of ${shown(sql)} is ${kindOf(value)}; it must be a string, a number, null or a Uint8Array.`,
  );
}

function kindOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return `of the type ${typeof value}`;
  return Array.isArray(value) ? "an array" : "an object";
}

function shown(sql: string): string {
  const words = sql.replace(/\s+/g, " ").trim();
  return JSON.stringify(words.length > SHOWN_LENGTH ? `${words.slice(0, SHOWN_LENGTH)}…` : words);
}

const names = new LRUCache<string, string>({ max: 1_000 });

function nameOf(sql: string): string {
  const cached = names.get(sql);
  if (cached !== undefined) return cached;
  const name = createHash("sha256").update(sql).digest("base64url");
  names.set(sql, name);
  return name;
}
