import { getEventListeners } from "node:events";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InvalidArgumentError, RecorderError } from "../errors.ts";
import { memoryRecorder } from "../memory/index.ts";
import { eventOf, eventsOf, newId, upTo } from "../testing/sample-events.ts";
import { following } from "../testing/sample-follower.ts";
import type { Notification, NotificationRange, Recorder } from "./recorder.ts";
import { type SubscriptionOptions, subscribe } from "./subscription.ts";

/** A recorder whose next reads fail as the test sets. */
class FailingReads {
  /** The number of listeners. */
  watching = 0;
  /** The starts of the ranges of all reads, including failed ones. */
  readonly starts: number[] = [];
  readonly #recorder: Recorder;
  readonly #failures: (Error | undefined)[] = [];

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  /** Sets the errors of the next reads; undefined lets a read succeed. */
  fail(...failures: readonly (Error | undefined)[]): void {
    this.#failures.push(...failures);
  }

  async maxNotificationId(): Promise<number> {
    this.#throwNextFailure();
    return this.#recorder.maxNotificationId();
  }

  async selectNotifications(range: NotificationRange) {
    this.starts.push(range.start);
    this.#throwNextFailure();
    return this.#recorder.selectNotifications(range);
  }

  watch(listener: () => void): () => void {
    const unwatch = this.#recorder.watch(listener);
    this.watching += 1;
    return () => {
      this.watching -= 1;
      unwatch();
    };
  }

  #throwNextFailure(): void {
    const failure = this.#failures.shift();
    if (failure !== undefined) throw failure;
  }
}

const unavailable = () => new RecorderError("The database cannot be read", new Error("connection refused"));

async function take(following: ReturnType<typeof subscribe>, count: number): Promise<number[]> {
  const ids: number[] = [];
  while (ids.length < count) {
    const { value, done } = await following.next();
    if (done) throw new Error(`The iteration ended after ${ids.join(", ")}.`);
    ids.push(value.id);
  }
  return ids;
}

describe("R9 a subscription to a recorder that fails for a while", () => {
  it("retries, and yields each notification once", async () => {
    const recorder = memoryRecorder();
    const failing = new FailingReads(recorder);
    await recorder.insertEvents(eventsOf(newId(), 1, 5));
    // Fails reads of the last id and of batches, before and between batches.
    failing.fail(
      unavailable(),
      undefined,
      unavailable(),
      undefined,
      undefined,
      unavailable(),
      undefined,
      unavailable(),
    );
    const following = subscribe(failing, { start: 1, batchSize: 3 });
    expect(await take(following, 5)).toEqual(upTo(5));
    expect(failing.starts).toEqual([1, 1, 4, 4]);
    await following.return();
  });

  it("yields the events that are recorded during the failure", async () => {
    const recorder = memoryRecorder();
    const failing = new FailingReads(recorder);
    const following = subscribe(failing, { start: 1 });
    const first = take(following, 1);
    await recorder.insertEvents([eventOf(newId(), 1)]);
    expect(await first).toEqual([1]);
    failing.fail(undefined, unavailable(), unavailable());
    const rest = take(following, 4);
    for (const _ of upTo(4)) await recorder.insertEvents([eventOf(newId(), 1)]);
    expect(await rest).toEqual([2, 3, 4, 5]);
    await following.return();
  });

  it("ends at once when aborted during a read that never answers", async () => {
    const recorder = memoryRecorder();
    await recorder.insertEvents([eventOf(newId(), 1)]);
    for (const method of ["maxNotificationId", "selectNotifications"]) {
      const stopping = new AbortController();
      const hanging = Object.assign(new FailingReads(recorder), {
        [method]: () => {
          setImmediate(() => stopping.abort());
          return new Promise<never>(() => {});
        },
      });
      const following = subscribe(hanging, { start: 1, signal: stopping.signal });
      expect(await following.next()).toEqual({ value: undefined, done: true });
      expect(hanging.watching).toBe(0);
    }
  });

  it("does not retry after it is aborted", async () => {
    const failing = new FailingReads(memoryRecorder());
    const stopping = new AbortController();
    failing.fail(unavailable(), new Error("asked again"));
    const following = subscribe(failing, { start: 1, signal: stopping.signal });
    const next = following.next();
    stopping.abort();
    expect(await next).toEqual({ value: undefined, done: true });
    expect(failing.watching).toBe(0);
  });
});

describe("a subscription", () => {
  it("rejects with the error of a read that is not a RecorderError", async () => {
    const recorder = memoryRecorder();
    await recorder.insertEvents(eventsOf(newId(), 1, 2));
    for (const failures of [[new TypeError("broken")], [undefined, new TypeError("broken")]]) {
      const failing = new FailingReads(recorder);
      failing.fail(...failures);
      const following = subscribe(failing, { start: 1 });
      await expect(following.next()).rejects.toThrow(new TypeError("broken"));
      expect(failing.watching).toBe(0);
      expect(await following.next()).toEqual({ value: undefined, done: true });
    }
  });

  it("rejects with InvalidArgumentError if an option is out of range", async () => {
    const batchSizes = [0, -1, 1.5].map((batchSize) => ({ batchSize }));
    for (const options of [...batchSizes, { batchBytes: 0 }, { batchBytes: Number.NaN }]) {
      const failing = new FailingReads(memoryRecorder());
      await expect(subscribe(failing, { start: 1, ...options }).next()).rejects.toThrow(InvalidArgumentError);
      expect(failing.watching).toBe(0);
    }
  });

  it("does not yield the batch that was read while it was aborted", async () => {
    const recorder = memoryRecorder();
    await recorder.insertEvents(eventsOf(newId(), 1, 2));
    const stopping = new AbortController();
    const abortedWhileReading = {
      watch: (listener: () => void) => recorder.watch(listener),
      maxNotificationId: () => recorder.maxNotificationId(),
      async selectNotifications(range: NotificationRange) {
        stopping.abort();
        return recorder.selectNotifications(range);
      },
    };
    const following = subscribe(abortedWhileReading, { start: 1, signal: stopping.signal });
    expect(await following.next()).toEqual({ value: undefined, done: true });
  });
});

describe("R9 a subscription", () => {
  /** Saves events, takes notifications, or lets the event loop turn. */
  const step = fc.oneof(
    fc.record({ save: fc.integer({ min: 1, max: 6 }) }),
    fc.record({ take: fc.integer({ min: 1, max: 8 }) }),
    fc.constant({ turn: true }),
  );
  const topics = ["Sample.Happened", "Sample.Other"];

  async function followed(steps: readonly object[], options: Omit<SubscriptionOptions, "start" | "signal">) {
    const recorder = memoryRecorder();
    const following = subscribe(recorder, { start: 1, ...options });
    const wanted: number[] = [];
    const given: Promise<IteratorResult<Notification, void>>[] = [];
    let recorded = 0;
    const save = (count: number, topic: string) => {
      const events = upTo(count).map(() => eventOf(newId(), 1, { topic }));
      for (const _ of events) {
        recorded += 1;
        if (options.topics?.includes(topic) ?? true) wanted.push(recorded);
      }
      return recorder.insertEvents(events);
    };
    const request = (count: number) => {
      for (const _ of upTo(count)) given.push(following.next());
    };
    for (const [index, one] of steps.entries()) {
      if ("save" in one) void save(Number(one.save), topics[index % 2] ?? "");
      else if ("take" in one) request(Number(one.take));
      else await new Promise(setImmediate);
    }
    // Records what was requested and is not recorded, and requests what was recorded and is not requested.
    while (wanted.length < given.length) await save(1, "Sample.Happened");
    request(wanted.length - given.length);
    const ids = (await Promise.all(given)).map(({ value }) => value?.id);
    await following.return();
    return { ids, wanted };
  }

  it("yields each notification once and in order, for all bursts, batch sizes and times of requests", async () => {
    const sizes = fc.integer({ min: 1, max: 9 });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), sizes, async (steps, batchSize) => {
        const { ids } = await followed(steps, { batchSize });
        expect(ids).toEqual(upTo(ids.length));
      }),
      { numRuns: 150 },
    );
  });

  it("yields each notification of the selected topics once and in order", async () => {
    const sizes = fc.integer({ min: 1, max: 9 });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), sizes, async (steps, batchSize) => {
        const { ids, wanted } = await followed(steps, { batchSize, topics: ["Sample.Happened"] });
        expect(ids).toEqual(wanted);
      }),
      { numRuns: 150 },
    );
  });
});

describe("the signal of subscriptions", () => {
  it("has one listener per subscription that runs", async () => {
    const recorder = memoryRecorder();
    const ending = new AbortController();
    const { signal } = ending;
    const given = upTo(3).map(() => subscribe(recorder, { start: 1, signal }).next());
    await new Promise(setImmediate);
    expect(getEventListeners(signal, "abort")).toHaveLength(3);
    ending.abort();
    for (const { done } of await Promise.all(given)) expect(done).toBe(true);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("has one listener while the recorder does not answer", async () => {
    const ending = new AbortController();
    const { signal } = ending;
    const silent = {
      ...memoryRecorder(),
      watch: () => () => {},
      maxNotificationId: () => new Promise<number>(() => {}),
    };
    const next = subscribe(silent as never, { start: 1, signal }).next();
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    ending.abort();
    expect((await next).done).toBe(true);
  });
});

describe("the reads of a subscription", () => {
  it("cover each range once, and follow a call of its listener", async () => {
    const recorder = memoryRecorder();
    const counted = new CountedReads(recorder);
    await following({}, async (follow) => {
      const seldom = follow(counted, { topics: ["Seldom"], batchSize: 2 });
      for (const round of upTo(4)) {
        const event = eventOf(newId(), 1, { topic: "Seldom" });
        await recorder.insertEvents([event, ...eventsOf(newId(), 1, 9)]);
        expect(await seldom.take(1)).toEqual([10 * round - 9]);
      }
    });
    let next = 1;
    for (const { start, stop = 0 } of counted.ranges) {
      expect(start).toBe(next);
      expect(stop).toBeGreaterThanOrEqual(start);
      next = stop + 1;
    }
    // One read of the last id finds that there are no more, and each call leads to another.
    expect(counted.lastIdReads).toBeLessThanOrEqual(1 + counted.calls + counted.ranges.length);
  });

  it("begin when the next notification is requested", async () => {
    const recorder = memoryRecorder();
    const counted = new CountedReads(recorder);
    await recorder.insertEvents(eventsOf(newId(), 1, 9));
    await following({}, async (follow) => {
      const follower = follow(counted, { batchSize: 3 });
      expect([counted.lastIdReads, counted.listeners]).toEqual([0, 0]);
      expect(await follower.take(3)).toEqual([1, 2, 3]);
      expect(counted.ranges).toHaveLength(1);
      expect(await follower.take(1)).toEqual([4]);
      expect(counted.ranges).toHaveLength(2);
      expect(await follower.take(5)).toEqual([5, 6, 7, 8, 9]);
      expect(counted.ranges.every(({ limit }) => limit === 3)).toBe(true);
    });
  });

  it("end early when the states exceed `batchBytes`", async () => {
    const recorder = memoryRecorder();
    const counted = new CountedReads(recorder);
    const sizes = [10, 10, 500, 10, 600, 10, 10, 10];
    await recorder.insertEvents(sizes.map((size) => eventOf(newId(), 1, { state: new Uint8Array(size) })));
    await following({}, async (follow) => {
      expect(await follow(counted, { batchBytes: 500 }).take(8)).toEqual(upTo(8));
    });
    expect(counted.ranges.map(({ start, stop }) => [start, stop])).toEqual([
      [1, 8],
      [4, 8],
      [6, 8],
    ]);
  });

  it("end, and the listener is removed, when the signal is aborted or the iteration is left", async () => {
    const recorder = memoryRecorder();
    const counted = new CountedReads(recorder);
    await recorder.insertEvents(eventsOf(newId(), 1, 3));
    await following({}, async (follow) => {
      const [waiting, midBatch, reading, unstarted] = [1, 2, 3, 4].map(() => follow(counted));
      await waiting?.take(3);
      const ends = [waiting?.hasEnded()];
      await midBatch?.take(1);
      ends.push(reading?.hasEnded());
      for (const follower of [waiting, midBatch, reading, unstarted]) follower?.abort();
      ends.push(midBatch?.hasEnded(), unstarted?.hasEnded(), waiting?.hasEnded());
      expect(await Promise.all(ends)).toEqual([true, true, true, true, true]);
      expect(counted.listeners).toBe(0);
      expect(await follow(recorder, { signal: AbortSignal.abort() }).hasEnded()).toBe(true);
      const left = follow(counted);
      await left.take(2);
      expect(counted.listeners).toBe(1);
      await left.leave();
      expect(counted.listeners).toBe(0);
    });
  });
});

/** Passes calls on to a recorder, and counts them. */
class CountedReads {
  readonly ranges: NotificationRange[] = [];
  lastIdReads = 0;
  /** Calls of listeners. */
  calls = 0;
  /** Present listeners. */
  listeners = 0;
  readonly #recorder: Recorder;

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  selectNotifications(range: NotificationRange) {
    this.ranges.push(range);
    return this.#recorder.selectNotifications(range);
  }

  maxNotificationId() {
    this.lastIdReads += 1;
    return this.#recorder.maxNotificationId();
  }

  watch(listener: () => void): () => void {
    const unwatch = this.#recorder.watch(() => {
      this.calls += 1;
      listener();
    });
    this.listeners += 1;
    return () => {
      this.listeners -= 1;
      unwatch();
    };
  }
}
