import { DatabaseError } from "pg";
import { CodedError, RecorderError } from "../errors.ts";
import { ChangeRefusedError } from "../projections/view-errors.ts";

// Errors of the connection, the transaction or the server, from https://www.postgresql.org/docs/current/errcodes-appendix.html.
// 08P01 also reports a wrong number of parameters.
const NOT_OF_STATEMENT = /^(08(?!P01)|25|40|53|55|57|58|XX)/;

const UNDEFINED_TABLE = "42P01";

/** Wraps the error of a view's statement in a ChangeRefusedError, unless the server or the connection failed. */
export function refusalOf(view: string, error: unknown): unknown {
  const code = error instanceof DatabaseError ? error.code : undefined;
  return code === undefined || NOT_OF_STATEMENT.test(code) ? error : new ChangeRefusedError(view, error);
}

// lock_not_available, deadlock_detected
const LOCK_REFUSED = new Set(["55P03", "40P01"]);

export function isLockRefused(error: unknown): boolean {
  return error instanceof DatabaseError && LOCK_REFUSED.has(error.code ?? "");
}

const DEPENDENT_OBJECTS_STILL_EXIST = "2BP01";

export function hasDependents(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === DEPENDENT_OBJECTS_STILL_EXIST;
}

/** Returns whether the tables of the generation were dropped before the query ran. */
export function isUndefinedTable(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === UNDEFINED_TABLE;
}

const QUERY_CANCELED = "57014";

/** Returns whether a statement exceeded `statement_timeout`, or an operator cancelled it. */
export function isCanceled(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === QUERY_CANCELED;
}

/** Wraps an error without a code in a RecorderError with the message `failure`. */
export function viewErrorOf(failure: string, error: unknown): CodedError {
  return error instanceof CodedError ? error : new RecorderError(failure, error);
}
