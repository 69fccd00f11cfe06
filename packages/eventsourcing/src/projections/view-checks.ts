import { InvalidArgumentError } from "../errors.ts";
import { MAX_LEASE_MS, type TableName, type ViewDefinition, type ViewWrite } from "./view-store.ts";

// Two names and a number must fit into the 63 bytes of a name on PostgreSQL.
const MAX_NAME_LENGTH = 26;
const NAME = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;

/** Returns the function that names the tables of a generation. It throws InvalidArgumentError for an invalid name. */
export function tableNames(view: string, generation: number): TableName {
  return (name) => {
    checkName("the name of a table of a view", name);
    return `${view}__${name}__${generation}`;
  };
}

/** @throws InvalidArgumentError */
export function checkView({
  name,
  version,
  tables,
}: Pick<ViewDefinition<unknown>, "name" | "version" | "tables">): void {
  checkName("the name of a view", name);
  if (!Array.isArray(tables) || new Set(tables).size < tables.length)
    throw new InvalidArgumentError(`the tables of the view "${name}"`, tables, "a list of different names");
  for (const table of tables) checkName("the name of a table of a view", table);
  if (!Number.isSafeInteger(version) || version < 1)
    throw new InvalidArgumentError(`the version of the view "${name}"`, version, "a whole number from 1");
}

/** @throws InvalidArgumentError */
export function checkWrite({ from, to }: Pick<ViewWrite<unknown>, "from" | "to">): void {
  if (!Number.isSafeInteger(from) || from < 0)
    throw new InvalidArgumentError("from", from, "a whole number from 0");
  if (!Number.isSafeInteger(to) || to <= from)
    throw new InvalidArgumentError("to", to, `a whole number above ${from}`);
}

/** @throws InvalidArgumentError */
export function checkLeaseTime(name: string, ttlMs: number): void {
  if (!Number.isSafeInteger(ttlMs) || ttlMs < 1 || ttlMs > MAX_LEASE_MS)
    throw new InvalidArgumentError(name, ttlMs, `a whole number from 1 to ${MAX_LEASE_MS}`);
}

/** The longest delay of a timer in Node. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** @throws InvalidArgumentError */
export function checkTimeout(timeoutMs: number | undefined): void {
  if (timeoutMs === undefined) return;
  if (!Number.isSafeInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > MAX_TIMEOUT_MS)
    throw new InvalidArgumentError("timeoutMs", timeoutMs, `a whole number from 1 to ${MAX_TIMEOUT_MS}`);
}

function checkName(argument: string, name: string): void {
  if (typeof name !== "string" || !NAME.test(name) || name.length > MAX_NAME_LENGTH)
    throw new InvalidArgumentError(
      argument,
      name,
      `lowercase letters and digits in words joined by "_", at most ${MAX_NAME_LENGTH} characters`,
    );
}
