import { expect, it } from "vitest";
import { z } from "zod";
import { onEachRecorder } from "../../../../test/recorders.ts";
import { aggregate, event } from "../aggregates/aggregate-class.ts";
import { plainAggregate } from "../aggregates/plain-aggregate.ts";
import { AggregateNotFoundError, InvalidArgumentError, ProgrammingError } from "../errors.ts";
import { eventFamily } from "../events/event-family.ts";
import type { DataOf } from "../events/event-type.ts";
import { application } from "./application.ts";

const { Opened, Deposited, Withdrawn } = eventFamily("Account", {
  Opened: { owner: z.string() },
  Deposited: { cents: z.int().positive() },
  Withdrawn: { cents: z.int().positive() },
});

class Account extends aggregate(Opened) {
  cents = 0;

  @event(Deposited)
  deposit({ cents }: DataOf<typeof Deposited>): void {
    this.cents += cents;
  }

  @event(Withdrawn)
  withdraw({ cents }: DataOf<typeof Withdrawn>): void {
    this.ensure(cents <= this.cents, () => new RangeError(`${this.owner} has ${this.cents} cents.`));
    this.cents -= cents;
  }
}

const CountEvent = eventFamily("Count", { Begun: {}, Added: { by: z.int() } });
const count = plainAggregate({
  events: CountEvent,
  initial: 0,
  evolve: (sum: number, event) => (event.type === "Count.Added" ? sum + event.data.by : sum),
});

class Bank extends application({ aggregates: [Account, count] }) {
  transfer(from: string, to: string, cents: number) {
    return this.execute(
      [
        [Account, from],
        [Account, to],
      ],
      (payer, payee) => {
        payer.withdraw({ cents });
        payee.deposit({ cents });
      },
    );
  }
}

onEachRecorder("execute", (create) => {
  const open = async () => {
    const bank = new Bank({ recorder: await create() });
    const [ann, bob] = [Account.create({ owner: "Ann" }), Account.create({ owner: "Bob" })];
    await bank.save(ann, bob);
    return { bank, ann: ann.id, bob: bob.id };
  };
  const balance = async (bank: Bank, id: string) => (await bank.repository.get(Account, id)).cents;

  it("loads an aggregate, runs a command and saves its events", async () => {
    const { bank, ann } = await open();
    const [recording] = await bank.execute(Account, ann, (account) => account.deposit({ cents: 5 }));
    expect(recording?.domainEvent.type).toBe("Account.Deposited");
    expect(await balance(bank, ann)).toBe(5);
    expect(await bank.execute(Account, ann, () => {})).toEqual([]);
  });

  it("succeeds for each of many concurrent writers", async () => {
    const { bank, ann } = await open();
    await Promise.all(
      Array.from({ length: 8 }, () => bank.execute(Account, ann, (account) => account.deposit({ cents: 1 }))),
    );
    expect(await balance(bank, ann)).toBe(8);
  });

  it("saves several aggregates in one step, or none of them", async () => {
    const { bank, ann, bob } = await open();
    await bank.execute(Account, ann, (account) => account.deposit({ cents: 5 }));
    const recordings = await bank.transfer(ann, bob, 3);
    expect(recordings.map(({ domainEvent }) => domainEvent.type)).toEqual([
      "Account.Withdrawn",
      "Account.Deposited",
    ]);
    await expect(bank.transfer(ann, bob, 3)).rejects.toThrow(RangeError);
    expect([await balance(bank, ann), await balance(bank, bob)]).toEqual([2, 3]);
    await expect(bank.transfer(ann, ann, 1)).rejects.toThrow("twice in one save");
  });

  it("saves the aggregates that the command returns", async () => {
    const { bank, ann } = await open();
    const other = Account.create({ owner: "Eve" });
    await bank.execute(Account, ann, (account) => {
      account.deposit({ cents: 1 });
      return other;
    });
    expect(await balance(bank, other.id)).toBe(0);
    expect(await balance(bank, ann)).toBe(1);
  });

  it("passes the state of a plain aggregate, and triggers the returned events", async () => {
    const { bank } = await open();
    const begun = count.begin([CountEvent.Begun()]);
    await bank.save(begun);
    await bank.execute(count, begun.aggregate.id, (sum) => [CountEvent.Added({ by: sum + 2 })]);
    await bank.execute(count, begun.aggregate.id, (sum) => [CountEvent.Added({ by: sum + 2 })]);
    expect((await bank.repository.get(count, begun.aggregate.id)).state).toBe(6);
  });

  it("returns an aggregate at a time, and its history", async () => {
    const { bank, ann } = await open();
    const [first] = await bank.execute(Account, ann, (account) => account.deposit({ cents: 5 }));
    const between = first?.notification.recordedAt as Date;
    // The clock of a database has a resolution of its own.
    while (Date.now() <= between.getTime() + 1) await new Promise(setImmediate);
    await bank.execute(Account, ann, (account) => account.withdraw({ cents: 1 }));
    expect((await bank.repository.get(Account, ann, { at: between })).cents).toBe(5);
    expect((await bank.repository.get(Account, ann, { at: new Date(Date.now() + 60_000) })).cents).toBe(4);
    await expect(bank.repository.get(Account, ann, { at: new Date(0) })).rejects.toThrow(
      AggregateNotFoundError,
    );
    await expect(bank.repository.get(Account, ann, { at: new Date(Number.NaN) })).rejects.toThrow(
      InvalidArgumentError,
    );
    const seen: unknown[] = [];
    for await (const { aggregate, domainEvent } of bank.repository.history(Account, ann))
      seen.push([domainEvent.type, aggregate.version, aggregate.cents]);
    expect(seen).toEqual([
      ["Account.Opened", 1, 0],
      ["Account.Deposited", 2, 5],
      ["Account.Withdrawn", 3, 4],
    ]);
    const part: number[] = [];
    for await (const { aggregate } of bank.repository.history(Account, ann, { from: 2, to: 2 }))
      part.push(aggregate.version);
    expect(part).toEqual([2]);
  });

  it("names values that cannot be saved or loaded", async () => {
    const { bank, ann } = await open();
    const save = (item: unknown) => bank.save(item as never);
    await expect(save(bank.repository.get(Account, ann))).rejects.toThrow("Await the aggregate first");
    await expect(save(Deposited({ cents: 1 }))).rejects.toThrow("Trigger the new event on an aggregate");
    await expect(save(undefined)).rejects.toThrow("not undefined");
    await expect(save({})).rejects.toThrow(ProgrammingError);
    const [one, two] = [await bank.repository.get(Account, ann), await bank.repository.get(Account, ann)];
    one.deposit({ cents: 1 });
    two.deposit({ cents: 1 });
    await expect(bank.save(one, two)).rejects.toThrow("twice in one save");
    const get = (...given: unknown[]) =>
      (bank.repository.get as (...all: unknown[]) => Promise<unknown>)(...given);
    await expect(get.call(bank.repository, ann)).rejects.toThrow();
    await expect(bank.repository.get(ann as never, "")).rejects.toThrow("as in get(Account, id)");
    class Foreign extends aggregate(eventFamily("Foreign", { Begun: {} }).Begun) {}
    // @ts-expect-error not an aggregate of the application
    await expect(bank.repository.get(Foreign, ann)).rejects.toThrow("Add it to the `aggregates`");
  });
});
