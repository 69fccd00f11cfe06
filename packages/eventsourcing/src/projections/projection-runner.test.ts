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

function runner(options: Partial<ProjectionRunnerOptions<never>> = {}) {
  return new ProjectionRunner({
    recorder: memoryRecorder(),
    mapper: sampleMapper,
    store: memoryViewStore(),
    projections: [sumsProjection(memorySums, "sums")],
    onError: () => {},
    ...(options as object),
  });
}

describe("a runner of projections", () => {
  it("refuses settings that cannot be", () => {
    const twice = ["sums", "sums"].map((name) => sumsProjection(memorySums, name));
    expect(() => runner({ projections: twice as never })).toThrow(
      'Two projections of one runner are named "sums"',
    );
    for (const name of ["batchSize", "leaseTtlMs", "pollIntervalMs", "maxAttempts"])
      expect(() => runner({ [name]: 0 })).toThrow(`${name} must be a whole number from 1`);
    expect(() => runner({ leaseTtlMs: 60_001 })).toThrow("leaseTtlMs must be a whole number from 1 to 60000");
  });

  it("is started once, and knows its projections", async () => {
    const one = runner();
    one.start();
    expect(() => one.start()).toThrow("can be started once");
    for (const work of [one.retry("other"), one.skip("other", 1), one.rebuild("other")])
      await expect(work).rejects.toThrow("must be one of sums");
    await one.stop();
    await one.stop();
  });

  it("tells of a projection that stops, whatever becomes of the telling", async () => {
    const recorder = memoryRecorder();
    const told: string[] = [];
    const onSection = () => {
      throw new Error("no");
    };
    const ill = sumsProjection(memorySums, "sums", { onSection });
    const onError = (error: unknown, name: string) => {
      told.push(`${name}: ${error}`);
      throw new Error("the listener fails, too");
    };
    const one = runner({ recorder, projections: [ill as never], onError, retryDelayMs: 1 });
    one.start();
    await pay(recorder, "a");
    await until(async () => (await one.status())[0]?.state === "stopped");
    await until(() => told.length === 1);
    expect(told).toEqual(["sums: Error: no"]);
    await one.stop();
  });

  it("finds out that a database which was away has come back with other events", async () => {
    const events = { lost: memoryRecorder(), restored: memoryRecorder() };
    let current = events.lost;
    let isAway = false;
    const recorder = {
      selectNotifications: (range: NotificationRange) => current.selectNotifications(range),
      async maxNotificationId() {
        if (!isAway) return current.maxNotificationId();
        isAway = false;
        throw new RecorderError("The database cannot be read", new Error("no connection"));
      },
      watch: () => () => {},
    };
    const store = memoryViewStore();
    const told: string[] = [];
    const onError = (error: unknown) => void told.push(String(error));
    const one = runner({ recorder, store: store as never, onError, pollIntervalMs: 5, retryDelayMs: 1 });
    one.start();
    await one.waitFor(undefined, await pay(events.lost, "lost"), { timeoutMs: 20_000 });
    await pay(events.restored, "restored");
    current = events.restored;
    isAway = true;
    await until(async () => (await store.generations("sums"))[0]?.number === 2);
    expect(await memorySums.sums(store, "sums")).toEqual({ restored: 1 });
    expect(told).toEqual([
      "RecorderError: The database cannot be read: no connection",
      expect.stringMatching(/^EventLogMismatchError: The view "sums" was made of other events/),
    ]);
    await one.stop();
  });

  it.each([
    ["says how many events it has", { lastOf: 2, readTo: 2 }],
    ["reads fewer than there are", { lastOf: 4, readTo: 2 }],
  ])("keeps its view where the events come from a standby that %s and catches up", async (_, lag) => {
    const events = memoryRecorder();
    const store = memoryViewStore();
    const before = runner({ recorder: events, store: store as never });
    before.start();
    await before.waitFor(undefined, await pay(events, "a", "b", "c"), { timeoutMs: 20_000 });
    await before.stop();
    const end = { ...lag };
    let asked = 0;
    const standby = {
      async selectNotifications(range: NotificationRange) {
        return (await events.selectNotifications(range)).filter(({ id }) => id <= end.readTo);
      },
      async maxNotificationId() {
        asked += 1;
        return Math.min(end.lastOf, await events.maxNotificationId());
      },
      watch: (listener: () => void) => events.watch(listener),
    };
    const told: unknown[] = [];
    const onError = (error: unknown) => void told.push(error);
    const after = runner({ recorder: standby, store: store as never, onError, pollIntervalMs: 50 });
    after.start();
    await until(() => asked > 2);
    // A turn for each event is not a tick.
    for (let event = 0; event < 50; event += 1) await pay(events, "d");
    end.lastOf = end.readTo = 100;
    await after.waitFor(undefined, 53, { timeoutMs: 20_000 });
    expect(await store.generations("sums")).toMatchObject([{ number: 1, position: 53 }]);
    expect(told).toEqual([]);
    await after.stop();
  });

  it("stops where a projection cannot say how many events it takes, and passes over none", async () => {
    const recorder = memoryRecorder();
    await pay(recorder, "a", "b");
    const projection = { ...sumsProjection(memorySums, "sums"), batchLimit: () => Number.NaN };
    const one = runner({ recorder, projections: [projection as never], retryDelayMs: 1 });
    one.start();
    const waiting = one.waitFor(undefined, 2, { timeoutMs: 20_000 });
    await expect(waiting).rejects.toThrow(
      "at notification 0, not yet at 2. It is stopped at notification 1 (Account.Paid)",
    );
    const [status] = await one.status();
    expect(status?.stopped?.error).toBe(
      'batchLimit of projection "sums" returned NaN; it must return a number from 1.',
    );
    await one.stop();
  });

  it("joins the next rebuild when the one it waits for was discarded", async () => {
    const recorder = memoryRecorder();
    const store = memoryViewStore();
    const projection = sumsProjection(memorySums, "sums");
    const elsewhere = { name: "sums@1", holder: "elsewhere" };
    await store.acquireLease(elsewhere, 60_000);
    await store.create(projection);
    await pay(recorder, "a");
    const one = runner({ recorder, store: store as never, pollIntervalMs: 5 });
    let isReported = (): void => {};
    const reported = new Promise<void>((resolve) => {
      isReported = resolve;
    });
    const rebuilding = one.rebuild("sums", { onProgress: () => isReported() });
    await reported;
    await store.discard({ view: "sums", number: 2 }, elsewhere);
    await until(async () => (await store.generations("sums")).some(({ number }) => number === 3));
    await store.releaseLease(elsewhere);
    one.start();
    await rebuilding;
    expect(await store.generations("sums")).toMatchObject([{ number: 3, active: true, position: 1 }]);
    await one.stop();
  });

  it("ends with an error for who waits as its store is closed", async () => {
    const store = memoryViewStore();
    const one = runner({ store: store as never });
    const waiting = Promise.allSettled([one.waitFor(undefined, 1, { timeoutMs: 60_000 })]);
    await store.close();
    expect(await waiting).toEqual([{ status: "rejected", reason: expect.any(RecorderClosedError) }]);
  });

  it("asks again for what was replaced to be removed, and keeps its view meanwhile", async () => {
    const recorder = memoryRecorder();
    const store = memoryViewStore();
    const answers = [
      false,
      new RecorderError("A table cannot be dropped", new Error("not its owner")),
      false,
    ];
    const asked = withMethods(store, {
      async removeReplacedTables() {
        const answer = answers.shift() ?? true;
        if (answer instanceof RecorderError) throw answer;
        return answer;
      },
    });
    const told: string[] = [];
    const onError = (error: unknown) => void told.push(String(error));
    const one = runner({ recorder, store: asked as never, onError, pollIntervalMs: 1, retryDelayMs: 1 });
    one.start();
    await one.waitFor(undefined, await pay(recorder, "a"), { timeoutMs: 20_000 });
    await until(() => answers.length === 0);
    await one.waitFor(undefined, await pay(recorder, "a"), { timeoutMs: 20_000 });
    expect(await memorySums.sums(store, "sums")).toEqual({ a: 2 });
    expect(told).toEqual(["RecorderError: A table cannot be dropped: not its owner"]);
    await one.stop();
  });

  it("goes on at once where what was replaced can never be removed, and tells of it once", async () => {
    const recorder = memoryRecorder();
    const store = memoryViewStore();
    let asked = 0;
    const stuck = withMethods(store, {
      async removeReplacedTables() {
        asked += 1;
        throw new RecorderError("A table cannot be dropped", new Error("not its owner"));
      },
    });
    const told: string[] = [];
    const onError = (error: unknown) => void told.push(String(error));
    // After each turn that fails it would pause for seconds.
    const settings = { pollIntervalMs: 1, retryDelayMs: 1_000_000 };
    const one = runner({ recorder, store: stuck as never, onError, ...settings });
    one.start();
    await until(() => asked > 3);
    expect(told).toEqual(["RecorderError: A table cannot be dropped: not its owner"]);
    await one.waitFor(undefined, await pay(recorder, "a", "b"), { timeoutMs: 20_000 });
    await one.stop();
  });

  it("ends by itself when its database is closed", async () => {
    const recorder = memoryRecorder();
    const one = runner({ recorder });
    one.start();
    await recorder.close();
    await one.stop();
  });
});
