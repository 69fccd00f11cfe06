import { aggregate, CodedError, type DataOf, event, eventFamily } from "@palimpsest/eventsourcing";
import { z } from "zod";

const cents = z.int().positive();
export const { Opened, Credited, Debited, OverdraftLimitSet, Closed } = eventFamily("Account", {
  Opened: { owner: z.string() },
  Credited: { cents },
  Debited: { cents },
  OverdraftLimitSet: { cents: z.int().nonnegative() },
  Closed: {},
});

export class AccountClosedError extends CodedError {
  readonly code = "account-closed";
}

export class InsufficientFundsError extends CodedError {
  readonly code = "insufficient-funds";
}

export class Account extends aggregate(Opened) {
  balance = 0;
  overdraftLimit = 0;
  isClosed = false;

  @event(Credited)
  credit({ cents }: DataOf<typeof Credited>) {
    this.requireOpen();
    this.balance += cents;
  }

  @event(Debited)
  debit({ cents }: DataOf<typeof Debited>) {
    this.requireOpen();
    this.ensure(
      this.balance + this.overdraftLimit >= cents,
      () => new InsufficientFundsError(`${this.id} has ${this.balance} cents.`),
    );
    this.balance -= cents;
  }

  @event(OverdraftLimitSet)
  setOverdraftLimit({ cents }: DataOf<typeof OverdraftLimitSet>) {
    this.requireOpen();
    this.overdraftLimit = cents;
  }

  @event(Closed)
  close() {
    this.isClosed = true;
  }

  protected requireOpen() {
    this.ensure(!this.isClosed, () => new AccountClosedError(`${this.id} is closed.`));
  }
}
