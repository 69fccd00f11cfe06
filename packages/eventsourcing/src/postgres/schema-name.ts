import { createHash } from "node:crypto";
import { escapeIdentifier } from "pg";
import { InvalidArgumentError, LimitExceededError } from "../errors.ts";

/** PostgreSQL truncates longer names, so two names could mean one schema. */
const MAX_NAME_BYTES = 63;

export interface Schema {
  readonly name: string;
  readonly quoted: string;
  /** The key of the advisory lock for appends and migrations. */
  readonly lockKey: string;
}

/** @throws InvalidArgumentError, LimitExceededError */
export function schemaOf(name: string): Schema {
  // PostgreSQL reserves names that begin with "pg_".
  if (name === "" || name.includes("\0") || name.startsWith("pg_"))
    throw new InvalidArgumentError(
      "schema",
      name,
      'a name that is not empty, has no NUL and does not begin with "pg_"',
    );
  const bytes = Buffer.byteLength(name);
  if (bytes > MAX_NAME_BYTES)
    throw new LimitExceededError("bytes in the name of the schema", bytes, MAX_NAME_BYTES);
  const hash = createHash("sha256").update(`palimpsest schema ${name}`).digest();
  return { name, quoted: escapeIdentifier(name), lockKey: hash.readBigInt64BE().toString() };
}
