import { describe, expect, expectTypeOf, it } from "vitest";
import { onEachRecorder } from "../../../../test/recorders.ts";
import { Notes, Orders, Payments, Reservations, Shortening } from "../../test/sample-shopping.ts";
import { InvalidArgumentError, ProgrammingError, RecorderClosedError } from "../errors.ts";
import { memoryRecorder } from "../memory/memory-recorder.ts";
import type { Recorder } from "../recorder/recorder.ts";
import { upTo } from "../testing/sample-events.ts";
import { until } from "../testing/view-contract/view-case.ts";
import { ProcessBehindError } from "./process-waiter.ts";
import { SequentialSystemRunner } from "./sequential-system-runner.ts";
import { system } from "./system.ts";
import { SystemRunner, type SystemRunnerOptions } from "./system-runner.ts";

const WAIT = { timeoutMs: 20_000 };

const shopping = system({
  applications: { orders: Orders, reservations: Reservations, payments: Payments, notes: Notes },
  pipes: [
    ["orders", "reservations", "orders"],
    ["orders", "payments", "orders"],
  ],
});
type Options = SystemRunnerOptions<(typeof shopping)["applications"]>;

const shortening = system({ applications: { notes: Shortening }, pipes: [["notes", "notes"]] });

async function instances(create: () => Promise<Recorder> = async () => memoryRecorder()) {
  return {
    orders: new Orders({ recorder: await create() }),
    reservations: new Reservations({ recorder: await create() }),
    payments: new Payments({ recorder: await create() }),
    notes: new Notes({ recorder: await create() }),
  };
}

function runnerOf(applications: Options["applications"], options: Partial<Options> = {}) {
  return new SystemRunner(shopping, {
    applications,
    retryDelayMs: 1,
    pollIntervalMs: 10,
    onError: () => {},
    ...options,
  });
}

async function topicsIn({ notificationLog }: Pick<Orders, "notificationLog">): Promise<readonly string[]> {
  const notifications = await notificationLog.select({ start: 1, limit: 1_000 });
  return notifications.map(({ topic }) => topic);
}

onEachRecorder("a system runner", (create) => {
  it("R10 processes each event once, and its consequences", async () => {
    await using runner = runnerOf(await instances(create));
    const orders = runner.get("orders");
    const before = await orders.place("tea");
    runner.start();
    const after = await Promise.all(upTo(10).map((index) => orders.place(`item ${index}`)));
    await runner.waitUntilIdle(WAIT);
    for (const id of [before, ...after])
      expect(await orders.find(id)).toMatchObject({
        reservationId: expect.stringContaining("-"),
        paymentId: expect.stringContaining("-"),
      });
    expect(await orders.notificationLog.maxId()).toBe(33);
    expect(await runner.get("reservations").notificationLog.maxId()).toBe(11);
    expect(await runner.get("payments").notificationLog.maxId()).toBe(11);
  });

  it("R10 runs on one recorder for all applications, in several runners", async () => {
    const recorder = await create();
    const shared = async () => recorder;
    const runners = [runnerOf(await instances(shared)), runnerOf(await instances(shared))] as const;
    const [first, second] = runners;
    for (const runner of runners) runner.start();
    for (const index of upTo(5)) await first.get("orders").place(`item ${index}`);
    await second.waitUntilIdle(WAIT);
    const topics = await topicsIn(first.get("orders"));
    expect(topics.length).toBe(25);
    expect(topics.filter((topic) => topic === "Order.Paid").length).toBe(5);
    await Promise.all(runners.map((runner) => runner.close()));
  });

  it("lets an application follow itself", async () => {
    const notes = new Shortening({ recorder: await create() });
    await using runner = new SystemRunner(shortening, { applications: { notes } });
    runner.start();
    await notes.write("abcde");
    await runner.waitUntilIdle(WAIT);
    expect(await notes.notificationLog.maxId()).toBe(5);
  });
});

describe("a system runner", () => {
  it("waits for the followers of an application up to a position", async () => {
    await using runner = runnerOf(await instances());
    const { orders, reservations } = {
      orders: runner.get("orders"),
      reservations: runner.get("reservations"),
    };
    await orders.place("tea");
    await expect(runner.waitFor("orders", 1, { timeoutMs: 10 })).rejects.toThrow(ProcessBehindError);
    await expect(runner.waitUntilIdle({ timeoutMs: 10 })).rejects.toThrow(ProcessBehindError);
    runner.start();
    await runner.waitFor("orders", 1, WAIT);
    expect(await reservations.notificationLog.maxId()).toBe(1);
    await runner.waitFor("notes", 5, WAIT);
    const aborted = { ...WAIT, signal: AbortSignal.abort(new Error("cancelled")) };
    await expect(runner.waitFor("orders", 1, aborted)).rejects.toThrow("cancelled");
    await expect(runner.waitUntilIdle(aborted)).rejects.toThrow("cancelled");
  });

  it("is not idle while an application that follows itself records without end", async () => {
    const notes = new Shortening({ recorder: memoryRecorder() });
    await using runner = new SystemRunner(shortening, { applications: { notes } });
    runner.start();
    await notes.write("a".repeat(100_000));
    await expect(runner.waitUntilIdle({ timeoutMs: 100 })).rejects.toThrow('Notifications of "notes/notes"');
  });

  it("stops one pipe at an event that fails, until it is retried or skipped", async () => {
    const applications = await instances();
    applications.reservations.hasCoffee = false;
    const errors: unknown[] = [];
    await using runner = runnerOf(applications, {
      onError: (error, { leader, follower }) => errors.push([String(error), leader, follower]),
    });
    runner.start();
    await applications.orders.place("coffee");
    const id = await applications.orders.place("tea");
    await expect(runner.waitUntilIdle(WAIT)).rejects.toThrow(
      'Notifications of "orders/reservations" are processed up to 0, not yet 2. ' +
        "The runner is stopped at notification 1 (Order.Placed)",
    );
    await expect(runner.waitFor("orders", 1, WAIT)).rejects.toThrow("is stopped at notification 1");
    expect(errors).toEqual([["Error: There is no coffee", "orders", "reservations"]]);
    expect(await runner.status()).toMatchObject([
      { leader: "orders", follower: "reservations", state: "stopped", error: "There is no coffee" },
      { leader: "reservations", follower: "orders", state: "running", lag: 0 },
      { leader: "orders", follower: "payments", state: "running" },
      { leader: "payments", follower: "orders", state: "running" },
    ]);
    await runner.retry("orders", "reservations");
    await until(() => errors.length === 2);
    await runner.skip("orders", "reservations", 1);
    await runner.waitUntilIdle(WAIT);
    expect((await applications.orders.find(id)).paymentId).not.toBe("");
    expect(await applications.payments.notificationLog.maxId()).toBe(1);
  });

  it("is started once, and closes its applications", async () => {
    const applications = await instances();
    const runner = runnerOf(applications);
    runner.start();
    expect(() => runner.start()).toThrow(ProgrammingError);
    await runner.stop();
    await applications.notes.write("still open");
    expect((await runner.status()).map(({ state }) => state)).toEqual(upTo(4).map(() => "idle"));
    await runner.close();
    await runner.close();
    for (const application of Object.values(applications))
      await expect(application.notificationLog.maxId()).rejects.toThrow(RecorderClosedError);
  });

  it("refuses names and pipes that it does not have", async () => {
    await using runner = runnerOf(await instances());
    expectTypeOf(runner.get("orders")).toEqualTypeOf<Orders>();
    // @ts-expect-error: no application has this name
    expect(() => runner.get("shipping")).toThrow(
      "must be one of orders, reservations, payments, notes; it is",
    );
    await expect(runner.waitFor("toString" as never, 1, WAIT)).rejects.toThrow(InvalidArgumentError);
    await expect(runner.retry("notes", "orders")).rejects.toThrow(
      "the pipe must be one of orders/reservations, reservations/orders, orders/payments, payments/orders",
    );
    await expect(runner.skip("orders", "orders", 1)).rejects.toThrow(InvalidArgumentError);
  });
});

onEachRecorder("a sequential system runner", (create) => {
  it("processes events until none is left, always in the same order", async () => {
    const recorder = await create();
    const applications = await instances(async () => recorder);
    const runner = new SequentialSystemRunner(shopping, { applications });
    expect(await runner.run()).toBe(0);
    const ids = [await applications.orders.place("tea"), await applications.orders.place("milk")];
    expect(await runner.run()).toBe(8);
    expect(await runner.run()).toBe(0);
    expect(await topicsIn(applications.orders)).toEqual([
      "Order.Placed",
      "Order.Placed",
      "Reservation.Confirmed",
      "Reservation.Confirmed",
      "Order.Reserved",
      "Order.Reserved",
      "Payment.Received",
      "Payment.Received",
      "Order.Paid",
      "Order.Paid",
    ]);
    for (const id of ids) expect((await applications.orders.find(id)).paymentId).not.toBe("");
  });
});

describe("a sequential system runner", () => {
  it("throws the error of an event, and begins with it next time", async () => {
    const applications = await instances();
    applications.reservations.hasCoffee = false;
    const runner = new SequentialSystemRunner(shopping, { applications });
    await applications.orders.place("tea");
    await applications.orders.place("coffee");
    await expect(runner.run()).rejects.toThrow("There is no coffee");
    expect(await applications.reservations.notificationLog.maxId()).toBe(1);
    await expect(runner.run()).rejects.toThrow("There is no coffee");
    applications.reservations.hasCoffee = true;
    expect(await runner.run()).toBe(7);
  });

  it("follows an application that follows itself, and stops one that records without end", async () => {
    const notes = new Shortening({ recorder: memoryRecorder() });
    const runner = new SequentialSystemRunner(shortening, { applications: { notes } });
    await notes.write("abcde");
    expect(await runner.run({ maxEvents: 5 })).toBe(5);
    await notes.write("abcdefg");
    await expect(runner.run({ maxEvents: 5 })).rejects.toThrow("The system has processed more than 5 events");
    await expect(runner.run({ maxEvents: 0 })).rejects.toThrow("maxEvents must be a whole number from 1");
  });
});
