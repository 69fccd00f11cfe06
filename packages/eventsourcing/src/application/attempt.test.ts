import { expect, it } from "vitest";
import { z } from "zod";
import { onEachRecorder } from "../../../../test/recorders.ts";
import { aggregate, event } from "../aggregates/aggregate-class.ts";
import { plainAggregate } from "../aggregates/plain-aggregate.ts";
import { eventFamily } from "../events/event-family.ts";
import type { DataOf } from "../events/event-type.ts";
import type { Recorder } from "../recorder/recorder.ts";
import { application } from "./application.ts";

const { Opened, Deposited } = eventFamily("Account", {
  Opened: {},
  Deposited: { cents: z.int().positive() },
});

class Account extends aggregate(Opened) {
  cents = 0;

  @event(Deposited)
  deposit({ cents }: DataOf<typeof Deposited>): void {
    this.ensure(this.cents + cents <= 100, () => new RangeError(`${this.cents} of 100`));
    this.cents += cents;
  }
}

const CountEvent = eventFamily("Count", { Begun: {}, Added: {} });
const count = plainAggregate({
  events: CountEvent,
  initial: 0,
  evolve: (sum: number, { type }) => (type === "Count.Added" ? sum + 1 : sum),
});

class Bank extends application({ aggregates: [Account, count] }) {}

/** Counts the reads of events. */
function countingReads(recorder: Recorder): { readonly recorder: Recorder; reads: number } {
  const counting = {
    reads: 0,
    recorder: new Proxy(recorder, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (name === "selectEvents") counting.reads += 1;
        return typeof value === "function" ? value.bind(target) : value;
      },
    }),
  };
  return counting;
}

onEachRecorder("an attempt", (create) => {
  /** Opens two applications on one recorder, as two processes would, and an account that the first has cached. */
  const open = async () => {
    const recorder = await create();
    const counting = countingReads(recorder);
    const [bank, other] = [new Bank({ recorder: counting.recorder }), new Bank({ recorder })];
    const account = Account.create({});
    await bank.save(account);
    counting.reads = 0;
    return { bank, other, id: account.id, counting };
  };
  const deposit = (bank: Bank, id: string, cents: number) =>
    bank.execute(Account, id, (account) => account.deposit({ cents }));
  const balance = async (bank: Bank, id: string) => (await bank.repository.get(Account, id)).cents;

  it("needs no read for a cached aggregate that it saves", async () => {
    const { bank, id, counting } = await open();
    await deposit(bank, id, 1);
    await bank.withRetry(async (attempt) => {
      const account = await attempt.get(Account, id);
      account.deposit({ cents: 1 });
      await attempt.save(account);
    });
    expect(counting.reads).toBe(0);
    expect(await balance(bank, id)).toBe(2);
  });

  it("runs again with the current state if another application has changed the aggregate", async () => {
    const { bank, other, id } = await open();
    await deposit(other, id, 5);
    const seen: number[] = [];
    await bank.execute(Account, id, (account) => {
      seen.push(account.cents);
      account.deposit({ cents: 1 });
    });
    expect(seen).toEqual([0, 5]);
    expect(await balance(other, id)).toBe(6);
  });

  it("throws no error that an older state caused", async () => {
    const { bank, other, id } = await open();
    await deposit(bank, id, 90);
    await other.execute(Account, id, () => Account.create({}));
    const seen: number[] = [];
    const rule = new Error("less than 95");
    const run = () =>
      bank.execute(Account, id, ({ cents }) => {
        seen.push(cents);
        if (cents < 95) throw rule;
      });
    await expect(run()).rejects.toBe(rule);
    expect(seen).toEqual([90]);
    await deposit(other, id, 5);
    expect(await run()).toEqual([]);
    expect(seen).toEqual([90, 90, 95]);
  });

  it("saves nothing that an older state of another aggregate led to", async () => {
    const { bank, other, id } = await open();
    const target = Account.create({});
    await bank.save(target);
    await deposit(other, id, 7);
    await bank.execute(
      [
        [Account, id],
        [Account, target.id],
      ],
      (source, copy) => {
        copy.deposit({ cents: source.cents + 1 });
      },
    );
    expect(await balance(other, target.id)).toBe(8);
  });

  it("loads plain aggregates like others", async () => {
    const { bank, other, counting } = await open();
    const begun = count.begin([CountEvent.Begun()]);
    const { id } = begun.aggregate;
    await bank.save(begun);
    const add = (app: Bank) => app.execute(count, id, () => [CountEvent.Added()]);
    await add(bank);
    expect(counting.reads).toBe(0);
    await add(other);
    await add(bank);
    expect((await bank.repository.get(count, id)).state).toBe(3);
  });

  it("runs concurrent commands on one aggregate one after another, also inside a command", async () => {
    const { bank, id, counting } = await open();
    let runs = 0;
    const add = () =>
      bank.execute(Account, id, async (account) => {
        runs += 1;
        await new Promise(setImmediate);
        account.deposit({ cents: 1 });
      });
    await Promise.all(Array.from({ length: 20 }, add));
    expect([runs, counting.reads]).toEqual([20, 0]);
    const other = Account.create({});
    await bank.save(other);
    // Runs three times, since the inner commands win.
    await bank.execute(Account, other.id, async (outer) => {
      await add();
      await bank.execute(
        [
          [Account, other.id],
          [Account, id],
        ],
        (inner, account) => {
          inner.deposit({ cents: 1 });
          account.deposit({ cents: 1 });
        },
      );
      if (outer.cents < 2) outer.deposit({ cents: 1 });
    });
    expect([await balance(bank, id), await balance(bank, other.id)]).toEqual([26, 3]);
  });
});
