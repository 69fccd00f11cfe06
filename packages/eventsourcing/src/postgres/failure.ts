import { DatabaseError } from "pg";
import {
  CodedError,
  EventAlreadyRecordedError,
  RecorderError,
  TrackingConflictError,
  VersionConflictError,
} from "../errors.ts";

export type Refusal =
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
    };

export function errorOf(refusal: Refusal): CodedError {
  switch (refusal.kind) {
    case "version-conflict":
      return new VersionConflictError(refusal.originatorId, refusal.originatorVersion, refusal.expected);
    case "event-already-recorded":
      return new EventAlreadyRecordedError(refusal.eventId);
    case "tracking-conflict":
      return new TrackingConflictError(refusal.name, refusal.notificationId, refusal.last);
  }
}

/** Wraps an error without a code in a RecorderError with the message `failure`. */
export function recorderErrorOf(failure: string, error: unknown): CodedError {
  return error instanceof CodedError ? error : new RecorderError(failure, error);
}

/**
 * Returns whether the connection broke: the error is not PostgreSQL's, or reports the end of the session.
 * Classes: https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export function isConnectionLost(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state === undefined || /^(08|57P|25P0[34])/.test(state);
}

/** Returns whether another attempt to connect would fail in the same way, as with a wrong password or database. */
export function isPermanent(error: unknown): boolean {
  if (error instanceof CodedError) return true;
  if (error instanceof AggregateError) return error.errors.some(isPermanent);
  return /^(22|28|3D|42)/.test(sqlStateOf(error) ?? "");
}

/** Returns whether the server might accept the connection with TLS if it had none, or without it if it had. */
export function mayConcernTls(error: unknown): boolean {
  if (error instanceof DatabaseError) return /^28/.test(error.code ?? "");
  return error instanceof Error && /SSL|TLS/i.test(`${error.message} ${"code" in error ? error.code : ""}`);
}

/** Returns whether one save may have failed the batch, so that the others can be stored without it. */
export function mayBeCausedByOneSave(error: unknown): boolean {
  return /^(22|23|54|P0)/.test(sqlStateOf(error) ?? "");
}

export function isReadOnly(error: unknown): boolean {
  return sqlStateOf(error) === "25006";
}

function sqlStateOf(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.code : undefined;
}
