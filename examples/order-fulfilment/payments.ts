import {
  aggregate,
  type DataOf,
  type EventOf,
  event,
  NAMESPACE_URL,
  processApplication,
  uuid5,
} from "@palimpsest/eventsourcing";
import { PaymentEvent, ReservationEvent, WalletEvent } from "./events.ts";

const walletId = (customer: string) => uuid5(NAMESPACE_URL, `/wallets/${customer}`);

class Wallet extends aggregate(WalletEvent.Opened, { id: ({ customer }) => walletId(customer) }) {
  cents = 0;

  @event(WalletEvent.PaidIn)
  payIn({ cents }: DataOf<typeof WalletEvent.PaidIn>) {
    this.cents += cents;
  }

  @event(WalletEvent.Charged)
  charge({ cents }: DataOf<typeof WalletEvent.Charged>) {
    this.cents -= cents;
  }
}

class Payment extends aggregate(PaymentEvent.Requested) {
  status: "requested" | "received" | "declined" = "requested";

  @event(PaymentEvent.Received)
  receive(_data: DataOf<typeof PaymentEvent.Received>) {
    this.status = "received";
  }

  @event(PaymentEvent.Declined)
  decline(_data: DataOf<typeof PaymentEvent.Declined>) {
    this.status = "declined";
  }
}

const handles = [ReservationEvent.Made] as const;

export class Payments extends processApplication({ aggregates: [Wallet, Payment], handles }) {
  payIn(customer: string, cents: number) {
    return this.withRetry(async () => {
      const wallet = (await this.repository.find(Wallet, walletId(customer))) ?? Wallet.create({ customer });
      wallet.payIn({ cents });
      return this.save(wallet);
    });
  }

  async balance(customer: string) {
    return (await this.repository.find(Wallet, walletId(customer)))?.cents ?? 0;
  }

  async policy({ data: { orderId, customer, cents } }: EventOf<typeof ReservationEvent.Made>) {
    const payment = Payment.create({ orderId, cents });
    const wallet = await this.repository.find(Wallet, walletId(customer));
    if (wallet === undefined || wallet.cents < cents) {
      payment.decline({ orderId, reason: `${customer} has too little money.` });
      return [payment];
    }
    wallet.charge({ cents });
    payment.receive({ orderId });
    return [payment, wallet];
  }
}
