import { describe, expect, it } from "vitest";
import { memorySums } from "../../test/memory-sums.ts";
import { RecorderClosedError, RecorderError } from "../errors.ts";
import { memoryRecorder } from "../memory/memory-recorder.ts";
import { memoryViewStore } from "../memory/view-store.ts";
import type { NotificationRange } from "../recorder/recorder.ts";
import { pay, sampleMapper, sumsProjection } from "../testing/sample-view.ts";
import { until } from "../testing/view-contract/view-case.ts";
import { withMethods } from "../testing/view-contract/view-runners.ts";
import { ProjectionRunner, type ProjectionRunnerOptions } from "./projection-runner.ts";
import type { RemoteRunner } from "./remote-runner.ts";
import { ChangeRefusedError } from "./view-errors.ts";

function runnerOf(options: Partial<ProjectionRunnerOptions<never>> = {}) {
  return new ProjectionRunner({
    recorder: memoryRecorder(),
    mapper: sampleMapper,
    store: memoryViewStore(),
    projections: [sumsProjection(memorySums, "sums")],
    onError: () => {},
    ...(options as object),
  });
}

describe("a projection runner", () => {
  it("refuses invalid options", () => {
    const twice = ["sums", "sums"].map((name) => sumsProjection(memorySums, name));
    expect(() => runnerOf({ projections: twice as never })).toThrow(
      'Two projections of one runner are named "sums"',
    );
    for (const name of ["batchSize", "leaseTtlMs", "pollIntervalMs", "batchIntervalMs", "maxAttempts"])
      expect(() => runnerOf({ [name]: 0 })).toThrow(`${name} must be a whole number from 1`);
    expect(() => runnerOf({ leaseTtlMs: 60_001 })).toThrow(
      "leaseTtlMs must be a whole number from 1 to 60000",
    );
  });

  it("processes the saves of an interval as one batch, and the first save at once", async () => {
    const recorder = memoryRecorder();
    const batches: (readonly string[])[] = [];
    const onBatch = (keys: readonly string[]) => {
      batches.push(keys);
    };
    const runner = new ProjectionRunner({
      recorder,
      mapper: sampleMapper,
      store: memoryViewStore(),
      projections: [sumsProjection(memorySums, "sums", { onBatch })],
      batchIntervalMs: 500,
    });
    runner.start();
    await runner.waitFor(["sums"], await pay(recorder, "a"), { timeoutMs: 10_000 });
    for (const key of ["b", "c", "d"]) await pay(recorder, key);
    await runner.waitFor(["sums"], await pay(recorder, "e"), { timeoutMs: 10_000 });
    await runner.stop();
    expect(batches).toEqual([["a"], ["b", "c", "d", "e"]]);
  });

  it("refuses to start twice", async () => {
    const runner = runnerOf();
    runner.start();
    expect(() => runner.start()).toThrow("can be started once");
    await runner.stop();
    await runner.stop();
  });

  it("rejects commands for a projection that it does not run", async () => {
    const runner = runnerOf();
    runner.start();
    for (const work of [runner.retry("other"), runner.skip("other", 1), runner.rebuild("other")])
      await expect(work).rejects.toThrow("must be one of sums");
    await runner.stop();
  });

  it("reports a projection that stops, also if the listener throws", async () => {
    const recorder = memoryRecorder();
    const errors: string[] = [];
    const onBatch = () => {
      throw new Error("no");
    };
    const failing = sumsProjection(memorySums, "sums", { onBatch });
    const onError = (error: unknown, name: string) => {
      errors.push(`${name}: ${error}`);
      throw new Error("the listener fails, too");
    };
    const runner = runnerOf({ recorder, projections: [failing as never], onError, retryDelayMs: 1 });
    runner.start();
    await pay(recorder, "a");
    await until(async () => (await runner.status())[0]?.state === "stopped");
    await until(() => errors.length === 1);
    expect(errors).toEqual(["sums: Error: no"]);
    await runner.stop();
  });

  it("rebuilds a view when the database returns with another event log", async () => {
    const events = { lost: memoryRecorder(), restored: memoryRecorder() };
    let current = events.lost;
    let isDown = false;
    const recorder = {
      selectNotifications: (range: NotificationRange) => current.selectNotifications(range),
      async maxNotificationId() {
        if (!isDown) return current.maxNotificationId();
        isDown = false;
        throw new RecorderError("The database cannot be read", new Error("no connection"));
      },
      watch: () => () => {},
    };
    const store = memoryViewStore();
    const errors: string[] = [];
    const onError = (error: unknown) => void errors.push(String(error));
    const runner = runnerOf({ recorder, store: store as never, onError, pollIntervalMs: 5, retryDelayMs: 1 });
    runner.start();
    await runner.waitFor(undefined, await pay(events.lost, "lost"), { timeoutMs: 20_000 });
    await pay(events.restored, "restored");
    current = events.restored;
    isDown = true;
    await until(async () => (await store.generations("sums"))[0]?.number === 2);
    expect(await memorySums.sums(store, "sums")).toEqual({ restored: 1 });
    expect(errors).toEqual([
      "RecorderError: The database cannot be read: no connection",
      expect.stringMatching(/^EventLogMismatchError: View "sums" was built from a different event log/),
    ]);
    await runner.stop();
  });

  it.each([
    ["reports fewer events than there are", { lastOf: 2, readTo: 2 }],
    ["returns fewer events than it reports", { lastOf: 4, readTo: 2 }],
  ])("keeps its view while a standby %s", async (_, lag) => {
    const events = memoryRecorder();
    const store = memoryViewStore();
    const before = runnerOf({ recorder: events, store: store as never });
    before.start();
    await before.waitFor(undefined, await pay(events, "a", "b", "c"), { timeoutMs: 20_000 });
    await before.stop();
    const end = { ...lag };
    let calls = 0;
    const standby = {
      async selectNotifications(range: NotificationRange) {
        return (await events.selectNotifications(range)).filter(({ id }) => id <= end.readTo);
      },
      async maxNotificationId() {
        calls += 1;
        return Math.min(end.lastOf, await events.maxNotificationId());
      },
      watch: (listener: () => void) => events.watch(listener),
    };
    const errors: unknown[] = [];
    const onError = (error: unknown) => void errors.push(error);
    const after = runnerOf({ recorder: standby, store: store as never, onError, pollIntervalMs: 50 });
    after.start();
    await until(() => calls > 2);
    // Each event causes a check too, but counts as no poll.
    for (let event = 0; event < 50; event += 1) await pay(events, "d");
    end.lastOf = end.readTo = 100;
    await after.waitFor(undefined, 53, { timeoutMs: 20_000 });
    expect(await store.generations("sums")).toMatchObject([{ number: 1, position: 53 }]);
    expect(errors).toEqual([]);
    await after.stop();
  });

  it("stops at the first event if `batchLimit` returns no number", async () => {
    const recorder = memoryRecorder();
    await pay(recorder, "a", "b");
    const projection = { ...sumsProjection(memorySums, "sums"), batchLimit: () => Number.NaN };
    const runner = runnerOf({ recorder, projections: [projection as never], retryDelayMs: 1 });
    runner.start();
    const waiting = runner.waitFor(undefined, 2, { timeoutMs: 20_000 });
    await expect(waiting).rejects.toThrow(
      "at notification 0, not yet at 2. It is stopped at notification 1 (Account.Paid)",
    );
    const [status] = await runner.status();
    expect(status?.stopped?.error).toBe(
      'batchLimit of projection "sums" returned NaN; it must return a number from 1.',
    );
    await runner.stop();
  });

  it("joins the next rebuild when the generation that it waits for is discarded", async () => {
    const recorder = memoryRecorder();
    const store = memoryViewStore();
    const projection = sumsProjection(memorySums, "sums");
    const elsewhere = { name: "sums@1", holder: "elsewhere" };
    await store.acquireLease(elsewhere, 60_000);
    await store.create(projection);
    await pay(recorder, "a");
    const runner = runnerOf({ recorder, store: store as never, pollIntervalMs: 5 });
    let isReported = (): void => {};
    const reported = new Promise<void>((resolve) => {
      isReported = resolve;
    });
    const rebuilding = runner.rebuild("sums", { onProgress: () => isReported() });
    await reported;
    await store.discard({ view: "sums", number: 2 }, elsewhere);
    await until(async () => (await store.generations("sums")).some(({ number }) => number === 3));
    await store.releaseLease(elsewhere);
    runner.start();
    await rebuilding;
    expect(await store.generations("sums")).toMatchObject([{ number: 3, active: true, position: 1 }]);
    await runner.stop();
  });

  it("rejects a wait when the store is closed", async () => {
    const store = memoryViewStore();
    const runner = runnerOf({ store: store as never });
    const waiting = Promise.allSettled([runner.waitFor(undefined, 1, { timeoutMs: 60_000 })]);
    await store.close();
    expect(await waiting).toEqual([{ status: "rejected", reason: expect.any(RecorderClosedError) }]);
  });

  it("retries the removal of replaced tables while it follows events", async () => {
    const recorder = memoryRecorder();
    const store = memoryViewStore();
    const answers = [
      false,
      new RecorderError("A table cannot be dropped", new Error("not its owner")),
      false,
    ];
    const failing = withMethods(store, {
      async removeReplacedTables() {
        const answer = answers.shift() ?? true;
        if (answer instanceof RecorderError) throw answer;
        return answer;
      },
    });
    const errors: string[] = [];
    const onError = (error: unknown) => void errors.push(String(error));
    const runner = runnerOf({
      recorder,
      store: failing as never,
      onError,
      pollIntervalMs: 1,
      retryDelayMs: 1,
    });
    runner.start();
    await runner.waitFor(undefined, await pay(recorder, "a"), { timeoutMs: 20_000 });
    await until(() => answers.length === 0);
    await runner.waitFor(undefined, await pay(recorder, "a"), { timeoutMs: 20_000 });
    expect(await memorySums.sums(store, "sums")).toEqual({ a: 2 });
    expect(errors).toEqual(["RecorderError: A table cannot be dropped: not its owner"]);
    await runner.stop();
  });

  it("follows events although replaced tables can never be removed, and reports that once", async () => {
    const recorder = memoryRecorder();
    const store = memoryViewStore();
    let calls = 0;
    const stuck = withMethods(store, {
      async removeReplacedTables() {
        calls += 1;
        throw new RecorderError("A table cannot be dropped", new Error("not its owner"));
      },
    });
    const errors: string[] = [];
    const onError = (error: unknown) => void errors.push(String(error));
    // A step that failed would be followed by this delay.
    const settings = { pollIntervalMs: 1, retryDelayMs: 1_000_000 };
    const runner = runnerOf({ recorder, store: stuck as never, onError, ...settings });
    runner.start();
    await until(() => calls > 3);
    expect(errors).toEqual(["RecorderError: A table cannot be dropped: not its owner"]);
    await runner.waitFor(undefined, await pay(recorder, "a", "b"), { timeoutMs: 20_000 });
    await runner.stop();
  });

  it("ends when its recorder is closed", async () => {
    const recorder = memoryRecorder();
    const runner = runnerOf({ recorder });
    runner.start();
    await recorder.close();
    await runner.stop();
  });
});

describe("a projection runner with a remote one", () => {
  const failing = () => {
    throw new ChangeRefusedError("sums", new Error("no table"));
  };

  /** A started runner, as seen from another thread. */
  function remoteOf(runner: ProjectionRunner<never>, holder: string): RemoteRunner {
    return {
      holder,
      failureOf: (view) => runner.failures[view],
      watch: (listener) => runner.watch(listener),
      wake: () => runner.wake(),
      retry: (view) => void runner.retry(view),
    };
  }

  it("reports the remote runner as its own, and waits for what it writes", async () => {
    const parts = { recorder: memoryRecorder(), store: memoryViewStore() };
    const remote = runnerOf({ ...parts, holder: "remote", pollIntervalMs: 60_000 });
    remote.start();
    const runner = runnerOf({ ...parts, remote: remoteOf(remote, "remote") });
    const paid = runner.waitFor(undefined, 1, { timeoutMs: 60_000 });
    await pay(parts.recorder, "ada");
    await paid;
    expect(await runner.status()).toMatchObject([{ state: "running", runner: "here", position: 1 }]);
    await runner.rebuild("sums");
    await remote.stop();
    expect(await runner.status()).toMatchObject([{ state: "idle", runner: "none" }]);
  });

  it("fails waits at a failure of the remote runner, and passes a retry on", async () => {
    const parts = { recorder: memoryRecorder(), store: memoryViewStore() };
    let isFailing = true;
    const store = withMethods(parts.store, {
      create: (view) => (isFailing ? failing() : parts.store.create(view)),
    });
    const remote = runnerOf({ ...parts, store, holder: "remote" });
    const runner = runnerOf({ ...parts, remote: remoteOf(remote, "remote") });
    const waiting = runner.waitFor(["sums"], 1, { timeoutMs: 60_000 });
    remote.start();
    await expect(waiting).rejects.toThrow("It has failed");
    expect(await runner.status()).toMatchObject([
      { state: "failed", error: expect.stringContaining("no table") },
    ]);
    isFailing = false;
    await runner.retry("sums");
    await until(async () => (await runner.status())[0]?.state === "running");
    await remote.stop();
  });
});
