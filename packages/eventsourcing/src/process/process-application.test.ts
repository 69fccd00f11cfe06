import { describe, expect, it } from "vitest";
import { Order, Placed, Shop, Stock, Warehouse } from "../../test/sample-shop.ts";
import { withContext } from "../context.ts";
import { ProgrammingError, TrackingConflictError } from "../errors.ts";
import { memoryRecorder } from "../memory/memory-recorder.ts";

async function placed(item: string) {
  const shop = new Shop({ recorder: memoryRecorder() });
  const [recording] = await withContext({ correlationId: "the request" }, () =>
    shop.save(Order.create({ item })),
  );
  if (!recording || !Placed.matches(recording.domainEvent)) throw new Error("No order was placed");
  return { ...recording.domainEvent, notificationId: 1, recordedAt: new Date() };
}

describe("a process application", () => {
  it("gives consequences the event's id as causation id, and its correlation id", async () => {
    const warehouse = new Warehouse({ recorder: memoryRecorder() });
    const upstream = await placed("tea");
    const consequences = await warehouse.processEvent("shop", upstream);
    expect(consequences.map(({ domainEvent }) => domainEvent.type)).toEqual(["Stock.Opened", "Stock.Taken"]);
    for (const { domainEvent } of consequences) {
      expect(domainEvent.causationId).toBe(upstream.id);
      expect(domainEvent.correlationId).toBe("the request");
    }
  });

  it("R10 processes an event once", async () => {
    const warehouse = new Warehouse({ recorder: memoryRecorder() });
    const upstream = await placed("tea");
    await warehouse.processEvent("shop", upstream);
    await expect(warehouse.processEvent("shop", upstream)).rejects.toThrow(TrackingConflictError);
    await expect(warehouse.skipNotification("shop", 1)).rejects.toThrow(TrackingConflictError);
    expect(await warehouse.taken("tea")).toBe(1);
    expect(await warehouse.lastTrackedId("shop")).toBe(1);
  });

  it("does not save while its policy runs", async () => {
    const warehouse = new Warehouse({ recorder: memoryRecorder() });
    const stock = Stock.create({ item: "milk" });
    await warehouse.save(stock);
    let later: Promise<unknown> | undefined;
    warehouse.policies.set("tea", () => warehouse.save(Stock.create({ item: "tea" })));
    warehouse.policies.set("milk", () =>
      warehouse.execute(Stock, stock.id, (one) => one.take({ order: "1" })),
    );
    warehouse.policies.set("sugar", () => {
      later = new Promise((resolve) => setTimeout(resolve, 20)).then(() =>
        warehouse.save(Stock.create({ item: "sugar" })),
      );
      return [];
    });
    for (const item of ["tea", "milk"]) {
      const processing = warehouse.processEvent("shop", await placed(item));
      await expect(processing).rejects.toThrow(ProgrammingError);
      await expect(processing).rejects.toThrow(
        "Warehouse cannot save while its policy runs: the events would be recorded again whenever the policy is " +
          "repeated. Return the aggregates from policy instead.",
      );
    }
    expect(await warehouse.notificationLog.maxId()).toBe(1);
    // What a policy started may save once it has returned: a timer or a connection keeps its context.
    await warehouse.processEvent("shop", await placed("sugar"));
    await later;
    expect(await warehouse.notificationLog.maxId()).toBe(2);
  });

  it("saves in another application while its policy runs", async () => {
    const warehouse = new Warehouse({ recorder: memoryRecorder() });
    const other = new Warehouse({ recorder: memoryRecorder() });
    warehouse.policies.set("tea", async () => {
      await other.save(Stock.create({ item: "tea" }));
      return [];
    });
    await warehouse.processEvent("shop", await placed("tea"));
    expect(await other.notificationLog.maxId()).toBe(1);
  });

  it.each([
    ["returned undefined", undefined],
    ["returned null", null],
    ["returned an object", Stock.create({ item: "tea" })],
    ["returned a string", "tea"],
  ])("refuses consequences if the policy %s", async (message, consequences) => {
    const warehouse = new Warehouse({ recorder: memoryRecorder() });
    warehouse.policies.set("tea", () => consequences);
    await expect(warehouse.processEvent("shop", await placed("tea"))).rejects.toThrow(
      `policy of Warehouse ${message} for Order.Placed; it must return an array of what to save, [] for nothing.`,
    );
  });
});
