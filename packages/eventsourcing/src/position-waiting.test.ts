import { expect, it } from "vitest";
import { onEachRecorder } from "../../../test/recorders.ts";
import { RecorderClosedError, RecorderError } from "./errors.ts";
import { NotificationLog } from "./notification-log.ts";
import { PositionWaiting } from "./position-waiting.ts";
import { eventOf, newId } from "./testing/sample-events.ts";

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

/** A record that grows by hand, and counts what is asked of it. */
function record() {
  const listeners = new Set<() => void>();
  const state = { lastId: 0, asked: 0, watched: 0, failure: undefined as Error | undefined };
  const recorder = {
    async maxNotificationId() {
      state.asked += 1;
      const { lastId, failure } = state;
      if (failure) throw failure;
      return lastId;
    },
    watch(listener: () => void) {
      listeners.add(listener);
      state.watched += 1;
      return () => listeners.delete(listener);
    },
  };
  const ring = () => {
    for (const listener of listeners) listener();
  };
  return { state, listeners, ring, waiting: new PositionWaiting(recorder) };
}

it("asks once for each who comes, and then once for all", async () => {
  const { state, listeners, ring, waiting } = record();
  const waits = Array.from({ length: 2_000 }, () => waiting.wait(5, WAIT));
  await expect.poll(() => state.watched).toBe(1);
  for (let id = 1; id <= 5; id += 1) {
    const { asked } = state;
    state.lastId = id;
    ring();
    await expect.poll(() => state.asked).toBeGreaterThan(asked);
  }
  expect(new Set(await Promise.all(waits))).toEqual(new Set([5]));
  // Once for each that came, five times for what was told, and now and then without being told.
  expect(state.asked).toBeLessThan(2_100);
  expect(state.watched).toBe(1);
  await expect.poll(() => listeners.size).toBe(0);
});

it("watches nothing when nobody waits any more", async () => {
  const { state, listeners, waiting } = record();
  await Promise.all([1, 2, 3].map(() => waiting.wait(5, { timeoutMs: 1 })));
  await expect.poll(() => listeners.size).toBe(0);
  const { asked } = state;
  await expect(waiting.wait(5, { timeoutMs: 1 })).resolves.toBe(0);
  expect(state.asked).toBeGreaterThan(asked);
});

it("ends for all when the record fails, and begins anew for the next", async () => {
  const { state, listeners, ring, waiting } = record();
  const waits = [1, 2].map((id) => waiting.wait(id, WAIT));
  await expect.poll(() => state.asked).toBeGreaterThanOrEqual(3);
  state.failure = new RecorderError("The database cannot be read", new Error("gone"));
  ring();
  for (const wait of waits) await expect(wait).rejects.toThrow(RecorderError);
  expect(listeners.size).toBe(0);
  state.failure = new RecorderClosedError();
  await expect(waiting.wait(1, WAIT)).rejects.toThrow(RecorderClosedError);
  state.failure = undefined;
  const next = waiting.wait(1, WAIT);
  await expect.poll(() => listeners.size).toBe(1);
  state.lastId = 1;
  ring();
  expect(await next).toBe(1);
});
