import { application } from "@palimpsest/eventsourcing";
import { Account } from "./account.ts";

/** Each method is a use case. Loading, saving and retrying are in `execute`. */
export class Bank extends application({ aggregates: [Account] }) {
  async open(owner: string) {
    const account = Account.create({ owner });
    await this.save(account);
    return account.id;
  }

  account(id: string) {
    return this.repository.get(Account, id);
  }

  deposit(id: string, cents: number) {
    return this.execute(Account, id, (account) => account.credit({ cents }));
  }

  withdraw(id: string, cents: number) {
    return this.execute(Account, id, (account) => account.debit({ cents }));
  }

  transfer(from: string, to: string, cents: number) {
    const accounts = [
      [Account, from],
      [Account, to],
    ] as const;
    return this.execute(accounts, (payer, payee) => {
      payer.debit({ cents });
      payee.credit({ cents });
    });
  }

  setOverdraftLimit(id: string, cents: number) {
    return this.execute(Account, id, (account) => account.setOverdraftLimit({ cents }));
  }

  closeAccount(id: string) {
    return this.execute(Account, id, (account) => account.close());
  }
}
