import {
  InvalidEventDataError,
  NotificationLogReader,
  type Recorder,
  SequentialSystemRunner,
  SystemRunner,
} from "@palimpsest/eventsourcing";
import { memoryRecorder } from "@palimpsest/eventsourcing/memory";
import { describe, expect, it } from "vitest";
import { onEachRecorder } from "../../test/recorders.ts";
import { fulfilment } from "./fulfilment.ts";
import { Orders } from "./orders.ts";
import { Payments } from "./payments.ts";
import { Reservations } from "./reservations.ts";

const applicationsOn = ([orders, reservations, payments]: readonly [Recorder, Recorder, Recorder]) => ({
  orders: new Orders({ recorder: orders }),
  reservations: new Reservations({ recorder: reservations }),
  payments: new Payments({ recorder: payments }),
});

describe("order fulfilment, one event after another", () => {
  const open = () => {
    const applications = applicationsOn([memoryRecorder(), memoryRecorder(), memoryRecorder()]);
    const runner = new SequentialSystemRunner(fulfilment, { applications });
    return { ...applications, run: () => runner.run() };
  };

  it("accepts an order whose goods are reserved and paid", async () => {
    const { orders, reservations, payments, run } = open();
    await reservations.deliver("tea", 5);
    await reservations.deliver("cup", 5);
    await payments.payIn("Ann", 1_000);
    const id = await orders.place("Ann", { tea: 2, cup: 1 }, 700);
    expect((await orders.order(id)).status).toBe("placed");
    await run();
    expect((await orders.order(id)).status).toBe("accepted");
    expect([await reservations.available("tea"), await reservations.available("cup")]).toEqual([3, 4]);
    expect(await payments.balance("Ann")).toBe(300);
    expect(await run()).toBe(0);
  });

  it("rejects an order when goods are missing, and takes neither goods nor money", async () => {
    const { orders, reservations, payments, run } = open();
    await reservations.deliver("tea", 5);
    await payments.payIn("Ann", 1_000);
    const [many, unknown] = [
      await orders.place("Ann", { tea: 6 }, 700),
      await orders.place("Ann", { tea: 1, unicorn: 1 }, 700),
    ];
    await run();
    expect(await orders.order(many)).toMatchObject({ status: "rejected", reason: "tea is out of stock." });
    expect(await orders.order(unknown)).toMatchObject({
      status: "rejected",
      reason: "unicorn is out of stock.",
    });
    expect(await reservations.available("tea")).toBe(5);
    expect(await payments.balance("Ann")).toBe(1_000);
  });

  it("puts the goods back when the payment is declined", async () => {
    const { orders, reservations, payments, run } = open();
    await reservations.deliver("tea", 5);
    await payments.payIn("Ann", 100);
    const [ann, bob] = [await orders.place("Ann", { tea: 2 }, 101), await orders.place("Bob", { tea: 3 }, 1)];
    await run();
    expect(await orders.order(ann)).toMatchObject({
      status: "rejected",
      reason: "Ann has too little money.",
    });
    expect((await orders.order(bob)).status).toBe("rejected");
    expect(await reservations.available("tea")).toBe(5);
    expect(await payments.balance("Ann")).toBe(100);
  });

  it("gives all events of an order one correlation id", async () => {
    const applications = open();
    await applications.orders.place("Ann", { tea: 1 }, 1);
    await applications.run();
    const ids = new Set<string>();
    for (const { notificationLog, mapper } of [applications.orders, applications.reservations]) {
      for await (const notification of new NotificationLogReader(notificationLog).read({ start: 1 })) {
        const { correlationId, id } = mapper.toDomainEvent(notification);
        ids.add(correlationId ?? id);
      }
    }
    expect(ids.size).toBe(1);
  });

  it("rejects orders without lines, and invalid numbers", async () => {
    const { orders, reservations } = open();
    await expect(orders.place("Ann", {}, 1)).rejects.toThrow("must have a line");
    await expect(orders.place("Ann", { tea: 0 }, 1)).rejects.toThrow(InvalidEventDataError);
    await expect(orders.place("Ann", { tea: 1 }, -1)).rejects.toThrow(InvalidEventDataError);
    await expect(reservations.deliver("tea", -1)).rejects.toThrow(InvalidEventDataError);
    expect(await orders.notificationLog.maxId()).toBe(0);
  });
});

onEachRecorder("order fulfilment", (create) => {
  const newRecorders = async () => [await create(), await create(), await create()] as const;

  it("processes each event once, although two programs run the same system", async () => {
    const recorders = await newRecorders();
    await using first = new SystemRunner(fulfilment, { applications: applicationsOn(recorders) });
    await using second = new SystemRunner(fulfilment, { applications: applicationsOn(recorders) });
    const [orders, reservations, payments] = [
      first.get("orders"),
      second.get("reservations"),
      first.get("payments"),
    ];
    await reservations.deliver("tea", 4);
    await payments.payIn("Ann", 10_000);
    first.start();
    second.start();
    const ids = await Promise.all([1, 2, 3, 4, 5, 6].map(() => orders.place("Ann", { tea: 1 }, 100)));
    await first.waitUntilIdle({ timeoutMs: 30_000 });
    const statuses = await Promise.all(ids.map(async (id) => (await orders.order(id)).status));
    expect(statuses.filter((status) => status === "accepted")).toHaveLength(4);
    expect(statuses.filter((status) => status === "rejected")).toHaveLength(2);
    expect(await reservations.available("tea")).toBe(0);
    expect(await payments.balance("Ann")).toBe(9_600);
  });

  it("continues where it was stopped", async () => {
    const recorders = await newRecorders();
    const before = applicationsOn(recorders);
    await before.reservations.deliver("tea", 4);
    await before.payments.payIn("Ann", 100);
    const stopped = new SystemRunner(fulfilment, { applications: before });
    stopped.start();
    await stopped.stop();
    const id = await before.orders.place("Ann", { tea: 1 }, 100);
    await using runner = new SystemRunner(fulfilment, { applications: applicationsOn(recorders) });
    runner.start();
    await runner.waitUntilIdle({ timeoutMs: 30_000 });
    expect((await runner.get("orders").order(id)).status).toBe("accepted");
    expect(await runner.get("payments").balance("Ann")).toBe(0);
  });
});
