import { createHash } from "node:crypto";
import { escapeIdentifier } from "pg";
import { InvalidArgumentError, LimitExceededError } from "../errors.ts";

/** PostgreSQL cuts longer names off, and two names could then mean one schema. */
const MAX_NAME_BYTES = 63;

/** The schema that holds the tables. */
export interface Schema {
  readonly name: string;
  /** As it stands in a statement. */
  readonly quoted: string;
  /** The key of the advisory lock under which events are appended and the tables are changed. */
  readonly lockKey: string;
}

/** @throws InvalidArgumentError, LimitExceededError */
export function schemaOf(name: string): Schema {
  // PostgreSQL keeps names with "pg_" to itself.
  if (name === "" || name.includes("\0") || name.startsWith("pg_"))
    throw new InvalidArgumentError(
      "schema",
      name,
      'a name that is not empty, has no NUL and does not begin with "pg_"',
    );
  const bytes = Buffer.byteLength(name);
  if (bytes > MAX_NAME_BYTES)
    throw new LimitExceededError("bytes of the schema's name", bytes, MAX_NAME_BYTES);
  const hash = createHash("sha256").update(`palimpsest schema ${name}`).digest();
  return { name, quoted: escapeIdentifier(name), lockKey: hash.readBigInt64BE().toString() };
}
