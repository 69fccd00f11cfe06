import { AggregateNotFoundError, InvalidEventDataError } from "@palimpsest/eventsourcing";
import { expect, it } from "vitest";
import { onEachRecorder } from "../../test/recorders.ts";
import { AccountClosedError, InsufficientFundsError } from "./account.ts";
import { Bank } from "./bank.ts";

onEachRecorder("a bank", (create) => {
  it("moves money between accounts, and never more than the balance", async () => {
    const bank = new Bank({ recorder: await create() });
    const balance = async (id: string) => (await bank.account(id)).balance;
    const [ann, bob] = [await bank.open("Ann"), await bank.open("Bob")];
    await bank.deposit(ann, 20_000);
    await bank.withdraw(ann, 5_000);
    await expect(bank.withdraw(ann, 15_100)).rejects.toThrow(InsufficientFundsError);
    await bank.transfer(ann, bob, 10_000);
    await expect(bank.transfer(ann, bob, 100_000)).rejects.toThrow(InsufficientFundsError);
    expect([await balance(ann), await balance(bob)]).toEqual([5_000, 10_000]);
    await expect(bank.account("6ba7b810-9dad-41d1-80b4-00c04fd430c8")).rejects.toThrow(
      AggregateNotFoundError,
    );
  });

  it("changes nothing of a closed account", async () => {
    const bank = new Bank({ recorder: await create() });
    const [ann, bob] = [await bank.open("Ann"), await bank.open("Bob")];
    await bank.deposit(ann, 500);
    await bank.closeAccount(ann);
    await expect(bank.transfer(ann, bob, 100)).rejects.toThrow(AccountClosedError);
    await expect(bank.transfer(bob, ann, 100)).rejects.toThrow(InsufficientFundsError);
    await expect(bank.deposit(ann, 100)).rejects.toThrow(AccountClosedError);
    await expect(bank.setOverdraftLimit(ann, 100)).rejects.toThrow(AccountClosedError);
    expect((await bank.account(ann)).balance).toBe(500);
  });

  it("lets an account be overdrawn up to its limit", async () => {
    const bank = new Bank({ recorder: await create() });
    const ann = await bank.open("Ann");
    await expect(bank.setOverdraftLimit(ann, -1)).rejects.toThrow(InvalidEventDataError);
    await bank.setOverdraftLimit(ann, 500);
    await bank.withdraw(ann, 500);
    await expect(bank.withdraw(ann, 1)).rejects.toThrow(InsufficientFundsError);
    expect((await bank.account(ann)).balance).toBe(-500);
  });
});
