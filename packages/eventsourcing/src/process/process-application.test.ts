import { describe, expect, it } from "vitest";
import { z } from "zod";
import { aggregate, event } from "../aggregates/aggregate-class.ts";
import type { Saveable } from "../application/aggregate-type.ts";
import { application } from "../application/application.ts";
import { withContext } from "../context.ts";
import { RecorderError, TrackingConflictError } from "../errors.ts";
import { eventFamily } from "../events/event-family.ts";
import type { DataOf } from "../events/event-type.ts";
import { memoryRecorder } from "../memory/memory-recorder.ts";
import type { ProjectedEvent } from "../projections/projection.ts";
import type { Recorder } from "../recorder/recorder.ts";
import { upTo } from "../testing/sample-events.ts";
import { until } from "../testing/view-contract/view-case.ts";
import { gate } from "../testing/view-contract/view-runners.ts";
import { uuid5 } from "../uuid.ts";
import { processApplication } from "./process-application.ts";
import { ProcessRunner, type ProcessRunnerOptions } from "./process-runner.ts";

const OrderEvent = eventFamily("Order", { Placed: { item: z.string() }, Changed: { item: z.string() } });
const { Placed, Changed } = OrderEvent;
class Order extends aggregate(Placed) {
  @event(Changed)
  change({ item }: DataOf<typeof Changed>): void {
    this.item = item;
  }
}
class Shop extends application({ aggregates: [Order] }) {
  async place(...items: readonly string[]): Promise<number> {
    let last = 0;
    for (const item of items) {
      const recordings = await this.save(Order.create({ item }));
      last = recordings.at(-1)?.notification.id ?? 0;
    }
    return last;
  }
}

const StockEvent = eventFamily("Stock", { Opened: { item: z.string() }, Taken: { order: z.string() } });
const { Opened, Taken } = StockEvent;
const stockId = (item: string) => uuid5("6ba7b811-9dad-11d1-80b4-00c04fd430c8", `/stock/${item}`);
class Stock extends aggregate(Opened, { id: ({ item }) => stockId(item) }) {
  taken: readonly string[] = [];

  @event(Taken)
  take({ order }: DataOf<typeof Taken>): void {
    this.taken = [...this.taken, order];
  }
}

class Warehouse extends processApplication({ aggregates: [Stock], handles: [Placed] }) {
  refuses: string | undefined;
  createsAgain: string | undefined;

  override async policy({ data, originatorId }: ProjectedEvent<typeof Placed>): Promise<readonly Saveable[]> {
    if (data.item === "nothing") return [];
    if (data.item === this.createsAgain) return [Stock.create({ item: data.item })];
    if (data.item === this.refuses) throw new Error(`There is no ${data.item}`);
    const known = await this.events.get(stockId(data.item), { limit: 1 });
    const stock =
      known.length > 0
        ? await this.repository.get(Stock, stockId(data.item))
        : Stock.create({ item: data.item });
    stock.take({ order: originatorId });
    return [stock];
  }

  async taken(item: string): Promise<number> {
    return (await this.repository.get(Stock, stockId(item))).taken.length;
  }
}

function applications(recorder: Recorder = memoryRecorder()) {
  const shop = new Shop({ recorder: memoryRecorder() });
  const warehouse = new Warehouse({ recorder });
  const run = (options: Partial<ProcessRunnerOptions> = {}) =>
    new ProcessRunner({
      application: warehouse,
      upstream: shop,
      upstreamName: "shop",
      retryPauseMs: 1,
      onFailure: () => {},
      ...options,
    });
  return { shop, warehouse, run };
}

describe("a process application", () => {
  it("R10 records the consequences of what there is and of what comes, once", async () => {
    const { shop, warehouse, run } = applications();
    await shop.place("tea", "tea", "nothing");
    const runner = run();
    runner.start();
    const last = await shop.place("tea", "milk");
    await until(async () => (await warehouse.position("shop")) === last);
    expect([await warehouse.taken("tea"), await warehouse.taken("milk")]).toEqual([3, 1]);
    await runner.stop();
    const next = run();
    next.start();
    const later = await shop.place("tea");
    await until(async () => (await warehouse.position("shop")) === later);
    expect(await warehouse.taken("tea")).toBe(4);
    expect(await next.status()).toEqual({ state: "running", position: later, stopped: undefined });
    await next.stop();
    expect((await next.status()).state).toBe("idle");
  });

  it("R10 does so too when several run at once", async () => {
    const { shop, warehouse, run } = applications();
    const runners = upTo(3).map(() => run());
    for (const runner of runners) runner.start();
    const last = await shop.place(...upTo(50).map((index) => (index % 2 === 0 ? "tea" : "milk")));
    await until(async () => (await warehouse.position("shop")) === last);
    expect([await warehouse.taken("tea"), await warehouse.taken("milk")]).toEqual([25, 25]);
    await Promise.all(runners.map((runner) => runner.stop()));
  });

  it("says of each consequence what it followed from", async () => {
    const { shop, warehouse } = applications();
    const [recording] = await withContext({ correlationId: "the request" }, () =>
      shop.save(Order.create({ item: "tea" })),
    );
    const place = { notificationId: 1, recordedAt: new Date() };
    if (!recording || !Placed.matches(recording.domainEvent)) throw new Error("nothing was placed");
    const upstream = { ...recording.domainEvent, ...place };
    const consequences = await warehouse.follow("shop", upstream);
    expect(consequences.map(({ domainEvent }) => domainEvent.type)).toEqual(["Stock.Opened", "Stock.Taken"]);
    for (const { domainEvent } of consequences) {
      expect(domainEvent.causationId).toBe(upstream.id);
      expect(domainEvent.correlationId).toBe("the request");
    }
    await expect(warehouse.follow("shop", upstream)).rejects.toThrow(TrackingConflictError);
    expect(await warehouse.taken("tea")).toBe(1);
  });

  it("R10 survives failures before and after the commit", async () => {
    const inner = memoryRecorder();
    let saves = 0;
    const failing: Recorder = Object.assign(Object.create(inner) as Recorder, {
      ...Object.fromEntries(
        (["selectEvents", "selectSnapshots", "maxTrackingId", "maxNotificationId"] as const).map((name) => [
          name,
          (inner[name] as (...args: unknown[]) => unknown).bind(inner),
        ]),
      ),
      insertEvents: async (...args: Parameters<Recorder["insertEvents"]>) => {
        saves += 1;
        if (saves % 3 === 1) throw new RecorderError("Before the commit", new Error("gone"));
        const results = await inner.insertEvents(...args);
        if (saves % 3 === 2) throw new RecorderError("After the commit", new Error("gone"));
        return results;
      },
    });
    const { shop, warehouse, run } = applications(failing);
    const runner = run();
    runner.start();
    const last = await shop.place(...upTo(9).map(() => "tea"));
    await until(async () => (await warehouse.position("shop")) === last);
    expect(await warehouse.taken("tea")).toBe(9);
    await runner.stop();
  });

  it("stops at an event that it cannot process, which can be retried or skipped", async () => {
    const { shop, warehouse, run } = applications();
    warehouse.refuses = "coffee";
    const told = gate();
    const runner = run({ onFailure: told.open });
    runner.start();
    const last = await shop.place("tea", "coffee", "tea", "coffee", "tea");
    await told.opened;
    const stopped = { notificationId: 2, topic: "Order.Placed", error: "There is no coffee" };
    expect(await runner.status()).toEqual({ state: "stopped", position: 1, stopped });
    await expect(runner.skip(3)).rejects.toThrow("must be the one");
    await runner.skip(2);
    await until(async () => (await runner.status()).stopped?.notificationId === 4);
    expect(await warehouse.taken("tea")).toBe(2);
    warehouse.refuses = undefined;
    await runner.retry();
    await until(async () => (await warehouse.position("shop")) === last);
    expect([await warehouse.taken("tea"), await warehouse.taken("coffee")]).toEqual([3, 1]);
    await runner.stop();
    expect(() => runner.start()).toThrow("not started again");
  });

  it("stops at an event whose consequences conflict with what is stored, however often they are saved", async () => {
    const { shop, warehouse, run } = applications();
    warehouse.createsAgain = "milk";
    const told = gate();
    const runner = run({ onFailure: told.open });
    runner.start();
    const last = await shop.place("milk", "milk", "tea");
    await told.opened;
    const stopped = { notificationId: 2, topic: "Order.Placed", error: expect.stringContaining("version") };
    expect(await runner.status()).toEqual({ state: "stopped", position: 1, stopped });
    await runner.skip(2);
    await until(async () => (await warehouse.position("shop")) === last);
    expect(await warehouse.taken("tea")).toBe(1);
    await runner.stop();
  });
});
