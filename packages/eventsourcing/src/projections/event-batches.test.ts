import type { StandardSchemaV1 } from "@standard-schema/spec";
import { afterEach, describe, expect, it } from "vitest";
import { memorySums } from "../../test/memory-sums.ts";
import { Cipher } from "../events/cipher.ts";
import { createEvent } from "../events/event.ts";
import { eventFamily } from "../events/event-family.ts";
import { Mapper } from "../events/mapper.ts";
import { JsonTranscoder } from "../events/transcoder.ts";
import { memoryRecorder } from "../memory/memory-recorder.ts";
import { memoryViewStore } from "../memory/view-store.ts";
import type { NotificationRange, Recorder } from "../recorder/recorder.ts";
import { eventOf, newId, upTo } from "../testing/sample-events.ts";
import { pay, sampleMapper, sumsProjection } from "../testing/sample-view.ts";
import { decoded, EventBatches } from "./event-batches.ts";
import { ProjectionRunner } from "./projection-runner.ts";

const TOPIC = "Account.Paid";
const MIB = 1024 * 1024;

/** Records the ranges that are selected, in the order of the calls. */
function selectedRanges(recorder: Recorder): NotificationRange[] {
  const ranges: NotificationRange[] = [];
  const select = recorder.selectNotifications.bind(recorder);
  recorder.selectNotifications = (range) => {
    ranges.push(range);
    return select(range);
  };
  return ranges;
}

async function recorderWithStates(...sizes: readonly number[]): Promise<Recorder> {
  const recorder = memoryRecorder();
  for (const size of sizes)
    await recorder.insertEvents([eventOf(newId(), 1, { topic: TOPIC, state: new Uint8Array(size) })]);
  return recorder;
}

const batchesOf = (recorder: Recorder) =>
  new EventBatches(recorder, sampleMapper, { topics: [TOPIC], maxSize: 1_000, maxWeight: 25_000_000 });

describe("a batch of notifications", () => {
  it("ends once its states have 8 MiB", async () => {
    const batches = batchesOf(await recorderWithStates(1, 5 * MIB, 5 * MIB, 1, 20 * MIB, 1));
    const ends: number[] = [];
    for (let from = 0; from < 6; from = ends.at(-1) ?? 0) ends.push((await batches.read(from, 6)).to);
    expect(ends).toEqual([3, 5, 6]);
  });

  it("is read once for all callers that need parts of it", async () => {
    const recorder = await recorderWithStates(...upTo(20));
    const ranges = selectedRanges(recorder);
    const batches = batchesOf(recorder);
    const [one, other] = await Promise.all([batches.read(0, 20), batches.read(0, 20)]);
    expect(other.events).toEqual(one.events);
    for (const [from, to] of [
      [3, 20],
      [7, 8],
      [19, 20],
    ] as const) {
      const part = await batches.read(from, to);
      expect([part.to, part.events.map(({ id }) => id)]).toEqual([to, upTo(to).slice(from)]);
    }
    expect(ranges).toHaveLength(1);
  });

  it("includes the positions of trailing notifications of other topics", async () => {
    const recorder = await recorderWithStates(1, 1);
    await recorder.insertEvents([eventOf(newId(), 1, { topic: "Other", state: new Uint8Array(9 * MIB) })]);
    expect(await batchesOf(recorder).read(0, 3)).toMatchObject({ to: 3, events: [{ id: 1 }, { id: 2 }] });
  });

  it("is read again after a failure", async () => {
    const recorder = await recorderWithStates(1, 1);
    const failing = Object.assign(Object.create(recorder) as Recorder, {
      selectNotifications: async () => {
        Object.assign(failing, { selectNotifications: recorder.selectNotifications.bind(recorder) });
        throw new Error("away");
      },
    });
    const batches = batchesOf(failing);
    await expect(batches.read(0, 2)).rejects.toThrow("away");
    expect((await batches.read(0, 2)).events).toHaveLength(2);
  });
});

describe("the events of a batch", () => {
  const text: StandardSchemaV1<string> = {
    "~standard": { version: 1, vendor: "tests", validate: (value) => ({ value: String(value) }) },
  };
  const Written = eventFamily("Note", { Written: { text } }).Written;
  const options = { transcoder: new JsonTranscoder(), cipher: new Cipher([]) };
  const mapper = new Mapper([Written], { ...options, compression: "gzip" });

  it("are decoded up to a total size, once for all callers", async () => {
    const recorder = memoryRecorder();
    const texts = [7, 7, 7, 7, 7].map((size) => "x".repeat(size * MIB));
    const notes = texts.map((text) => createEvent({ type: Written, data: { text } }, newId(), 1));
    await recorder.insertEvents(notes.map((note) => mapper.toStoredEvent(note)));
    const batches = new EventBatches(recorder, mapper, {
      topics: [Written.topic],
      maxSize: 9,
      maxWeight: 25_000_000,
    });
    const { to, events } = await batches.read(0, 5);
    expect([to, events.length]).toEqual([5, 5]);
    const first = await decoded(events, 25_000_000);
    expect(first.map(({ notificationId }) => notificationId)).toEqual([1, 2, 3, 4]);
    const again = await decoded((await batches.read(0, 5)).events, 25_000_000);
    expect(again.every((event, index) => event === first[index])).toBe(true);
    const rest = await decoded((await batches.read(4, 5)).events, 25_000_000);
    expect(rest.map(({ notificationId }) => notificationId)).toEqual([5]);
  });
});

describe("a projection with a batch limit", () => {
  const running: { stop(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const runner of running.splice(0)) await runner.stop();
  });

  it.each([1, 3])("gets %i events at a time, each once and in order, from one query", async (limit) => {
    const recorder = memoryRecorder();
    const ranges = selectedRanges(recorder);
    const store = memoryViewStore();
    const received: (readonly string[])[] = [];
    const projection = {
      ...sumsProjection(memorySums, "sums", { onBatch: (keys) => void received.push(keys) }),
      batchLimit: (events: readonly unknown[]) => Math.min(events.length, limit),
    };
    const keys = upTo(10).map(String);
    await pay(recorder, ...keys);
    const options = { recorder, mapper: sampleMapper, store, projections: [projection] };
    const runner = new ProjectionRunner(options as never);
    running.push(runner);
    runner.start();
    await runner.waitFor(["sums"], 10, { timeoutMs: 60_000 });
    expect(received.flat()).toEqual(keys);
    expect(received.map(({ length }) => length)).toEqual(
      upTo(Math.ceil(10 / limit)).map((part) => Math.min(limit, 10 - (part - 1) * limit)),
    );
    expect(ranges.filter(({ topics }) => topics !== undefined)).toHaveLength(1);
  });
});
