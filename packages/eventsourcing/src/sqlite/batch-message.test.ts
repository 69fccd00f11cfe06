import { describe, expect, it } from "vitest";
import { eventOf, newId } from "../testing/sample-events.ts";
import type { Batch, Outcome, Write } from "./batch.ts";
import { batchOf, messageOf, outcomeMessageOf, outcomesOf } from "./batch-message.ts";

function batchWith(...writes: Write[]): Batch {
  return { nowMs: 1, latestMs: Number.POSITIVE_INFINITY, writes };
}

function save(...events: ReturnType<typeof eventOf>[]): Write {
  return { kind: "events", events, tracking: undefined };
}

const SNAPSHOT: Write = {
  kind: "snapshot",
  snapshot: {
    originatorId: newId(),
    originatorVersion: 3,
    topic: "Sample.Snapshot",
    state: Buffer.from("state"),
  },
  keepEvery: 20,
};

describe("a batch as a message", () => {
  it("contains the same writes", () => {
    const tracking = { name: "upstream", notificationId: 7 };
    const batch = batchWith(
      save(eventOf(newId(), 1), eventOf(newId(), null)),
      SNAPSHOT,
      { kind: "events", events: [], tracking },
      { kind: "events", events: [eventOf(newId(), 2, { state: new Uint8Array(0) })], tracking },
      save(eventOf(newId(), 1)),
    );
    const bytes = (write: Write) =>
      write.kind === "events"
        ? write.events.map(({ state }) => Buffer.from(state).toString("hex"))
        : Buffer.from(write.snapshot.state).toString("hex");
    const read = batchOf(structuredClone(messageOf(batch)));
    expect(read.writes.map(bytes)).toEqual(batch.writes.map(bytes));
    const heads = (each: Batch) =>
      JSON.stringify(each, (key, value) => (key === "state" ? undefined : value));
    expect(heads(read)).toEqual(heads(batch));
  });

  it("contains only the bytes of a state, not the buffer around them", () => {
    const state = new Uint8Array(1_000).subarray(10, 20);
    expect(messageOf(batchWith(save(eventOf(newId(), 1, { state })))).states.buffer.byteLength).toBe(10);
  });
});

describe("the outcomes of a batch as a message", () => {
  it("are the same", () => {
    const writes = [
      save(eventOf(newId(), 1)),
      save(),
      SNAPSHOT,
      save(eventOf(newId(), 4), eventOf(newId(), 5)),
    ];
    const outcomes: Outcome[] = [
      { kind: "event-already-recorded", eventId: newId() },
      { kind: "stored", firstId: 8, recordedAt: 5, versions: [] },
      { kind: "stored", firstId: 0, recordedAt: 5, versions: [] },
      { kind: "stored", firstId: 8, recordedAt: 5, versions: [4, 5] },
    ];
    const read = outcomesOf(writes, outcomeMessageOf(outcomes));
    expect(read.map(({ kind }) => kind)).toEqual(outcomes.map(({ kind }) => kind));
    expect(read[0]).toEqual(outcomes[0]);
    expect(read[3]).toEqual(outcomes[3]);
  });
});
