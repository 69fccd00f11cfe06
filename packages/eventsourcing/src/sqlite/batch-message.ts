import type { UnrecordedEvent } from "../recorder/recorder.ts";
import type { Batch, Outcome, Refusal, SnapshotWrite, Write } from "./batch.ts";

/** A batch as a message to a thread. One array and one buffer are copied faster than an object for each event. */
export interface BatchMessage {
  readonly nowMs: number;
  readonly latestMs: number;
  /** For each write: its number of events, or its other content. */
  readonly writes: readonly (number | TrackedWrite | SnapshotHead)[];
  /** For each event: its id, originator id, version, topic, and the length of its state. */
  readonly fields: readonly (string | number | null)[];
  /** The states of events and snapshots, one after another. */
  readonly states: Uint8Array<ArrayBuffer>;
}

interface TrackedWrite {
  readonly tracking: { readonly name: string; readonly notificationId: number };
  readonly events: number;
}

type SnapshotHead = Omit<SnapshotWrite, "snapshot"> & {
  readonly snapshot: Omit<SnapshotWrite["snapshot"], "state"> & { readonly bytes: number };
};

/** The outcomes of a batch as a message. The ids of the stored events count up from `firstId`. */
export interface OutcomeMessage {
  readonly firstId: number;
  readonly recordedAt: number;
  /** The versions of all stored events. */
  readonly versions: readonly number[];
  /** The writes that were not stored, by index. */
  readonly refused: readonly (readonly [write: number, refusal: Refusal])[];
}

const FIELDS = 5;

export function messageOf({ nowMs, latestMs, writes }: Batch): BatchMessage {
  const states: Uint8Array[] = [];
  const fields: (string | number | null)[] = [];
  const heads = writes.map((write) => {
    if (write.kind === "snapshot") {
      const { state, originatorId, originatorVersion, topic } = write.snapshot;
      states.push(state);
      return { ...write, snapshot: { originatorId, originatorVersion, topic, bytes: state.byteLength } };
    }
    const { events, tracking } = write;
    for (const { eventId, originatorId, originatorVersion, topic, state } of events) {
      fields.push(eventId, originatorId, originatorVersion, topic, state.byteLength);
      states.push(state);
    }
    return tracking === undefined ? events.length : { tracking, events: events.length };
  });
  return { nowMs, latestMs, writes: heads, fields, states: concatenated(states) };
}

export function batchOf({ nowMs, latestMs, writes, fields, states }: BatchMessage): Batch {
  let field = 0;
  let offset = 0;
  const nextState = (bytes: number) => {
    offset += bytes;
    return states.subarray(offset - bytes, offset);
  };
  const nextEvents = (count: number): UnrecordedEvent[] =>
    Array.from({ length: count }, () => {
      const [eventId, originatorId, originatorVersion, topic, bytes] = fields.slice(
        field,
        field + FIELDS,
      ) as [string, string, number | null, string, number];
      field += FIELDS;
      return { eventId, originatorId, originatorVersion, topic, state: nextState(bytes) };
    });
  const writeOf = (head: BatchMessage["writes"][number]): Write => {
    if (typeof head === "number") return { kind: "events", events: nextEvents(head), tracking: undefined };
    if ("tracking" in head)
      return { kind: "events", events: nextEvents(head.events), tracking: head.tracking };
    const { bytes, ...snapshot } = head.snapshot;
    return { ...head, snapshot: { ...snapshot, state: nextState(bytes) } };
  };
  return { nowMs, latestMs, writes: writes.map(writeOf) };
}

export function outcomeMessageOf(outcomes: readonly Outcome[]): OutcomeMessage {
  const versions: number[] = [];
  const refused: [number, Refusal][] = [];
  let firstId = 0;
  let recordedAt = 0;
  outcomes.forEach((outcome, index) => {
    if (outcome.kind !== "stored") refused.push([index, outcome]);
    else if (outcome.versions.length > 0) {
      if (versions.length === 0) ({ firstId, recordedAt } = outcome);
      versions.push(...outcome.versions);
    }
  });
  return { firstId, recordedAt, versions, refused };
}

/** @param writes the writes of the batch */
export function outcomesOf(
  writes: readonly Write[],
  { firstId, recordedAt, versions, refused }: OutcomeMessage,
): readonly Outcome[] {
  const refusals = new Map(refused);
  let event = 0;
  return writes.map((write, index): Outcome => {
    const refusal = refusals.get(index);
    if (refusal !== undefined) return refusal;
    const start = event;
    event += write.kind === "events" ? write.events.length : 0;
    return { kind: "stored", firstId: firstId + start, recordedAt, versions: versions.slice(start, event) };
  });
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.byteLength;
  }
  return whole;
}
