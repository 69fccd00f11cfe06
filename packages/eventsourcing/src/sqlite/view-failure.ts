import SqliteDatabase from "better-sqlite3";
import { RecorderError, TrackingConflictError } from "../errors.ts";
import { ChangeRefusedError, GenerationGoneError, LeaseLostError } from "../projections/view-errors.ts";

/** Why nothing was written, as plain data: an error loses its class on the way out of a thread. */
export type ViewFailure =
  | {
      readonly kind: "tracking-conflict";
      readonly view: string;
      readonly notificationId: number;
      readonly position: number;
    }
  | { readonly kind: "lease-lost"; readonly name: string }
  | { readonly kind: "generation-gone"; readonly view: string; readonly number: number }
  | { readonly kind: "change-refused"; readonly view: string; readonly message: string }
  | { readonly kind: "failed"; readonly message: string; readonly code: string | undefined };

/** The database, rather than the statement, is in the way (https://sqlite.org/rescode.html). */
const NO_FAULT_OF_STATEMENTS =
  /^SQLITE_(BUSY|LOCKED|IOERR|FULL|CORRUPT|NOTADB|CANTOPEN|READONLY|NOMEM|PROTOCOL|INTERRUPT|PERM|AUTH|MISUSE)/;

export function failureOf(error: unknown): ViewFailure {
  if (error instanceof TrackingConflictError) {
    const { trackingName: view, notificationId, lastNotificationId: position } = error;
    return { kind: "tracking-conflict", view, notificationId, position };
  }
  if (error instanceof LeaseLostError) return { kind: "lease-lost", name: error.leaseName };
  if (error instanceof GenerationGoneError)
    return { kind: "generation-gone", view: error.view, number: error.generation };
  if (error instanceof ChangeRefusedError) {
    const message = error.cause instanceof Error ? error.cause.message : String(error.cause);
    return { kind: "change-refused", view: error.view, message };
  }
  const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
  return { kind: "failed", message: error instanceof Error ? error.message : String(error), code };
}

/** The error that the caller is to see. */
export function errorOf(failure: ViewFailure): Error {
  switch (failure.kind) {
    case "tracking-conflict":
      return new TrackingConflictError(failure.view, failure.notificationId, failure.position);
    case "lease-lost":
      return new LeaseLostError(failure.name);
    case "generation-gone":
      return new GenerationGoneError(failure.view, failure.number);
    case "change-refused":
      return new ChangeRefusedError(failure.view, new Error(failure.message));
    case "failed": {
      const cause = Object.assign(new Error(failure.message), { code: failure.code });
      return new RecorderError("SQLite refused to write a view", cause);
    }
  }
}

/** What a statement of a view met, blamed on it unless the database itself fails. */
export function refusalOf(view: string, error: unknown): unknown {
  const code = error instanceof SqliteDatabase.SqliteError ? error.code : "";
  return NO_FAULT_OF_STATEMENTS.test(code) ? error : new ChangeRefusedError(view, error);
}
