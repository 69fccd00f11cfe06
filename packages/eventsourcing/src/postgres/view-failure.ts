import { DatabaseError } from "pg";
import { CodedError, RecorderError } from "../errors.ts";
import { ChangeRefusedError } from "../projections/view-errors.ts";

// The connection, the resources, an operator, a deadlock, a lock that was not given, a transaction that was ended or
// is on a server that became a standby, or the server itself. 08P01 is said of a wrong number of parameters.
// (https://www.postgresql.org/docs/current/errcodes-appendix.html)
const NO_FAULT_OF_STATEMENTS = /^(08(?!P01)|25|40|53|55|57|58|XX)/;

const UNDEFINED_TABLE = "42P01";

/** What a statement of a view met, blamed on it unless the server or the connection fails. */
export function refusalOf(view: string, error: unknown): unknown {
  const code = error instanceof DatabaseError ? error.code : undefined;
  return code === undefined || NO_FAULT_OF_STATEMENTS.test(code)
    ? error
    : new ChangeRefusedError(view, error);
}

// A lock that was not given in time, and a deadlock.
const LOCK_REFUSED = new Set(["55P03", "40P01"]);

/** Whether somebody else has the table open. */
export function isLockRefused(error: unknown): boolean {
  return error instanceof DatabaseError && LOCK_REFUSED.has(error.code ?? "");
}

// dependent_objects_still_exist
const REFERRED_TO = "2BP01";

/** Whether a table cannot be dropped as another one refers to it. */
export function isReferredTo(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === REFERRED_TO;
}

/** Whether a generation was replaced between the look at which one is active and the query. */
export function isTableGone(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === UNDEFINED_TABLE;
}

/** Whatever went wrong, as an error of the port. `what` names what was tried. */
export function viewErrorOf(what: string, error: unknown): CodedError {
  return error instanceof CodedError ? error : new RecorderError(what, error);
}
