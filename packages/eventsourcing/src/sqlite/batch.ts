import type { AppendResult, StoredSnapshot, Tracking, UnrecordedEvent } from "../recorder/recorder.ts";
import type { Failure } from "./failure.ts";

/** Events or a snapshot, stored whole or not at all. */
export type Write = EventsWrite | SnapshotWrite;

export interface EventsWrite {
  readonly kind: "events";
  readonly events: readonly UnrecordedEvent[];
  readonly tracking: Tracking | undefined;
}

export interface SnapshotWrite {
  readonly kind: "snapshot";
  readonly snapshot: StoredSnapshot;
  readonly keepEvery: number;
}

export interface Batch {
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** The latest `recordedAt` that events may get, in milliseconds since 1970. */
  readonly latestMs: number;
  readonly writes: readonly Write[];
}

export type Outcome = Stored | Refusal;

/** Why a write was not stored. */
export type Refusal = ClockAhead | Failure;

/** The versions of the stored events. Their notification ids count up from `firstId`. */
export interface Stored {
  readonly kind: "stored";
  readonly firstId: number;
  readonly recordedAt: number;
  readonly versions: readonly number[];
}

/** Events are not stored because this `recordedAt` is too late. */
interface ClockAhead {
  readonly kind: "clock-ahead";
  readonly recordedAt: number;
}

export function appendResultsOf({ firstId, recordedAt, versions }: Stored): AppendResult[] {
  return versions.map((originatorVersion, index) => ({
    notificationId: firstId + index,
    originatorVersion,
    recordedAt: new Date(recordedAt),
  }));
}

export function stateBytesOf(write: Write): number {
  if (write.kind === "snapshot") return write.snapshot.state.byteLength;
  return write.events.reduce((sum, { state }) => sum + state.byteLength, 0);
}
