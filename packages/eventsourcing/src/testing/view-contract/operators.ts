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
    "a poisonous event stops its projection alone, by name, and can be retried",
    async (subject) => {
      const { store, backend, runnerOf } = subject;
      const recorder = memoryRecorder();
      let cured = false;
      let tries = 0;
      const onSection = (keys: readonly string[]): void => {
        if (!keys.includes("poison") || cured) return;
        if (keys.length === 1) tries += 1;
        throw new Error("cannot swallow this");
      };
      const projections = [sumsProjection(backend, "ill", { onSection }), sumsProjection(backend, "well")];
      const runner = runnerOf(recorder, store, projections, { maxAttempts: 3 });
      await pay(recorder, ...upTo(9).map(() => "a"), "poison", ...upTo(9).map(() => "b"));
      runner.start();
      await runner.waitFor(["well"], 19, WAIT);
      const error = await rejection(runner.waitFor(["ill"], 19, WAIT), ViewBehindError);
      assert.equal(error.position, 9);
      // Readers are told where it stopped, and not what a database may have said.
      assert.deepEqual(error.stopped, { notificationId: 10, topic: "Account.Paid" });
      assert.ok(!error.message.includes("swallow"), error.message);
      assert.equal(tries, 3);
      const [ill, well] = await runner.status();
      assert.equal(ill?.state, "stopped");
      assert.deepEqual(ill?.stopped, {
        notificationId: 10,
        topic: "Account.Paid",
        error: "cannot swallow this",
      });
      assert.equal(ill?.lag, 10);
      assert.equal(well?.state, "running");
      assert.deepEqual(await backend.sums(store, "ill"), { a: 9 });
      assert.deepEqual(await backend.sums(store, "well"), { a: 9, b: 9, poison: 1 });
      await runner.retry("ill");
      await until(() => tries === 4);
      await until(async () => (await runner.status())[0]?.state === "stopped");
      cured = true;
      await runner.retry("ill");
      await runner.waitFor(["ill"], 19, WAIT);
      assert.deepEqual(await backend.sums(store, "ill"), { a: 9, b: 9, poison: 1 });
      await runner.stop();
    },
  ),

  viewPromised("an event that the database refuses can be left out, by any process", async (subject) => {
    const { store, backend, reopen, runnerOf } = subject;
    const recorder = memoryRecorder();
    const ill = sumsProjection(backend, "sums", { impossibleKey: "poison" });
    const runner = runnerOf(recorder, store, [ill]);
    const operator = runnerOf(recorder, await reopen(), [ill]);
    await pay(recorder, "a", "b", "poison", "b", "poison");
    runner.start();
    for (const poisonous of [3, 5]) {
      await until(async () => (await operator.status())[0]?.stopped?.notificationId === poisonous);
      const wrong = new RegExp(
        `must be the one that "sums" is stopped at, ${poisonous}; it is ${poisonous + 1}`,
      );
      await assert.rejects(operator.skip("sums", poisonous + 1), wrong);
      await operator.skip("sums", poisonous);
    }
    await operator.waitFor(["sums"], 5, WAIT);
    assert.deepEqual(await backend.sums(store, "sums"), { a: 1, b: 2 });
    assert.deepEqual((await operator.status())[0]?.skipped, [3, 5]);
    await runner.stop();
  }),

  viewPromised(
    "what fails for a while is tried again, and stops nothing",
    async ({ store, backend, runnerOf }) => {
      const recorder = memoryRecorder();
      let failures = 5;
      const onSection = (): void => {
        failures -= 1;
        if (failures >= 0) throw new RecorderError("The database is away", new Error("no connection"));
      };
      const told: unknown[] = [];
      const onError = (error: unknown): void => void told.push(error);
      const projections = [sumsProjection(backend, "sums", { onSection })];
      const runner = runnerOf(recorder, store, projections, { maxAttempts: 1, onError });
      runner.start();
      await runner.waitFor(undefined, await pay(recorder, "a", "b"), WAIT);
      assert.deepEqual(await backend.sums(store, "sums"), { a: 1, b: 1 });
      assert.equal(told.length, 1);
      await runner.stop();
    },
  ),

  viewPromised("waits end with the view, with time, and with the one who waits", async (subject) => {
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
  }),
];
