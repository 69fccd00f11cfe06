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

export type Outcome = Stored | ClockAhead | Failure;

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

/**
 * Returns the write as a message to a thread. A message contains the whole memory under a state, so a state that is a
 * part of a larger buffer is copied.
 */
export function messageOf(write: Write): Write {
  if (write.kind === "snapshot") {
    const { originatorId, originatorVersion, topic, state } = write.snapshot;
    return { ...write, snapshot: { originatorId, originatorVersion, topic, state: ownMemory(state) } };
  }
  const events = write.events.map(({ eventId, originatorId, originatorVersion, topic, state }) => ({
    eventId,
    originatorId,
    originatorVersion,
    topic,
    state: ownMemory(state),
  }));
  return { ...write, events };
}

function ownMemory(state: Uint8Array): Uint8Array {
  return state.byteLength === state.buffer.byteLength ? state : new Uint8Array(state);
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
