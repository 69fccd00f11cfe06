import type { AppendResult, StoredSnapshot, Tracking, UnrecordedEvent } from "../recorder/recorder.ts";
import type { Failure } from "./failure.ts";

/** What is written in one piece, or not at all. */
export type Write = EventsWrite | SnapshotWrite;

interface EventsWrite {
  readonly kind: "events";
  readonly events: readonly UnrecordedEvent[];
  readonly tracking: Tracking | undefined;
}

interface SnapshotWrite {
  readonly kind: "snapshot";
  readonly snapshot: StoredSnapshot;
  readonly keepEvery: number;
}

/**
 * A batch on its way to the writer's thread. Its rows are columns, and their states one buffer, because what a
 * message costs is its number of objects.
 */
export interface PackedBatch {
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** The latest time that events may be recorded with, in milliseconds since 1970. */
  readonly latestMs: number;
  readonly writes: readonly PackedWrite[];
  /** "" for a snapshot. */
  readonly eventIds: readonly string[];
  readonly originatorIds: readonly string[];
  readonly originatorVersions: readonly (number | null)[];
  readonly topics: readonly string[];
  /** The end of each state in `states`; it begins where the one before ends. */
  readonly stateEnds: readonly number[];
  readonly states: Uint8Array<ArrayBuffer>;
}

export interface PackedWrite {
  /** How many of the rows are its own, after those of the writes before. */
  readonly rows: number;
  readonly tracking: Tracking | undefined;
  /** Set on the write of a snapshot. */
  readonly keepEvery: number | undefined;
}

/** What became of the writes of a batch, in their order. */
export type PackedOutcomes = readonly (Placed | Failure | ClockAhead)[];

/** The versions that the events of a write were given; their notification ids follow on `firstId`. */
export interface Placed {
  readonly kind: "placed";
  readonly firstId: number;
  readonly recordedAt: number;
  readonly versions: readonly number[];
}

/** Events were not stored because they would have been recorded at this time. */
export interface ClockAhead {
  readonly kind: "clock-ahead";
  readonly recordedAt: number;
}

export function packBatch(
  writes: readonly Write[],
  { nowMs, latestMs }: Pick<PackedBatch, "nowMs" | "latestMs">,
): PackedBatch {
  const rows: (UnrecordedEvent | StoredSnapshot)[] = [];
  for (const write of writes) {
    if (write.kind === "events") for (const event of write.events) rows.push(event);
    else rows.push(write.snapshot);
  }
  return {
    nowMs,
    latestMs,
    writes: writes.map(packWrite),
    eventIds: rows.map((row) => ("eventId" in row ? row.eventId : "")),
    originatorIds: rows.map((row) => row.originatorId),
    originatorVersions: rows.map((row) => row.originatorVersion),
    topics: rows.map((row) => row.topic),
    ...packStates(rows),
  };
}

function packStates(
  rows: readonly { readonly state: Uint8Array }[],
): Pick<PackedBatch, "states" | "stateEnds"> {
  const states = new Uint8Array(rows.reduce((sum, { state }) => sum + state.byteLength, 0));
  const stateEnds: number[] = [];
  let end = 0;
  for (const { state } of rows) {
    states.set(state, end);
    end += state.byteLength;
    stateEnds.push(end);
  }
  return { states, stateEnds };
}

function packWrite(write: Write): PackedWrite {
  return write.kind === "events"
    ? { rows: write.events.length, tracking: write.tracking, keepEvery: undefined }
    : { rows: 1, tracking: undefined, keepEvery: write.keepEvery };
}

export function placementsOf({ firstId, recordedAt, versions }: Placed): AppendResult[] {
  return versions.map((originatorVersion, index) => ({
    notificationId: firstId + index,
    originatorVersion,
    recordedAt: new Date(recordedAt),
  }));
}

/** The bytes that a write's states take in memory while its batch is under way. */
export function stateBytesOf(write: Write): number {
  if (write.kind === "snapshot") return write.snapshot.state.byteLength;
  return write.events.reduce((sum, { state }) => sum + state.byteLength, 0);
}
