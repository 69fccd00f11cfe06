import { expect, it } from "vitest";
import { onEachRecorder } from "../../../../test/recorders.ts";
import { RecorderClosedError, RecorderError } from "../errors.ts";
import type { Generation } from "../projections/view-store.ts";
import { ViewBehindError, ViewWaiter } from "../projections/view-waiter.ts";
import { eventOf, newId, rejection } from "../testing/sample-events.ts";
import { ConditionWaiter } from "./condition-waiter.ts";
import { NotificationLog } from "./notification-log.ts";

const WAIT = { timeoutMs: 60_000 };

onEachRecorder("waiting for a notification", (create) => {
  it("ends when it was recorded, by whoever waits for which one", async () => {
    const recorder = await create();
    const log = new NotificationLog(recorder);
    expect(await log.waitFor(0, WAIT)).toBe(0);
    const waits = [1, 2, 3, 3].map((id) => log.waitFor(id, WAIT));
    for (let written = 1; written <= 3; written += 1) await recorder.insertEvents([eventOf(newId(), 1)]);
    const reached = await Promise.all(waits);
    for (const [index, id] of [1, 2, 3, 3].entries()) expect(reached[index]).toBeGreaterThanOrEqual(id);
    expect(await log.waitFor(2, { timeoutMs: 0 })).toBe(3);
  });

  it("ends with an error when the recorder is closed as it begins", async () => {
    const recorder = await create();
    const log = new NotificationLog(recorder);
    const waits = Promise.allSettled([1, 2].map((id) => log.waitFor(id, WAIT)));
    await recorder.close();
    const closed = { status: "rejected", reason: expect.any(RecorderClosedError) };
    expect(await waits).toEqual([closed, closed]);
  });

  it("ends after its time with what there is, while others go on waiting", async () => {
    const recorder = await create();
    const log = new NotificationLog(recorder);
    await recorder.insertEvents([eventOf(newId(), 1)]);
    const patient = log.waitFor(2, WAIT);
    expect(await log.waitFor(2, { timeoutMs: 1 })).toBe(1);
    await recorder.insertEvents([eventOf(newId(), 1)]);
    expect(await patient).toBe(2);
  });
});

/** A record that grows by hand, answers when it is told to, and counts what is asked of it. */
function record() {
  const listeners = new Set<() => void>();
  const answers: (() => void)[] = [];
  const state = { lastId: 0, asked: 0, watched: 0, answers: true, failure: undefined as Error | undefined };
  const waiting = new ConditionWaiter({
    async ask() {
      state.asked += 1;
      const { lastId, failure } = state;
      if (!state.answers) await new Promise<void>((resolve) => answers.push(resolve));
      if (failure) throw failure;
      return lastId;
    },
    watch(listener: () => void) {
      listeners.add(listener);
      state.watched += 1;
      return () => listeners.delete(listener);
    },
  });
  return {
    state,
    listeners,
    ring() {
      for (const listener of listeners) listener();
    },
    answer() {
      for (const resolve of answers.splice(0)) resolve();
    },
    wait: (id: number, options: { timeoutMs: number; signal?: AbortSignal }) =>
      waiting.wait(
        { met: (lastId) => (lastId >= id ? lastId : undefined), late: (lastId) => lastId },
        options,
      ),
  };
}

it("asks once for all who wait", async () => {
  const { state, listeners, ring, wait } = record();
  const waits = Array.from({ length: 2_000 }, () => wait(5, WAIT));
  await expect.poll(() => state.watched).toBe(1);
  for (let id = 1; id <= 5; id += 1) {
    const { asked } = state;
    state.lastId = id;
    ring();
    await expect.poll(() => state.asked).toBeGreaterThan(asked);
  }
  expect(new Set(await Promise.all(waits))).toEqual(new Set([5]));
  // As they came, as it was listened, five times for what was told, and now and then without being told.
  expect(state.asked).toBeLessThan(100);
  expect(state.watched).toBe(1);
  await expect.poll(() => listeners.size).toBe(0);
});

it("listens to nothing for what is there, nor when nobody waits any more", async () => {
  const { state, listeners, wait } = record();
  expect(await wait(0, WAIT)).toBe(0);
  expect([state.asked, state.watched]).toEqual([1, 0]);
  await Promise.all([1, 2, 3].map(() => wait(5, { timeoutMs: 1 })));
  await expect.poll(() => listeners.size).toBe(0);
  const { asked } = state;
  await expect(wait(5, { timeoutMs: 1 })).resolves.toBe(0);
  expect(state.asked).toBeGreaterThan(asked);
});

it("ends for all when the record fails, and begins anew for the next", async () => {
  const { state, listeners, ring, wait } = record();
  const waits = [1, 2].map((id) => wait(id, WAIT));
  await expect.poll(() => listeners.size).toBe(1);
  state.failure = new RecorderError("The database cannot be read", new Error("gone"));
  ring();
  for (const ended of waits) await expect(ended).rejects.toThrow(RecorderError);
  expect(listeners.size).toBe(0);
  state.failure = new RecorderClosedError();
  await expect(wait(1, WAIT)).rejects.toThrow(RecorderClosedError);
  state.failure = undefined;
  const next = wait(1, WAIT);
  await expect.poll(() => listeners.size).toBe(1);
  state.lastId = 1;
  ring();
  expect(await next).toBe(1);
});

it("ends with an error when there is no answer in time, and begins anew for the next", async () => {
  const { state, listeners, answer, wait } = record();
  state.answers = false;
  for (const timeoutMs of [0, 50, 1_100])
    await expect(wait(1, { timeoutMs })).rejects.toThrow(/has not answered in 1[01]00 ms/);
  expect(state.asked).toBe(1);
  const patient = wait(1, WAIT);
  state.answers = true;
  state.lastId = 1;
  answer();
  expect(await patient).toBe(1);
  expect(listeners.size).toBe(0);
});

it("waits a while for the first answer, also for who does not wait", async () => {
  const { state, answer, wait } = record();
  state.answers = false;
  const waits = [wait(1, { timeoutMs: 0 }), wait(0, { timeoutMs: 0 })];
  // Until the time of both is over.
  await new Promise((resolve) => setTimeout(resolve, 20));
  answer();
  expect(await waits[0]).toBe(0);
  // It came while that was asked.
  answer();
  expect(await waits[1]).toBe(0);
});

it("tells nobody how it was before he came", async () => {
  const { state, answer, wait } = record();
  state.answers = false;
  const first = wait(0, WAIT);
  const second = wait(0, WAIT);
  state.lastId = 7;
  answer();
  expect(await first).toBe(0);
  await expect.poll(() => state.asked).toBe(2);
  answer();
  expect(await second).toBe(7);
});

it("ends with the one who waits", async () => {
  const { state, wait } = record();
  state.answers = false;
  const leaving = new AbortController();
  const left = wait(1, { ...WAIT, signal: leaving.signal });
  leaving.abort(new Error("gone"));
  await expect(left).rejects.toThrow("gone");
  await expect(wait(1, { ...WAIT, signal: leaving.signal })).rejects.toThrow("gone");
  expect(state.asked).toBe(1);
});

it("ends for views with what is wrong: that they are behind, or that nobody says where they are", async () => {
  const sums: Generation = {
    view: "sums",
    number: 1,
    version: 1,
    active: true,
    position: 3,
    eventId: undefined,
    processed: 3,
    skipped: [],
    stopped: undefined,
  };
  const store = { generations: async () => [sums], watch: () => () => {} };
  const behind = await rejection(new ViewWaiter(store).wait(["sums"], 4, { timeoutMs: 1 }), ViewBehindError);
  expect(behind.position).toBe(3);
  const silent = new ViewWaiter({ ...store, generations: () => new Promise<never>(() => {}) });
  await rejection(silent.wait(["sums"], 4, { timeoutMs: 1 }), RecorderError);
});
