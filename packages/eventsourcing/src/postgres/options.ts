import { InvalidArgumentError } from "../errors.ts";

const MAX_POOL_SIZE = 1_000;
const MAX_TIMEOUT_MS = 24 * 60 * 60 * 1_000;

export interface ConnectionOptions {
  readonly url: string;
  readonly schema: string;
  readonly poolSize: number;
  readonly reconnectTimeoutMs: number;
}

/**
 * Returns the options with the defaults for those that are not given.
 * @throws InvalidArgumentError
 */
export function connectionOptions(
  options: Pick<ConnectionOptions, "url"> & { readonly [Name in keyof ConnectionOptions]?: unknown },
  defaultSchema: string,
): ConnectionOptions {
  if (typeof options !== "object" || options === null)
    throw new InvalidArgumentError("options", hidden(options), 'an object, such as { url: "postgres://…" }');
  const { url, schema = defaultSchema, poolSize = 4, reconnectTimeoutMs = 15_000 } = options;
  if (typeof url !== "string") throw new InvalidArgumentError("url", url, 'a string, such as "postgres://…"');
  if (typeof schema !== "string") throw new InvalidArgumentError("schema", schema, "a string");
  return {
    url,
    schema,
    poolSize: wholeNumber("poolSize", poolSize, 1, MAX_POOL_SIZE),
    reconnectTimeoutMs: wholeNumber("reconnectTimeoutMs", reconnectTimeoutMs, 0, MAX_TIMEOUT_MS),
  };
}

/** @throws InvalidArgumentError */
export function checkedTransactionTimeout(value: unknown = 10_000): number {
  return wholeNumber("transactionTimeoutMs", value, 1, MAX_TIMEOUT_MS);
}

function wholeNumber(name: string, value: unknown, min: number, max: number): number {
  if (Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max) return Number(value);
  throw new InvalidArgumentError(name, value, `a whole number from ${min} to ${max}`);
}

/** A string in place of the options may be a connection string with a password. */
function hidden(value: unknown): unknown {
  return typeof value === "string" ? "(not shown)" : value;
}
