import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { onEachRecorder } from "../../../../test/recorders.ts";
import { Shop, Stock, Warehouse } from "../../test/sample-shop.ts";
import { memoryRecorder } from "../memory/memory-recorder.ts";
import { StopTimeoutError } from "../projections/runner-lifetime.ts";
import { until } from "../testing/view-contract/view-case.ts";
import { gate } from "../testing/view-contract/view-runners.ts";
import { ProcessRunner } from "./process-runner.ts";

onEachRecorder("a policy that hangs", (create) => {
  it("is abandoned by stop, and stores nothing when it returns", async () => {
    const shop = new Shop({ recorder: await create() });
    const warehouse = new Warehouse({ recorder: await create() });
    const { open: end, opened } = gate();
    let calls = 0;
    warehouse.policies.set("tea", async () => {
      calls += 1;
      await opened;
      return [Stock.create({ item: "tea" })];
    });
    const errors: unknown[] = [];
    const runner = new ProcessRunner({
      application: warehouse,
      upstream: shop,
      upstreamName: "shop",
      stopTimeoutMs: 20,
      onError: (error, upstreamName) => errors.push([upstreamName, error]),
    });
    runner.start();
    await shop.place("tea");
    await until(() => calls === 1);
    await Promise.all([runner.stop(), runner.stop()]);
    expect(errors).toEqual([["shop", expect.any(StopTimeoutError)]]);
    expect(String(errors)).toContain(
      'The process runner for "shop" has not stopped within 20 ms: notification 1 is still being processed.',
    );
    expect((await runner.status()).state).toBe("idle");
    end();
    await pause(50);
    expect(await warehouse.notificationLog.maxId()).toBe(0);
    expect(await warehouse.lastTrackedId("shop")).toBe(0);
  });
});

describe("a process runner", () => {
  it("waits on stop for a policy that ends in time", async () => {
    const shop = new Shop({ recorder: memoryRecorder() });
    const warehouse = new Warehouse({ recorder: memoryRecorder() });
    let calls = 0;
    warehouse.policies.set("tea", async () => {
      calls += 1;
      await pause(100);
      return [Stock.create({ item: "tea" })];
    });
    const runner = new ProcessRunner({ application: warehouse, upstream: shop, upstreamName: "shop" });
    runner.start();
    await shop.place("tea");
    await until(() => calls === 1);
    await runner.stop();
    expect(await warehouse.lastTrackedId("shop")).toBe(1);
  });

  it("stops although its policy waits for the stop", async () => {
    const shop = new Shop({ recorder: memoryRecorder() });
    const warehouse = new Warehouse({ recorder: memoryRecorder() });
    const errors: unknown[] = [];
    const runner = new ProcessRunner({
      application: warehouse,
      upstream: shop,
      upstreamName: "shop",
      stopTimeoutMs: 20,
      onError: (error) => errors.push(error),
    });
    let isStopped = false;
    warehouse.policies.set("tea", async () => {
      await runner.stop();
      isStopped = true;
      return [];
    });
    runner.start();
    await shop.place("tea");
    await until(() => isStopped);
    expect(errors).toEqual([expect.any(StopTimeoutError)]);
  });
});
