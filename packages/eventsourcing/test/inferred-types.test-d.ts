// The types that the library infers. `tsc -b` checks them; nothing here runs.
import {
  type Aggregate,
  aggregate,
  application,
  type DataOf,
  type DomainEvent,
  type EventOf,
  type EventPosition,
  type EventsOf,
  event,
  eventFamily,
  type NewEvent,
  type ProjectedEvent,
  plainAggregate,
  processApplication,
  projection,
  type Recording,
  type Statement,
} from "@palimpsest/eventsourcing";
import { memoryRecorder } from "@palimpsest/eventsourcing/memory";
import { specification } from "@palimpsest/eventsourcing/specification";
import { expectTypeOf } from "vitest";
import { z } from "zod";

const AccountEvent = eventFamily(
  "Account",
  { Opened: { owner: z.string(), limit: z.number().optional() }, Deposited: { cents: z.int() }, Closed: {} },
  { ambient: { fields: { userId: z.string().nullable() }, values: () => ({ userId: null }) } },
);
const { Opened, Deposited, Closed } = AccountEvent;
type Ambient = { readonly userId: string | null };

class Account extends aggregate(Opened) {
  cents = 0;

  @event(Deposited)
  deposit({ cents }: DataOf<typeof Deposited>) {
    this.cents += cents;
  }

  @event(Closed)
  close() {}

  protected override apply(event: EventOf<typeof AccountEvent>) {
    expectTypeOf(event.type).toEqualTypeOf<"Account.Opened" | "Account.Deposited" | "Account.Closed">();
  }
}

// Event types
type AccountOpened = EventOf<typeof Opened>;
expectTypeOf<AccountOpened["type"]>().toEqualTypeOf<"Account.Opened">();
expectTypeOf<AccountOpened["data"]["owner"]>().toEqualTypeOf<string>();
expectTypeOf<AccountOpened["data"]["userId"]>().toEqualTypeOf<string | null>();
expectTypeOf<AccountOpened>().toExtend<DomainEvent>();
expectTypeOf<DataOf<typeof Opened>>().toExtend<{
  readonly owner: string;
  readonly limit?: number | undefined;
}>();
expectTypeOf<DataOf<typeof Opened>>().not.toExtend<Ambient>();
expectTypeOf<DataOf<typeof Deposited>["cents"]>().toEqualTypeOf<number>();
expectTypeOf<EventOf<typeof AccountEvent>>().toEqualTypeOf<
  AccountOpened | EventOf<typeof Deposited> | EventOf<typeof Closed>
>();
expectTypeOf(Closed()).toEqualTypeOf<NewEvent<EventOf<typeof Closed>>>();

expectTypeOf(Opened({ owner: "Ann" })).toEqualTypeOf<NewEvent<AccountOpened>>();

export function describeEvent(event: EventOf<typeof AccountEvent>): string {
  switch (event.type) {
    case "Account.Opened":
      return event.data.owner;
    case "Account.Deposited":
      return event.data.cents.toFixed();
    case "Account.Closed":
      return "closed";
    default:
      return event satisfies never;
  }
}

// @ts-expect-error the case of Closed is missing
export function describeInPart(event: EventOf<typeof AccountEvent>): string {
  switch (event.type) {
    case "Account.Opened":
      return event.data.owner;
    case "Account.Deposited":
      return event.data.cents.toFixed();
  }
}

export function narrow(event: DomainEvent): void {
  if (Deposited.matches(event)) expectTypeOf(event.data.cents).toEqualTypeOf<number>();
  if (AccountEvent.matches(event)) expectTypeOf(event).toEqualTypeOf<EventOf<typeof AccountEvent>>();
}

// Aggregates
const account = Account.create({ owner: "Ann" });
expectTypeOf(account).toEqualTypeOf<Account>();
expectTypeOf(account).toExtend<Aggregate>();
expectTypeOf(account.owner).toEqualTypeOf<string>();
expectTypeOf(account.limit).toEqualTypeOf<number | undefined>();
expectTypeOf(account.pendingEvents).toEqualTypeOf<readonly EventOf<typeof AccountEvent>[]>();
account.close();

const Counter = plainAggregate({
  events: AccountEvent,
  initial: { count: 0 },
  evolve: (state, event) => {
    expectTypeOf(event).toEqualTypeOf<EventOf<typeof AccountEvent>>();
    return { count: state.count + 1 };
  },
});

// Applications
class Bank extends application({ aggregates: [Account], snapshots: { Account: { every: 5 } } }) {}
const bank = new Bank({ recorder: memoryRecorder() });
expectTypeOf(bank.repository.get(Account, account.id)).resolves.toEqualTypeOf<Account>();
expectTypeOf(bank.save(account)).resolves.toEqualTypeOf<readonly Recording<EventsOf<typeof Account>>[]>();
expectTypeOf<EventsOf<typeof Account>>().toEqualTypeOf<EventOf<typeof AccountEvent>>();
bank.execute(Account, account.id, (loaded) => {
  expectTypeOf(loaded).toEqualTypeOf<Account>();
});
bank.execute(
  [
    [Account, account.id],
    [Account, account.id],
  ],
  (from, to) => {
    expectTypeOf([from, to]).toEqualTypeOf<Account[]>();
  },
);

class Counting extends application({ aggregates: [Counter] }) {}
new Counting({ recorder: memoryRecorder() }).execute(Counter, account.id, (state) => {
  expectTypeOf(state).toEqualTypeOf<{ count: number }>();
  return [Deposited({ cents: state.count })];
});

// Processes and projections
export class Welcoming extends processApplication({ aggregates: [Account], handles: [Opened, Closed] }) {
  policy(event: Parameters<InstanceType<typeof WelcomingBase>["policy"]>[0]) {
    return event.type === "Account.Opened" ? [Account.create({ owner: event.data.owner })] : [];
  }
}
const WelcomingBase = processApplication({ aggregates: [Account], handles: [Opened, Closed] });
expectTypeOf<Parameters<InstanceType<typeof WelcomingBase>["policy"]>>().toEqualTypeOf<
  [event: ProjectedEvent<typeof Opened> | ProjectedEvent<typeof Closed>]
>();

projection({
  name: "sums",
  version: 1,
  handles: [Opened, Deposited],
  tables: ["sums"],
  project: (events, table): Statement[] =>
    events.map((event) => {
      expectTypeOf(event).toExtend<EventPosition>();
      expectTypeOf(event.type).toEqualTypeOf<"Account.Opened" | "Account.Deposited">();
      return { sql: table("sums"), params: [event.type === "Account.Deposited" ? event.data.cents : 0] };
    }),
});

// Specifications
specification(Account)(Opened({ owner: "Ann" })).when((given) => {
  expectTypeOf(given).toEqualTypeOf<Account>();
});
specification(Counter)(Opened({ owner: "Ann" })).when((state) => {
  expectTypeOf(state).toEqualTypeOf<{ count: number }>();
  return [Closed()];
});
