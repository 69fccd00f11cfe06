import SqliteDatabase from "better-sqlite3";
import {
  type CodedError,
  EventAlreadyRecordedError,
  messageOf,
  RecorderError,
  TrackingConflictError,
  VersionConflictError,
} from "../errors.ts";
import { ChangeRefusedError, GenerationGoneError, LeaseLostError } from "../projections/view-errors.ts";

/** Why a writer thread stored nothing, as plain data: an error loses its class on the way out of a thread. */
export type Failure =
  | {
      readonly kind: "version-conflict";
      readonly originatorId: string;
      readonly originatorVersion: number;
      readonly expected: number;
    }
  | { readonly kind: "event-already-recorded"; readonly eventId: string }
  | {
      readonly kind: "tracking-conflict";
      readonly name: string;
      readonly notificationId: number;
      readonly last: number;
    }
  | { readonly kind: "lease-lost"; readonly name: string }
  | { readonly kind: "generation-gone"; readonly view: string; readonly number: number }
  | { readonly kind: "change-refused"; readonly view: string; readonly message: string }
  | { readonly kind: "failed"; readonly message: string; readonly code: string | undefined };

/** Result codes that blame the database rather than a statement (https://sqlite.org/rescode.html). */
const DATABASE_FAILS =
  /^SQLITE_(BUSY|LOCKED|IOERR|FULL|CORRUPT|NOTADB|CANTOPEN|READONLY|NOMEM|PROTOCOL|INTERRUPT|PERM|AUTH|MISUSE)/;

export function failureOf(error: unknown): Failure {
  if (error instanceof TrackingConflictError) {
    const { trackingName: name, notificationId, lastNotificationId: last } = error;
    return { kind: "tracking-conflict", name, notificationId, last };
  }
  if (error instanceof LeaseLostError) return { kind: "lease-lost", name: error.leaseName };
  if (error instanceof GenerationGoneError)
    return { kind: "generation-gone", view: error.view, number: error.generation };
  if (error instanceof ChangeRefusedError)
    return { kind: "change-refused", view: error.view, message: messageOf(error.cause) };
  const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
  return { kind: "failed", message: messageOf(error), code };
}

export function errorOf(failure: Failure): CodedError {
  switch (failure.kind) {
    case "version-conflict":
      return new VersionConflictError(failure.originatorId, failure.originatorVersion, failure.expected);
    case "event-already-recorded":
      return new EventAlreadyRecordedError(failure.eventId);
    case "tracking-conflict":
      return new TrackingConflictError(failure.name, failure.notificationId, failure.last);
    case "lease-lost":
      return new LeaseLostError(failure.name);
    case "generation-gone":
      return new GenerationGoneError(failure.view, failure.number);
    case "change-refused":
      return new ChangeRefusedError(failure.view, new Error(failure.message));
    case "failed":
      return new RecorderError("SQLite refused the write", causeOf(failure));
  }
}

/** Returns the error of SQLite that a failure names. */
export function causeOf(failure: Failure): Error {
  if (failure.kind !== "failed") return errorOf(failure);
  return Object.assign(new Error(failure.message), { code: failure.code });
}

/** Returns true if SQLite found the file damaged, rather than locked, full or inaccessible. */
export function isDamage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const isOwn = "code" in error && /^SQLITE_(CORRUPT|NOTADB)/.test(String(error.code));
  return isOwn || isDamage(error.cause);
}

/** Blames the view's statement for `error`, unless the database itself fails. */
export function statementErrorOf(view: string, error: unknown): unknown {
  const code = error instanceof SqliteDatabase.SqliteError ? error.code : "";
  return DATABASE_FAILS.test(code) ? error : new ChangeRefusedError(view, error);
}
