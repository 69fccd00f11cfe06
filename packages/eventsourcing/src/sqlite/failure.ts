import {
  type CodedError,
  EventAlreadyRecordedError,
  RecorderError,
  TrackingConflictError,
  VersionConflictError,
} from "../errors.ts";

/** Why a write left nothing, as plain data: an error loses its class on the way out of a thread. */
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
  | { readonly kind: "failed"; readonly message: string; readonly code: string | undefined };

/** Whatever a driver threw, as a failure. */
export function failureOf(error: unknown): Failure {
  const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
  return { kind: "failed", message: error instanceof Error ? error.message : String(error), code };
}

/** The error that the caller of the write is to see. */
export function errorOf(failure: Failure): CodedError {
  switch (failure.kind) {
    case "version-conflict":
      return new VersionConflictError(failure.originatorId, failure.originatorVersion, failure.expected);
    case "event-already-recorded":
      return new EventAlreadyRecordedError(failure.eventId);
    case "tracking-conflict":
      return new TrackingConflictError(failure.name, failure.notificationId, failure.last);
    case "failed": {
      const cause = Object.assign(new Error(failure.message), { code: failure.code });
      return new RecorderError("SQLite refused the write", cause);
    }
  }
}
