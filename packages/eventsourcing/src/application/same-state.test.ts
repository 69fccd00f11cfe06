// The same events make the same state, wherever in between an aggregate was loaded or saved.
import { setTimeout as pause } from "node:timers/promises";
import { expect, it } from "vitest";
import { z } from "zod";
import { onEachRecorder } from "../../../../test/recorders.ts";
import { revive } from "../aggregates/aggregate.ts";
import { aggregate, definitionOf, event } from "../aggregates/aggregate-class.ts";
import { InvalidEventDataError, UnknownTopicError, UnreadableStateError } from "../errors.ts";
import { eventFamily, eventType } from "../events/event-family.ts";
import type { DataOf } from "../events/event-type.ts";
import { memoryRecorder } from "../memory/memory-recorder.ts";
import type { StoredSnapshot } from "../recorder/recorder.ts";
import { application } from "./application.ts";

const { Placed, LineAdded, Changed } = eventFamily("Order", {
  Placed: {},
  LineAdded: { sku: z.string(), quantity: z.int() },
  Changed: { sku: z.string(), quantity: z.int() },
});

interface Line {
  readonly sku: string;
  quantity: number;
}

class Order extends aggregate(Placed) {
  lines: Line[] = [];
  bySku = new Map<string, Line>();
  changedAt: Date | undefined;

  @event(LineAdded)
  add({ sku, quantity }: DataOf<typeof LineAdded>): void {
    const line = { sku, quantity };
    this.lines.push(line);
    this.bySku.set(sku, line);
  }

  @event(Changed)
  change({ sku, quantity }: DataOf<typeof Changed>): void {
    const line = this.bySku.get(sku);
    if (line !== undefined) line.quantity = quantity;
    this.changedAt = this.modifiedAt;
  }
}

class Shop extends application({ aggregates: [Order], snapshots: { Order: { every: 2 } } }) {}

onEachRecorder("the state of an aggregate", (create) => {
  it("keeps an object that two fields share, in the cache, in snapshots and when replayed", async () => {
    const recorder = await create();
    const shop = new Shop({ recorder });
    const order = Order.create();
    order.add({ sku: "a", quantity: 1 });
    await shop.save(order);
    for (const quantity of [7, 8, 9])
      await shop.execute(Order, order.id, (loaded) => loaded.change({ sku: "a", quantity }));
    const cached = await shop.repository.get(Order, order.id);
    const fromSnapshot = await new Shop({ recorder, cacheSize: 0 }).repository.get(Order, order.id);
    const replayed = revive(
      definitionOf(Order),
      definitionOf(Order).replay(undefined, await shop.events.get(order.id)),
    ) as Order;
    for (const each of [cached, fromSnapshot, replayed]) {
      expect(each.lines).toEqual([{ sku: "a", quantity: 9 }]);
      expect(each.bySku.get("a")).toBe(each.lines[0]);
    }
  });

  it("depends on the timestamps of its events, not on the time of recording", async () => {
    const recorder = await create();
    const shop = new Shop({ recorder });
    const order = Order.create();
    order.add({ sku: "a", quantity: 1 });
    order.change({ sku: "a", quantity: 2 });
    const { changedAt } = order;
    await pause(20);
    await shop.save(order);
    const read = await new Shop({ recorder, cacheSize: 0 }).repository.get(Order, order.id);
    expect(read.changedAt).toEqual(changedAt);
    expect(read.modifiedAt).toEqual(order.modifiedAt);
    expect(read.recordedAt).toEqual(order.recordedAt);
    expect(order.recordedAt?.last.getTime()).toBeGreaterThan(order.modifiedAt.getTime());
  });
});

const ID = "6ba7b810-9dad-41d1-80b4-00c04fd430c8";
const persons = (upcast: boolean) => {
  const { Registered, Moved } = eventFamily("Person", {
    Registered: upcast
      ? eventType({ given: z.string() }, { upcasts: [({ name }) => ({ given: String(name).split(" ")[0] })] })
      : { name: z.string() },
    Moved: { city: z.string() },
  });
  class Person extends aggregate(Registered) {
    city = "";
    @event(Moved)
    move({ city }: DataOf<typeof Moved>): void {
      this.city = city;
    }
  }
  class People extends application({ aggregates: [Person], snapshots: { Person: { every: 2 } } }) {}
  return { Person, People };
};

it("ignores a snapshot from before an upcast", async () => {
  const recorder = memoryRecorder();
  const [older, newer] = [persons(false), persons(true)];
  const person = older.Person.create({ name: "Ada Lovelace" } as never, ID);
  person.move({ city: "London" });
  const before = new older.People({ recorder });
  await before.save(person);
  expect(await before.snapshots.get(ID)).toHaveLength(1);
  const people = new newer.People({ recorder, cacheSize: 0 });
  expect({ ...(await people.repository.get(newer.Person, ID)) }).toEqual({ given: "Ada", city: "London" });
  await people.takeSnapshot(newer.Person, ID);
  expect({ ...(await people.repository.get(newer.Person, ID)) }).toEqual({ given: "Ada", city: "London" });
});

it("reads a snapshot of earlier versions of the library, with the timestamps of its events", async () => {
  const recorder = memoryRecorder();
  const { Person, People } = persons(false);
  const person = Person.create({ name: "Ada Lovelace" } as never, ID);
  person.move({ city: "London" });
  await new People({ recorder, snapshots: { Person: { every: 1_000 } } }).save(person);
  const state =
    '{"schemaVersion":1,"createdAt":5,"modifiedAt":6,"state":{"name":"Ada Lovelace","city":"from the snapshot"}}';
  const stored: StoredSnapshot = {
    originatorId: ID,
    originatorVersion: 2,
    topic: "Person.Snapshot",
    state: Buffer.from(state),
  };
  await recorder.insertSnapshot(stored, 20);
  const read = await new People({ recorder, cacheSize: 0 }).repository.get(Person, ID);
  expect(read.city).toBe("from the snapshot");
  expect(read.recordedAt).toEqual({ first: new Date(5), last: new Date(6) });
  expect([read.createdAt, read.modifiedAt]).toEqual([person.createdAt, person.modifiedAt]);
});

it("reads renamed events and families under their new names", async () => {
  const recorder = memoryRecorder();
  const { Person, People } = persons(false);
  const person = Person.create({ name: "Ada" } as never, ID);
  person.move({ city: "London" });
  await new People({ recorder }).save(person);
  const Declared = eventFamily(
    "Human",
    {
      Registered: { name: z.string() },
      Relocated: eventType({ city: z.string() }, { formerNames: ["Moved"] }),
    },
    { formerNames: ["Person"] },
  );
  class Human extends aggregate(Declared.Registered) {
    city = "";
    @event(Declared.Relocated)
    relocate({ city }: DataOf<typeof Declared.Relocated>): void {
      this.city = city;
    }
  }
  class Humans extends application({ aggregates: [Human], snapshots: { Human: { every: 2 } } }) {}
  const humans = new Humans({ recorder, cacheSize: 0 });
  expect({ ...(await humans.repository.get(Human, ID)) }).toEqual({ name: "Ada", city: "London" });
  await humans.execute(Human, ID, (human) => human.relocate({ city: "Paris" }));
  expect((await humans.events.get(ID)).map(({ type }) => type)).toEqual([
    "Human.Registered",
    "Human.Relocated",
    "Human.Relocated",
  ]);
});

it("names a stored event that cannot be read, and the remedy", async () => {
  const recorder = memoryRecorder();
  const { Person, People } = persons(false);
  await new People({ recorder }).save(Person.create({ name: "Ada" } as never, ID));
  const read = async (family: Parameters<typeof eventFamily>[1]) => {
    const declared = eventFamily("Person", family);
    class Other extends aggregate(declared.Registered ?? (declared.Begun as never)) {}
    class Others extends application({ aggregates: [Other] }) {}
    await new Others({ recorder }).repository.get(Other, ID);
  };
  await expect(read({ Registered: { name: z.string(), email: z.string() } })).rejects.toThrow(
    InvalidEventDataError,
  );
  await expect(read({ Registered: { name: z.string(), email: z.string() } })).rejects.toThrow(
    "give it an upcast",
  );
  await expect(read({ Begun: {} })).rejects.toThrow(UnknownTopicError);
  const boom = () => {
    throw new Error("boom");
  };
  await expect(read({ Registered: eventType({}, { upcasts: [boom] }) })).rejects.toThrow(
    UnreadableStateError,
  );
  await expect(read({ Registered: eventType({}, { upcasts: [boom] }) })).rejects.toThrow(
    "from version 1 failed: boom",
  );
});
