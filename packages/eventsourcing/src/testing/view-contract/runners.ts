import assert from "node:assert/strict";
import { RecorderError } from "../../errors.ts";
import { memoryRecorder } from "../../memory/memory-recorder.ts";
import { upTo } from "../sample-events.ts";
import { audit, pay, sumsProjection } from "../sample-view.ts";
import { until, viewPromised } from "./view-case.ts";
import { gate, LONG_MS, WAIT, withMethods } from "./view-runners.ts";

export const runnerCases = [
  viewPromised("R10 projects every notification if it starts during a burst", async (subject) => {
    const { store, backend, runnerOf } = subject;
    const recorder = memoryRecorder();
    const runner = runnerOf(recorder, store, [sumsProjection(backend, "sums")], { batchSize: 64 });
    const saves: Promise<number>[] = [];
    for (const index of upTo(400)) {
      saves.push(pay(recorder, `key ${index % 7}`, "all"));
      if (index === 150) runner.start();
      if (index % 10 === 0) await Promise.all(saves);
    }
    const ids = await Promise.all(saves);
    await runner.waitFor(["sums"], Math.max(...ids), WAIT);
    const sums = await backend.sums(store, "sums");
    const expected = Object.fromEntries(upTo(7).map((key) => [`key ${key % 7}`, key % 7 === 1 ? 58 : 57]));
    assert.deepEqual(sums, { ...expected, all: 400 });
    await runner.stop();
  }),

  viewPromised(
    "advances a view past notifications that it does not handle",
    async ({ store, backend, runnerOf }) => {
      const recorder = memoryRecorder();
      const runner = runnerOf(recorder, store, [sumsProjection(backend, "sums")]);
      runner.start();
      await pay(recorder, "a");
      const last = await audit(recorder, "a");
      await runner.waitFor(undefined, last, WAIT);
      assert.deepEqual(await backend.sums(store, "sums"), { a: 1 });
      const [status] = await runner.status();
      assert.deepEqual(status, {
        name: "sums",
        state: "running",
        runner: "here",
        version: 1,
        position: 2,
        lag: 0,
        ratePerSecond: undefined,
        processed: 1,
        skipped: [],
        stopped: undefined,
        error: undefined,
        next: undefined,
      });
      await runner.stop();
      assert.equal((await runner.status())[0]?.state, "idle");
    },
  ),

  viewPromised(
    "R10 loses and repeats nothing after a crash before, during or after a write",
    async (subject) => {
      const { store, backend, reopen, runnerOf } = subject;
      const recorder = memoryRecorder();
      await pay(recorder, ...upTo(50).map((index) => `key ${index % 5}`));
      for (const when of ["before", "after"] as const) {
        const crash = gate();
        const other = await reopen();
        let writes = 0;
        const crashing = withMethods(other, {
          async write(write) {
            writes += 1;
            // The process ends here.
            if (writes > 2 && when === "after") await other.write(write);
            if (writes > 2) {
              crash.open();
              throw new RecorderError("The process is gone", new Error("killed"));
            }
            await other.write(write);
          },
        });
        const runner = runnerOf(recorder, crashing, [sumsProjection(backend, "sums")], { batchSize: 7 });
        runner.start();
        await crash.opened;
        await runner.stop();
      }
      const runner = runnerOf(recorder, store, [sumsProjection(backend, "sums")], { batchSize: 7 });
      runner.start();
      await runner.waitFor(["sums"], 50, WAIT);
      const expected = Object.fromEntries(upTo(5).map((index) => [`key ${index - 1}`, 10]));
      assert.deepEqual(await backend.sums(store, "sums"), expected);
      await runner.stop();
    },
  ),

  viewPromised("R10 processes each notification once with two runners", async (subject) => {
    const { store, backend, reopen, runnerOf } = subject;
    const recorder = memoryRecorder();
    const other = await reopen();
    const runners = [store, other].map((one) =>
      runnerOf(recorder, one, [sumsProjection(backend, "sums"), sumsProjection(backend, "more")], {
        batchSize: 5,
      }),
    );
    for (const runner of runners) runner.start();
    for (const _ of upTo(60)) await pay(recorder, "a", "b");
    await runners[0]?.waitFor(undefined, 120, WAIT);
    for (const view of ["sums", "more"]) {
      assert.deepEqual(await backend.sums(store, view), { a: 60, b: 60 });
      const holders = (await Promise.all(runners.map((runner) => runner.status()))).map(
        (statuses) => statuses.find(({ name }) => name === view)?.runner,
      );
      assert.deepEqual(holders.toSorted(), ["elsewhere", "here"]);
    }
    await Promise.all(runners.map((runner) => runner.stop()));
  }),

  viewPromised("hands over at once when a runner stops", async ({ store, backend, reopen, runnerOf }) => {
    const recorder = memoryRecorder();
    const first = runnerOf(recorder, store, [sumsProjection(backend, "sums")], { leaseTtlMs: LONG_MS });
    first.start();
    await first.waitFor(undefined, await pay(recorder, "a"), WAIT);
    const second = runnerOf(recorder, await reopen(), [sumsProjection(backend, "sums")]);
    second.start();
    await first.stop();
    await second.waitFor(undefined, await pay(recorder, "a"), WAIT);
    assert.deepEqual(await backend.sums(store, "sums"), { a: 2 });
    await second.stop();
  }),

  viewPromised("replaces a runner that hangs, and rejects its late write", async (subject) => {
    const { store, backend, reopen, runnerOf } = subject;
    const recorder = memoryRecorder();
    const resume = gate();
    const asleep = gate();
    let hangs = false;
    const hanging = withMethods(store, {
      acquireLease: async (lease, ttlMs) => hangs || store.acquireLease(lease, ttlMs),
      async write(write) {
        if (write.from === 3) {
          hangs = true;
          asleep.open();
          await resume.opened;
        }
        await store.write(write);
      },
    });
    const settings = { leaseTtlMs: 60, batchSize: 3 };
    const first = runnerOf(recorder, hanging, [sumsProjection(backend, "sums")], settings);
    await pay(recorder, "a", "b", "c", "a", "b", "c", "a");
    first.start();
    await asleep.opened;
    const second = runnerOf(recorder, await reopen(), [sumsProjection(backend, "sums")], {
      leaseTtlMs: LONG_MS,
      batchSize: 1,
    });
    second.start();
    await second.waitFor(undefined, 7, WAIT);
    hangs = false;
    resume.open();
    await until(async () => (await first.status())[0]?.runner === "elsewhere");
    await first.stop();
    await second.waitFor(undefined, await pay(recorder, "d"), WAIT);
    assert.deepEqual(await backend.sums(store, "sums"), { a: 3, b: 2, c: 2, d: 1 });
    await second.stop();
  }),
];
