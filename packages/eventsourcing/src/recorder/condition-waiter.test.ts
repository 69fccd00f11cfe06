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
  it("ends for each caller once its notification is recorded", async () => {
    const recorder = await create();
    const log = new NotificationLog(recorder);
    expect(await log.waitFor(0, WAIT)).toBe(0);
    const waits = [1, 2, 3, 3].map((id) => log.waitFor(id, WAIT));
    for (let written = 1; written <= 3; written += 1) await recorder.insertEvents([eventOf(newId(), 1)]);
    const reached = await Promise.all(waits);
    for (const [index, id] of [1, 2, 3, 3].entries()) expect(reached[index]).toBeGreaterThanOrEqual(id);
    expect(await log.waitFor(2, { timeoutMs: 0 })).toBe(3);
  });

  it("rejects if the recorder is closed during the first read", async () => {
    const recorder = await create();
    const log = new NotificationLog(recorder);
    const waits = Promise.allSettled([1, 2].map((id) => log.waitFor(id, WAIT)));
    await recorder.close();
    const closed = { status: "rejected", reason: expect.any(RecorderClosedError) };
    expect(await waits).toEqual([closed, closed]);
  });

  it("resolves to the last id on timeout while other callers go on waiting", async () => {
    const recorder = await create();
    const log = new NotificationLog(recorder);
    await recorder.insertEvents([eventOf(newId(), 1)]);
    const patient = log.waitFor(2, WAIT);
    expect(await log.waitFor(2, { timeoutMs: 1 })).toBe(1);
    await recorder.insertEvents([eventOf(newId(), 1)]);
    expect(await patient).toBe(2);
  });
});

/** A waiter whose source the test controls, with counts of calls. */
function controlledWaiter() {
  const listeners = new Set<() => void>();
  const answers: (() => void)[] = [];
  const state = { lastId: 0, reads: 0, watched: 0, answers: true, failure: undefined as Error | undefined };
  const waiter = new ConditionWaiter({
    async read() {
      state.reads += 1;
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
    notify() {
      for (const listener of listeners) listener();
    },
    answer() {
      for (const resolve of answers.splice(0)) resolve();
    },
    wait: (id: number, options: { timeoutMs: number; signal?: AbortSignal }) =>
      waiter.wait(
        { check: (lastId) => (lastId >= id ? lastId : undefined), onTimeout: (lastId) => lastId },
        options,
      ),
  };
}

it("reads once for all callers", async () => {
  const { state, listeners, notify, wait } = controlledWaiter();
  const waits = Array.from({ length: 2_000 }, () => wait(5, WAIT));
  await expect.poll(() => state.watched).toBe(1);
  for (let id = 1; id <= 5; id += 1) {
    const { reads } = state;
    state.lastId = id;
    notify();
    await expect.poll(() => state.reads).toBeGreaterThan(reads);
  }
  expect(new Set(await Promise.all(waits))).toEqual(new Set([5]));
  // At the start, after the start of watching, five notifications, and a few backstops.
  expect(state.reads).toBeLessThan(100);
  expect(state.watched).toBe(1);
  await expect.poll(() => listeners.size).toBe(0);
});

it("watches only while a caller waits for a later state", async () => {
  const { state, listeners, wait } = controlledWaiter();
  expect(await wait(0, WAIT)).toBe(0);
  expect([state.reads, state.watched]).toEqual([1, 0]);
  await Promise.all([1, 2, 3].map(() => wait(5, { timeoutMs: 1 })));
  await expect.poll(() => listeners.size).toBe(0);
  const { reads } = state;
  await expect(wait(5, { timeoutMs: 1 })).resolves.toBe(0);
  expect(state.reads).toBeGreaterThan(reads);
});

it("rejects all callers if a read fails, and reads again for the next caller", async () => {
  const { state, listeners, notify, wait } = controlledWaiter();
  const waits = [1, 2].map((id) => wait(id, WAIT));
  await expect.poll(() => listeners.size).toBe(1);
  state.failure = new RecorderError("The database cannot be read", new Error("gone"));
  notify();
  for (const ended of waits) await expect(ended).rejects.toThrow(RecorderError);
  expect(listeners.size).toBe(0);
  state.failure = new RecorderClosedError();
  await expect(wait(1, WAIT)).rejects.toThrow(RecorderClosedError);
  state.failure = undefined;
  const next = wait(1, WAIT);
  await expect.poll(() => listeners.size).toBe(1);
  state.lastId = 1;
  notify();
  expect(await next).toBe(1);
});

it("rejects if no read answers in time, and reads again for the next caller", async () => {
  const { state, listeners, answer, wait } = controlledWaiter();
  state.answers = false;
  for (const timeoutMs of [0, 50, 1_100])
    await expect(wait(1, { timeoutMs })).rejects.toThrow(/has not answered within 1[01]00 ms/);
  expect(state.reads).toBe(1);
  const next = wait(1, WAIT);
  state.answers = true;
  state.lastId = 1;
  answer();
  expect(await next).toBe(1);
  expect(listeners.size).toBe(0);
});

it("waits for the first answer although the timeout is 0", async () => {
  const { state, answer, wait } = controlledWaiter();
  state.answers = false;
  const waits = [wait(1, { timeoutMs: 0 }), wait(0, { timeoutMs: 0 })];
  // Both waits time out.
  await new Promise((resolve) => setTimeout(resolve, 20));
  answer();
  expect(await waits[0]).toBe(0);
  // The second wait began during the first read, so it has a read of its own.
  answer();
  expect(await waits[1]).toBe(0);
});

it("gives no caller a state that was read before its call", async () => {
  const { state, answer, wait } = controlledWaiter();
  state.answers = false;
  const first = wait(0, WAIT);
  const second = wait(0, WAIT);
  state.lastId = 7;
  answer();
  expect(await first).toBe(0);
  await expect.poll(() => state.reads).toBe(2);
  answer();
  expect(await second).toBe(7);
});

it("rejects with the reason of the signal", async () => {
  const { state, wait } = controlledWaiter();
  state.answers = false;
  const controller = new AbortController();
  const aborted = wait(1, { ...WAIT, signal: controller.signal });
  controller.abort(new Error("gone"));
  await expect(aborted).rejects.toThrow("gone");
  await expect(wait(1, { ...WAIT, signal: controller.signal })).rejects.toThrow("gone");
  expect(state.reads).toBe(1);
});

it("rejects a wait for views with ViewBehindError, or RecorderError if the store does not answer", async () => {
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
