import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { onEachRecorder } from "../../../../test/recorders.ts";
import { Changed, Placed, Shop, Stock, Warehouse } from "../../test/sample-shop.ts";
import { InvalidArgumentError, ProgrammingError, RecorderError } from "../errors.ts";
import { eventFamily } from "../events/event-family.ts";
import { memoryRecorder } from "../memory/memory-recorder.ts";
import type { Recorder } from "../recorder/recorder.ts";
import { upTo } from "../testing/sample-events.ts";
import { until } from "../testing/view-contract/view-case.ts";
import { processApplication } from "./process-application.ts";
import { ProcessRunner, type ProcessRunnerOptions } from "./process-runner.ts";
import { ProcessBehindError } from "./process-waiter.ts";

const WAIT = { timeoutMs: 20_000 };

function applications(recorder: Recorder = memoryRecorder(), upstream: Recorder = memoryRecorder()) {
  const shop = new Shop({ recorder: upstream });
  const warehouse = new Warehouse({ recorder });
  const runnerOf = (options: Partial<ProcessRunnerOptions> = {}) =>
    new ProcessRunner({
      application: warehouse,
      upstream: shop,
      upstreamName: "shop",
      retryDelayMs: 1,
      pollIntervalMs: 10,
      onError: () => {},
      ...options,
    });
  return { shop, warehouse, runnerOf };
}

const noCoffee = () => {
  throw new Error("There is no coffee");
};

onEachRecorder("a process runner", (create) => {
  it("R10 processes the events recorded before and after its start, once", async () => {
    const { shop, warehouse, runnerOf } = applications(await create(), await create());
    await shop.place("tea", "tea", "nothing");
    const first = runnerOf();
    first.start();
    await first.waitFor(await shop.place("tea", "milk"), WAIT);
    expect([await warehouse.taken("tea"), await warehouse.taken("milk")]).toEqual([3, 1]);
    await first.stop();
    const second = runnerOf();
    second.start();
    await second.waitFor(await shop.place("tea"), WAIT);
    expect(await warehouse.taken("tea")).toBe(4);
    await second.stop();
  });

  it("R10 processes each event once beside other runners", async () => {
    const { shop, warehouse, runnerOf } = applications(await create(), await create());
    const runners = upTo(3).map(() => runnerOf());
    for (const runner of runners) runner.start();
    const lastId = await shop.place(...upTo(30).map((index) => (index % 2 === 0 ? "tea" : "milk")));
    await Promise.all(runners.map((runner) => runner.waitFor(lastId, WAIT)));
    expect([await warehouse.taken("tea"), await warehouse.taken("milk")]).toEqual([15, 15]);
    await Promise.all(runners.map((runner) => runner.stop()));
  });

  it("reports a position that includes notifications which it does not handle", async () => {
    const { shop, warehouse, runnerOf } = applications(await create(), await create());
    const runner = runnerOf();
    const elsewhere = runnerOf();
    const idle = { upstreamName: "shop", state: "idle", stopped: undefined, error: undefined };
    expect(await runner.status()).toEqual({ ...idle, position: 0, lag: 0 });
    await shop.place("tea");
    await shop.changeOrder();
    expect(await runner.status()).toEqual({ ...idle, position: 0, lag: 3 });
    runner.start();
    await Promise.all([runner.waitFor(3, WAIT), elsewhere.waitFor(3, WAIT)]);
    expect(await warehouse.lastTrackedId("shop")).toBe(2);
    expect(await runner.status()).toEqual({ ...idle, state: "running", position: 3, lag: 0 });
    expect(await elsewhere.status()).toEqual({ ...idle, position: 3, lag: 0 });
    await runner.stop();
    await shop.changeOrder();
    await shop.place("tea");
    // Notification 4 is handled, 5 is not.
    expect(await runner.status()).toEqual({ ...idle, position: 3, lag: 3 });
    await warehouse.skipNotification("shop", 4);
    expect(await runner.status()).toEqual({ ...idle, position: 5, lag: 1 });
  });

  it("stops at an event that it cannot process, until it is retried or skipped", async () => {
    const { shop, warehouse, runnerOf } = applications(await create(), await create());
    warehouse.policies.set("coffee", noCoffee);
    const errors: unknown[] = [];
    const runner = runnerOf({ onError: (error, upstreamName) => errors.push([upstreamName, String(error)]) });
    runner.start();
    const lastId = await shop.place("tea", "coffee", "tea", "coffee", "tea");
    const behind = await runner.waitFor(lastId, WAIT).catch((error: unknown) => error);
    expect(behind).toBeInstanceOf(ProcessBehindError);
    expect(behind).toMatchObject({
      message:
        `Notifications of "shop" are processed up to 1, not yet 5. ` +
        "The runner is stopped at notification 2 (Order.Placed); its status has the error.",
      stopped: { notificationId: 2, topic: "Order.Placed" },
      cause: new Error("There is no coffee"),
    });
    await runner.waitFor(1, WAIT);
    expect(errors).toEqual([["shop", "Error: There is no coffee"]]);
    const error = "There is no coffee";
    const stopped = { notificationId: 2, topic: "Order.Placed", error };
    const status = { upstreamName: "shop", state: "stopped", position: 1, lag: 4, stopped, error };
    expect(await runner.status()).toEqual(status);
    await expect(runner.skip(3)).rejects.toThrow("must be the one that the runner is stopped at, 2; it is 3");
    await runner.skip(2);
    await until(async () => (await runner.status()).stopped?.notificationId === 4);
    expect(await warehouse.taken("tea")).toBe(2);
    warehouse.policies.clear();
    await runner.retry();
    await runner.waitFor(lastId, WAIT);
    expect([await warehouse.taken("tea"), await warehouse.taken("coffee")]).toEqual([3, 1]);
    await expect(runner.skip(2)).rejects.toThrow("but it is not stopped");
    await runner.stop();
  });

  it("continues when another process has skipped the event that it is stopped at", async () => {
    const { shop, warehouse, runnerOf } = applications(await create(), await create());
    warehouse.policies.set("coffee", noCoffee);
    const runner = runnerOf();
    runner.start();
    const lastId = await shop.place("coffee", "tea");
    await expect(runner.waitFor(lastId, WAIT)).rejects.toThrow("is stopped at notification 1");
    await warehouse.skipNotification("shop", 1);
    await until(async () => (await runner.status()).state === "running");
    await runner.waitFor(lastId, WAIT);
    expect(await warehouse.taken("tea")).toBe(1);
    await runner.stop();
  });
});

describe("a process runner", () => {
  it("rejects a wait after its time, and with the reason of its signal", async () => {
    const { shop, runnerOf } = applications();
    const runner = runnerOf();
    const lastId = await shop.place("tea");
    await expect(runner.waitFor(lastId, { timeoutMs: 10 })).rejects.toThrow(
      'Notifications of "shop" are processed up to 0, not yet 1. Try again in a moment.',
    );
    const controller = new AbortController();
    const waiting = runner.waitFor(lastId, { ...WAIT, signal: controller.signal });
    controller.abort(new Error("cancelled"));
    await expect(waiting).rejects.toThrow("cancelled");
  });

  it("finds that an older backup of the upstream was restored", async () => {
    const { shop, warehouse, runnerOf } = applications();
    await shop.changeOrder();
    await warehouse.skipNotification("shop", 1);
    const log = Object.assign(Object.create(shop.notificationLog) as typeof shop.notificationLog, {
      maxId: () => lastId(),
      select: shop.notificationLog.select.bind(shop.notificationLog),
    });
    let lastId = async () => 2;
    const runner = runnerOf({ upstream: { mapper: shop.mapper, notificationLog: log } });
    expect(await runner.status()).toMatchObject({ position: 2, lag: 0 });
    lastId = async () => 1;
    expect(await runner.status()).toMatchObject({ position: 1, lag: 0 });
  });

  it("stops at an event whose consequences always conflict", async () => {
    // Without pauses between the attempts to resolve a conflict.
    const random = vi.spyOn(Math, "random").mockReturnValue(0);
    onTestFinished(() => random.mockRestore());
    const { shop, warehouse, runnerOf } = applications();
    warehouse.policies.set("milk", () => [Stock.create({ item: "milk" })]);
    const runner = runnerOf();
    runner.start();
    const lastId = await shop.place("milk", "milk", "tea");
    await expect(runner.waitFor(lastId, WAIT)).rejects.toThrow("is stopped at notification 2");
    expect((await runner.status()).error).toContain("the next version is 2");
    await runner.skip(2);
    await runner.waitFor(lastId, WAIT);
    await runner.stop();
  });

  it("stops at the first attempt if the policy returns two instances of one aggregate", async () => {
    const { shop, warehouse, runnerOf } = applications();
    await shop.place("tea");
    let calls = 0;
    warehouse.policies.set("twice", async () => {
      calls += 1;
      const stocks = [await warehouse.stock("tea"), await warehouse.stock("tea")];
      for (const stock of stocks) stock.take({ order: "1" });
      return stocks;
    });
    const runner = runnerOf();
    runner.start();
    const behind = await runner.waitFor(await shop.place("twice"), WAIT).catch((error: unknown) => error);
    expect(behind).toMatchObject({
      stopped: { notificationId: 2 },
      cause: expect.any(ProgrammingError),
    });
    expect((await runner.status()).error).toMatch(/two|twice|same/i);
    expect(calls).toBe(1);
    await runner.stop();
  });

  it("R10 survives failures before and after the commit, and reports each series once", async () => {
    const recorder = memoryRecorder();
    let saves = 0;
    const insertEvents = recorder.insertEvents.bind(recorder);
    recorder.insertEvents = async (...args) => {
      saves += 1;
      if (saves % 3 === 1) throw new RecorderError("Before the commit", new Error("gone"));
      const results = await insertEvents(...args);
      if (saves % 3 === 2) throw new RecorderError("After the commit", new Error("gone"));
      return results;
    };
    const { shop, warehouse, runnerOf } = applications(recorder);
    const errors: unknown[] = [];
    const runner = runnerOf({ onError: (error) => errors.push(error) });
    runner.start();
    await runner.waitFor(await shop.place(...upTo(9).map(() => "tea")), WAIT);
    expect(await warehouse.taken("tea")).toBe(9);
    expect(errors.length).toBeGreaterThan(1);
    await until(async () => (await runner.status()).state === "running");
    await runner.stop();
  });

  it("is retrying while its database fails, and reports that once", async () => {
    const recorder = memoryRecorder();
    const insertEvents = recorder.insertEvents;
    let failures = 0;
    recorder.insertEvents = async () => {
      failures += 1;
      throw new RecorderError("Cannot write", new Error("the disk is full"));
    };
    const { shop, warehouse, runnerOf } = applications(recorder);
    const errors: unknown[] = [];
    const runner = runnerOf({ onError: (error) => errors.push(error) });
    runner.start();
    const lastId = await shop.place("tea");
    await until(() => failures > 4);
    expect(await runner.status()).toMatchObject({
      state: "retrying",
      stopped: undefined,
      error: "Cannot write: the disk is full",
    });
    expect(errors).toHaveLength(1);
    recorder.insertEvents = insertEvents;
    await runner.waitFor(lastId, WAIT);
    expect(await runner.status()).toMatchObject({ state: "running", error: undefined });
    expect(await warehouse.taken("tea")).toBe(1);
    await runner.stop();
  });

  it("is started once", async () => {
    const { runnerOf } = applications();
    const runner = runnerOf();
    runner.start();
    expect(() => runner.start()).toThrow("can be started once");
    await runner.stop();
    await runner.stop();
    expect(() => runner.start()).toThrow("can be started once");
  });

  it("stops at the end of an `await using` block", async () => {
    const { shop, runnerOf } = applications();
    let runner: ProcessRunner;
    {
      await using started = runnerOf();
      runner = started;
      started.start();
      await started.waitFor(await shop.place("tea"), WAIT);
    }
    expect((await runner.status()).state).toBe("idle");
  });

  it("stops during the delay before another attempt", async () => {
    const { shop, warehouse, runnerOf } = applications();
    let calls = 0;
    warehouse.policies.set("coffee", () => {
      calls += 1;
      noCoffee();
    });
    const runner = runnerOf({ retryDelayMs: 100_000 });
    runner.start();
    await shop.place("coffee");
    await until(() => calls === 1);
    await pause(5);
    await runner.stop();
    expect((await runner.status()).state).toBe("idle");
  });

  it("ends when a recorder is closed", async () => {
    for (const closed of ["shop", "warehouse"] as const) {
      const { runnerOf, ...both } = applications();
      const runner = runnerOf();
      runner.start();
      await both[closed].close();
      await runner.stop();
    }
  });

  it("refuses options that cannot work", () => {
    const { runnerOf } = applications();
    for (const name of ["maxAttempts", "retryDelayMs", "pollIntervalMs"])
      expect(() => runnerOf({ [name]: 0 })).toThrow(`${name} must be a whole number from 1`);
    expect(() => runnerOf({ upstreamName: "" })).toThrow(InvalidArgumentError);
    const { Other } = eventFamily("Unknown", { Other: {} });
    class Nothing extends processApplication({ handles: [] }) {
      policy() {
        return [];
      }
    }
    class Twice extends processApplication({ handles: [Placed, Changed, Placed] }) {
      policy() {
        return [];
      }
    }
    class Foreign extends processApplication({ handles: [Other] }) {
      policy() {
        return [];
      }
    }
    const recorder = memoryRecorder();
    const refused = [
      [new Nothing({ recorder }), 'Nothing handles no events; list their types in "handles".'],
      [new Twice({ recorder }), 'Twice lists Order.Placed twice in "handles".'],
      [new Foreign({ recorder }), "Foreign handles Unknown.Other, which the mapper"],
    ] as const;
    for (const [application, message] of refused)
      expect(() => runnerOf({ application: application as never })).toThrow(message);
  });
});
