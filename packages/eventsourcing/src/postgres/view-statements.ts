import { createHash } from "node:crypto";
import type { QueryConfig } from "pg";
import { ProgrammingError } from "../errors.ts";
import type { Statement } from "../projections/view-store.ts";

/** The message that binds parameters counts them in two bytes. */
const MOST_PARAMETERS = 65_535;
const SHOWN_LENGTH = 80;

/**
 * What pg is to send for a statement. Nothing that pg cannot encode may come to it: it would throw in the middle of a
 * query that it has begun to send, and the connection would wait for the rest.
 * @throws ProgrammingError, which names the parameter
 */
export function queryOf({ sql, params = [] }: Statement): QueryConfig {
  if (typeof sql !== "string" || sql === "") throw new ProgrammingError("A statement has no text.");
  if (params.length > MOST_PARAMETERS)
    throw new ProgrammingError(
      `${params.length} parameters of ${shown(sql)}: at most ${MOST_PARAMETERS} are taken; give a list as JSON.`,
    );
  return { text: sql, values: Array.from(params, (value, index) => encoded(value, index, sql)) };
}

/** As `queryOf`, prepared once on each connection: for statements of which there are thousands of few kinds. */
export function preparedQueryOf(statement: Statement): QueryConfig {
  return { ...queryOf(statement), name: nameOf(statement.sql) };
}

function encoded(value: unknown, index: number, sql: string): string | Buffer | null {
  if (value === null || typeof value === "string") return value;
  if (typeof value === "number") return String(value);
  // Throws for one that was given to another thread, too.
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  throw new ProgrammingError(
    `The parameter $${index + 1} of ${shown(sql)} is ${kindOf(value)}: only strings, numbers, null and Uint8Arrays are taken.`,
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

const MOST_NAMES = 1_000;
const names = new Map<string, string>();

function nameOf(sql: string): string {
  const known = names.get(sql);
  if (known !== undefined) return known;
  if (names.size >= MOST_NAMES) names.clear();
  const name = createHash("sha256").update(sql).digest("base64url");
  names.set(sql, name);
  return name;
}
