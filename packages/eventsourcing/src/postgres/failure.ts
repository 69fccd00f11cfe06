import { DatabaseError } from "pg";
import {
  CodedError,
  EventAlreadyRecordedError,
  RecorderError,
  TrackingConflictError,
  VersionConflictError,
} from "../errors.ts";

/** Why the function `append` left a save out, as it tells it. */
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

/** The error that the caller of the save is to see. */
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

/** Whatever went wrong, as an error of the port. `what` names what was tried. */
export function recorderErrorOf(what: string, error: unknown): CodedError {
  return error instanceof CodedError ? error : new RecorderError(what, error);
}

/**
 * Whether the connection is gone, rather than the statement refused: the error is not PostgreSQL's, or says that
 * the session ends. (Classes of https://www.postgresql.org/docs/current/errcodes-appendix.html.)
 */
export function isConnectionLost(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state === undefined || /^(08|57P|25P0[34])/.test(state);
}

/** Whether connecting would fail the same way in a moment: who asks is not let in, or asks for what is not there. */
export function isLasting(error: unknown): boolean {
  if (error instanceof CodedError) return true;
  if (error instanceof AggregateError) return error.errors.some(isLasting);
  return /^(22|28|3D|42)/.test(sqlStateOf(error) ?? "");
}

/** Whether the server may let in who comes with TLS, or without it. */
export function mayBeAboutTls(error: unknown): boolean {
  if (error instanceof DatabaseError) return /^28/.test(error.code ?? "");
  return error instanceof Error && /SSL|TLS/i.test(`${error.message} ${"code" in error ? error.code : ""}`);
}

/** Whether one save of a batch may be to blame, so that the others go through without it. */
export function mayBlameOneSave(error: unknown): boolean {
  return /^(22|23|54|P0)/.test(sqlStateOf(error) ?? "");
}

/** Whether the statement is one that a standby does not take. */
export function isReadOnly(error: unknown): boolean {
  return sqlStateOf(error) === "25006";
}

function sqlStateOf(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.code : undefined;
}
