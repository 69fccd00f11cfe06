import assert from "node:assert/strict";
import { memoryRecorder } from "../../memory/memory-recorder.ts";
import type { RebuildProgress } from "../../projections/rebuild.ts";
import { EventLogMismatchError } from "../../projections/view-errors.ts";
import { ViewBehindError } from "../../projections/view-waiter.ts";
import { rejection, upTo } from "../sample-events.ts";
import { audit, pay, sumsProjection } from "../sample-view.ts";
import { until, viewPromised } from "./view-case.ts";
import { gate, LONG_MS, WAIT, withMethods } from "./view-runners.ts";

const HUNDRED = upTo(100).map((index) => `key ${index % 4}`);

export const rebuildCases = [
  viewPromised("rebuilds a view beside the old one, which stays readable and current", async (subject) => {
    const { store, backend, runnerOf } = subject;
    const recorder = memoryRecorder();
    const seen: Readonly<Record<string, number>>[] = [];
    let activePosition = 0;
    const observed = withMethods(store, {
      async write(write) {
        await store.write(write);
        if (write.generation.number === 1 || write.to !== 50) return;
        seen.push(await backend.sums(store, "sums"));
        await pay(recorder, "late");
      },
      async activate(generation, lease) {
        const [active] = await store.generations("sums");
        activePosition = active?.position ?? 0;
        await store.activate(generation, lease);
      },
    });
    await pay(recorder, ...HUNDRED);
    const runner = runnerOf(recorder, observed, [sumsProjection(backend, "sums")], { batchSize: 10 });
    runner.start();
    await runner.waitFor(undefined, 100, WAIT);
    const before = await backend.sums(store, "sums");
    const progress: RebuildProgress[] = [];
    await runner.rebuild("sums", { onProgress: (now) => progress.push(now) });
    assert.deepEqual(seen, [before]);
    assert.equal(activePosition, 101);
    assert.deepEqual(await backend.sums(store, "sums"), { ...before, late: 1 });
    const [rebuilt, ...others] = await store.generations("sums");
    assert.deepEqual(others, []);
    assert.deepEqual([rebuilt?.position, rebuilt?.processed, rebuilt?.active], [101, 101, true]);
    const done = progress.map((now) => now.done);
    assert.deepEqual(
      done,
      done.toSorted((a, b) => a - b),
    );
    assert.equal(progress.at(-1)?.done, progress.at(-1)?.total);
    await runner.stop();
  }),

  viewPromised(
    "rebuilds a view whose version is raised, which an older program leaves alone",
    async (subject) => {
      const { store, backend, reopen, runnerOf } = subject;
      const recorder = memoryRecorder();
      await pay(recorder, "a", "a", "b");
      const old = runnerOf(recorder, store, [sumsProjection(backend, "sums")]);
      old.start();
      await old.waitFor(undefined, 3, WAIT);
      const building = gate();
      const readOn = gate();
      const onBatch = async (): Promise<void> => {
        building.open();
        await readOn.opened;
      };
      const raised = sumsProjection(backend, "sums", { version: 2, factor: 10, onBatch });
      const runner = runnerOf(recorder, await reopen(), [raised]);
      runner.start();
      await building.opened;
      assert.equal((await runner.status())[0]?.state, "rebuilding");
      await old.waitFor(undefined, await pay(recorder, "b"), WAIT);
      assert.deepEqual(await backend.sums(store, "sums"), { a: 2, b: 2 });
      readOn.open();
      await until(async () => (await runner.status())[0]?.version === 2);
      await runner.waitFor(undefined, await pay(recorder, "a"), WAIT);
      assert.deepEqual(await backend.sums(store, "sums"), { a: 30, b: 20 });
      await old.stop();
      const again = runnerOf(recorder, store, [sumsProjection(backend, "sums")]);
      again.start();
      await until(async () => (await again.status())[0]?.runner === "here");
      await runner.waitFor(undefined, await pay(recorder, "a"), WAIT);
      assert.deepEqual(
        (await store.generations("sums")).map(({ version }) => version),
        [2],
      );
      await Promise.all([again.stop(), runner.stop()]);
    },
  ),

  viewPromised(
    "continues an interrupted rebuild where it ended",
    async ({ store, backend, reopen, runnerOf }) => {
      const recorder = memoryRecorder();
      await pay(recorder, ...HUNDRED);
      const first = runnerOf(recorder, store, [sumsProjection(backend, "sums")], { batchSize: 10 });
      first.start();
      await first.waitFor(undefined, 100, WAIT);
      await first.stop();
      const half = gate();
      let killed = false;
      const other = await reopen();
      const dying = withMethods(other, {
        // A killed process renews no lease and writes nothing.
        acquireLease: async (lease, ttlMs) => killed || other.acquireLease(lease, ttlMs),
        async write(write) {
          killed ||= write.from >= 50;
          if (killed) half.open();
          await (killed ? new Promise(() => {}) : other.write(write));
        },
      });
      const raised = { version: 2, factor: 10 };
      const settings = { batchSize: 10, leaseTtlMs: 60, stopTimeoutMs: 10 };
      runnerOf(recorder, dying, [sumsProjection(backend, "sums", raised)], settings).start();
      await half.opened;
      let handled = 0;
      const onBatch = (keys: readonly string[]): void => {
        handled += keys.length;
      };
      const second = runnerOf(recorder, store, [sumsProjection(backend, "sums", { ...raised, onBatch })]);
      second.start();
      await until(async () => (await second.status())[0]?.version === 2);
      assert.equal(handled, 50);
      assert.deepEqual(
        await backend.sums(store, "sums"),
        Object.fromEntries(upTo(4).map((index) => [`key ${index - 1}`, 250])),
      );
      await second.stop();
    },
  ),

  viewPromised("rebuilds once if two processes start with a raised version", async (subject) => {
    const { store, backend, reopen, runnerOf } = subject;
    const recorder = memoryRecorder();
    await pay(recorder, ...HUNDRED);
    const old = runnerOf(recorder, store, [sumsProjection(backend, "sums")]);
    old.start();
    await old.waitFor(undefined, 100, WAIT);
    await old.stop();
    let handled = 0;
    const onBatch = (keys: readonly string[]): void => {
      handled += keys.length;
    };
    const runners = [store, await reopen()].map((one) =>
      runnerOf(recorder, one, [sumsProjection(backend, "sums", { version: 2, onBatch })], {
        batchSize: 10,
      }),
    );
    for (const runner of runners) runner.start();
    await until(async () => (await store.generations("sums"))[0]?.version === 2);
    await runners[0]?.waitFor(undefined, 100, WAIT);
    assert.equal(handled, 100);
    assert.equal((await store.generations("sums")).length, 1);
    await Promise.all(runners.map((runner) => runner.stop()));
  }),

  viewPromised(
    "reports an event that fails in a rebuild, and keeps the old view current",
    async (subject) => {
      const { store, backend, runnerOf } = subject;
      const recorder = memoryRecorder();
      await pay(recorder, ...HUNDRED, "failing");
      let fails = false;
      const onBatch = (keys: readonly string[]): void => {
        if (fails && keys.includes("failing")) throw new Error("cannot project this");
      };
      const runner = runnerOf(recorder, store, [sumsProjection(backend, "sums", { onBatch })]);
      runner.start();
      await runner.waitFor(undefined, 101, WAIT);
      fails = true;
      const error = await rejection(runner.rebuild("sums"), ViewBehindError);
      assert.equal(error.stopped?.notificationId, 101);
      await runner.waitFor(undefined, await pay(recorder, "b"), WAIT);
      const [stopped] = await runner.status();
      assert.equal(stopped?.state, "rebuild-stopped");
      assert.deepEqual([stopped?.stopped, stopped?.next?.stopped?.notificationId], [undefined, 101]);
      const { failing, ...sums } = await backend.sums(store, "sums");
      assert.equal(failing, 1);
      await runner.skip("sums", 101);
      await until(async () => (await runner.status())[0]?.state === "running");
      const [status] = await runner.status();
      assert.deepEqual([status?.skipped, status?.version], [[101], 1]);
      assert.deepEqual(await backend.sums(store, "sums"), sums);
      await runner.stop();
    },
  ),

  viewPromised("reads notifications once for projections that are built together", async (subject) => {
    const { store, backend, runnerOf } = subject;
    const recorder = memoryRecorder();
    await pay(recorder, ...HUNDRED);
    let reads = 0;
    const counting = Object.assign(Object.create(recorder) as typeof recorder, {
      selectNotifications: (...args: Parameters<typeof recorder.selectNotifications>) => {
        reads += 1;
        return recorder.selectNotifications(...args);
      },
      maxNotificationId: () => recorder.maxNotificationId(),
      watch: (listener: () => void) => recorder.watch(listener),
    });
    const projections = ["one", "two", "three"].map((name) => sumsProjection(backend, name));
    const runner = runnerOf(counting, store, projections, { batchSize: 10 });
    runner.start();
    await runner.waitFor(undefined, 100, WAIT);
    assert.ok(reads < 3 * 10, `${reads} reads of 10 batches for 3 projections`);
    await runner.stop();
  }),

  viewPromised("rebuilds a view that is ahead of restored events", async (subject) => {
    const { store, backend, runnerOf } = subject;
    const recorder = memoryRecorder();
    const runner = runnerOf(recorder, store, [sumsProjection(backend, "sums")]);
    runner.start();
    await runner.waitFor(undefined, await pay(recorder, "kept", "lost", "lost"), WAIT);
    await runner.stop();
    const restored = memoryRecorder();
    await pay(restored, "kept");
    const again = runnerOf(restored, store, [sumsProjection(backend, "sums")]);
    again.start();
    await until(async () => (await store.generations("sums"))[0]?.position === 1);
    assert.deepEqual(await backend.sums(store, "sums"), { kept: 1 });
    assert.equal((await store.generations("sums")).length, 1);
    await again.stop();
  }),

  viewPromised(
    "rebuilds and reports a view that was built from another event log, and keeps it readable",
    async (subject) => {
      const { store, backend, runnerOf } = subject;
      const recorder = memoryRecorder();
      const runner = runnerOf(recorder, store, [sumsProjection(backend, "sums")]);
      runner.start();
      await runner.waitFor(undefined, await pay(recorder, "kept", "lost"), WAIT);
      await runner.stop();
      // At the position of the view, an event that it does not handle; then one that it does.
      const restored = memoryRecorder();
      await pay(restored, "kept");
      await audit(restored, "new");
      await pay(restored, "new");
      const seen: Readonly<Record<string, number>>[] = [];
      const observed = withMethods(store, {
        async activate(generation, lease) {
          seen.push(await backend.sums(store, "sums"));
          await store.activate(generation, lease);
        },
      });
      const reported: unknown[] = [];
      const onError = (error: unknown): void => void reported.push(error);
      const again = runnerOf(restored, observed, [sumsProjection(backend, "sums")], { onError });
      again.start();
      await until(async () => seen.length === 1 && (await store.generations("sums")).length === 1);
      await again.waitFor(undefined, 3, WAIT);
      assert.deepEqual(seen, [{ kept: 1, lost: 1 }]);
      assert.deepEqual(await backend.sums(store, "sums"), { kept: 1, new: 1 });
      assert.deepEqual(
        reported.map((error) => error instanceof EventLogMismatchError && [error.view, error.position]),
        [["sums", 2]],
      );
      await again.stop();
    },
  ),

  viewPromised("restarts an interrupted rebuild that was made of another event log", async (subject) => {
    const { store, backend, runnerOf } = subject;
    const recorder = memoryRecorder();
    await pay(recorder, ...HUNDRED);
    const half = gate();
    let killed = false;
    const dying = withMethods(store, {
      // A killed process renews no lease.
      acquireLease: async (lease, ttlMs) => killed || store.acquireLease(lease, ttlMs),
      async write(write) {
        await store.write(write);
        killed ||= write.generation.number > 1 && write.to === 50;
        if (!killed) return;
        half.open();
        await new Promise(() => {});
      },
    });
    const settings = { batchSize: 10, leaseTtlMs: 60, stopTimeoutMs: 10 };
    const first = runnerOf(recorder, dying, [sumsProjection(backend, "sums")], settings);
    first.start();
    await first.waitFor(undefined, 100, WAIT);
    await store.create(sumsProjection(backend, "sums"));
    await half.opened;
    const restored = memoryRecorder();
    await pay(restored, ...HUNDRED.map(() => "new"));
    const again = runnerOf(restored, store, [sumsProjection(backend, "sums")], { leaseTtlMs: LONG_MS });
    again.start();
    await until(async () => {
      const [generation, ...others] = await store.generations("sums");
      return others.length === 0 && (generation?.number ?? 0) > 2;
    });
    assert.deepEqual(await backend.sums(store, "sums"), { new: 100 });
    await again.stop();
  }),

  viewPromised("continues a view that was written before event ids were stored", async (subject) => {
    const { store, backend, runnerOf } = subject;
    const recorder = memoryRecorder();
    const runner = runnerOf(recorder, store, [sumsProjection(backend, "sums")]);
    runner.start();
    await runner.waitFor(undefined, await pay(recorder, "a", "b"), WAIT);
    await runner.stop();
    const old = withMethods(store, {
      generations: async (view) =>
        (await store.generations(view)).map((one) =>
          one.position > 2 ? one : { ...one, eventId: undefined },
        ),
    });
    const reported: unknown[] = [];
    const onError = (error: unknown): void => void reported.push(error);
    const again = runnerOf(recorder, old, [sumsProjection(backend, "sums")], { onError });
    again.start();
    await again.waitFor(undefined, await audit(recorder, "a"), WAIT);
    await again.stop();
    const [generation, ...others] = await store.generations("sums");
    assert.deepEqual([generation?.number, generation?.processed, others], [1, 2, []]);
    const [last] = await recorder.selectNotifications({ start: 3, limit: 1 });
    assert.equal(generation?.eventId, last?.eventId);
    assert.deepEqual(reported, []);
  }),
];
