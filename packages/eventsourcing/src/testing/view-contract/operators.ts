import assert from "node:assert/strict";
import { RecorderError } from "../../errors.ts";
import { memoryRecorder } from "../../memory/memory-recorder.ts";
import { ViewBehindError } from "../../projections/view-waiter.ts";
import { rejection, upTo } from "../sample-events.ts";
import { pay, sumsProjection } from "../sample-view.ts";
import { until, viewPromised } from "./view-case.ts";
import { WAIT } from "./view-runners.ts";

export const operatorCases = [
  viewPromised(
    "stops only the projection that an event fails in, names the event, and retries it",
    async (subject) => {
      const { store, backend, runnerOf } = subject;
      const recorder = memoryRecorder();
      let fixed = false;
      let tries = 0;
      const onBatch = (keys: readonly string[]): void => {
        if (!keys.includes("failing") || fixed) return;
        if (keys.length === 1) tries += 1;
        throw new Error("cannot project this");
      };
      const projections = [
        sumsProjection(backend, "failing", { onBatch }),
        sumsProjection(backend, "healthy"),
      ];
      const runner = runnerOf(recorder, store, projections, { maxAttempts: 3 });
      await pay(recorder, ...upTo(9).map(() => "a"), "failing", ...upTo(9).map(() => "b"));
      runner.start();
      await runner.waitFor(["healthy"], 19, WAIT);
      const error = await rejection(runner.waitFor(["failing"], 19, WAIT), ViewBehindError);
      assert.equal(error.position, 9);
      // Readers may see this error, so it does not quote the database.
      assert.deepEqual(error.stopped, { notificationId: 10, topic: "Account.Paid" });
      assert.ok(!error.message.includes("cannot project"), error.message);
      assert.equal(tries, 3);
      const [failing, healthy] = await runner.status();
      assert.equal(failing?.state, "stopped");
      assert.deepEqual(failing?.stopped, {
        notificationId: 10,
        topic: "Account.Paid",
        error: "cannot project this",
      });
      assert.equal(failing?.lag, 10);
      assert.equal(healthy?.state, "running");
      assert.deepEqual(await backend.sums(store, "failing"), { a: 9 });
      assert.deepEqual(await backend.sums(store, "healthy"), { a: 9, b: 9, failing: 1 });
      await runner.retry("failing");
      await until(() => tries === 4);
      await until(async () => (await runner.status())[0]?.state === "stopped");
      fixed = true;
      await runner.retry("failing");
      await runner.waitFor(["failing"], 19, WAIT);
      assert.deepEqual(await backend.sums(store, "failing"), { a: 9, b: 9, failing: 1 });
      await runner.stop();
    },
  ),

  viewPromised("skips an event whose changes the database refuses, from any process", async (subject) => {
    const { store, backend, reopen, runnerOf } = subject;
    const recorder = memoryRecorder();
    const projection = sumsProjection(backend, "sums", { impossibleKey: "failing" });
    const runner = runnerOf(recorder, store, [projection]);
    const operator = runnerOf(recorder, await reopen(), [projection]);
    await pay(recorder, "a", "b", "failing", "b", "failing");
    runner.start();
    for (const failed of [3, 5]) {
      await until(async () => (await operator.status())[0]?.stopped?.notificationId === failed);
      const wrong = new RegExp(`must be the one that "sums" is stopped at, ${failed}; it is ${failed + 1}`);
      await assert.rejects(operator.skip("sums", failed + 1), wrong);
      await operator.skip("sums", failed);
    }
    await operator.waitFor(["sums"], 5, WAIT);
    assert.deepEqual(await backend.sums(store, "sums"), { a: 1, b: 2 });
    assert.deepEqual((await operator.status())[0]?.skipped, [3, 5]);
    await runner.stop();
  }),

  viewPromised("retries temporary failures without stopping", async ({ store, backend, runnerOf }) => {
    const recorder = memoryRecorder();
    let failures = 5;
    const onBatch = (): void => {
      failures -= 1;
      if (failures >= 0) throw new RecorderError("The database is away", new Error("no connection"));
    };
    const reported: unknown[] = [];
    const onError = (error: unknown): void => void reported.push(error);
    const projections = [sumsProjection(backend, "sums", { onBatch })];
    const runner = runnerOf(recorder, store, projections, { maxAttempts: 1, onError });
    runner.start();
    await runner.waitFor(undefined, await pay(recorder, "a", "b"), WAIT);
    assert.deepEqual(await backend.sums(store, "sums"), { a: 1, b: 1 });
    assert.equal(reported.length, 1);
    await runner.stop();
  }),

  viewPromised(
    "ends a wait when the view arrives, at the timeout and when it is aborted",
    async (subject) => {
      const { store, backend, reopen, runnerOf } = subject;
      const recorder = memoryRecorder();
      const projections = [sumsProjection(backend, "sums"), sumsProjection(backend, "more")];
      const waiting = runnerOf(recorder, await reopen(), projections);
      const runner = runnerOf(recorder, store, projections);
      const last = await pay(recorder, "a");
      const behind = await rejection(waiting.waitFor(["sums"], last, { timeoutMs: 20 }), ViewBehindError);
      assert.deepEqual([behind.view, behind.position], ["sums", 0]);
      const leaving = new AbortController();
      const left = waiting.waitFor(["sums"], last, { ...WAIT, signal: leaving.signal });
      leaving.abort(new Error("gone"));
      await assert.rejects(left, /gone/);
      const waits = upTo(200).map((id) => waiting.waitFor(undefined, id, WAIT));
      runner.start();
      await Promise.all([...waits, ...upTo(199).map(() => pay(recorder, "a"))]);
      assert.deepEqual(await backend.sums(store, "more"), { a: 200 });
      await waiting.waitFor(["sums"], 200, { timeoutMs: 0 });
      await assert.rejects(async () => waiting.waitFor(["other"], 1, WAIT), /must be one of sums, more/);
      await runner.stop();
    },
  ),
];
