import {
  aggregate,
  type DataOf,
  type EventOf,
  event,
  NAMESPACE_URL,
  processApplication,
  uuid5,
} from "@palimpsest/eventsourcing";
import { OrderEvent, ReservationEvent, StockEvent } from "./events.ts";

const stockId = (sku: string) => uuid5(NAMESPACE_URL, `/stock/${sku}`);
const reservationId = (orderId: string) => uuid5(NAMESPACE_URL, `/reservations/${orderId}`);

class Stock extends aggregate(StockEvent.Listed, { id: ({ sku }) => stockId(sku) }) {
  available = 0;

  @event(StockEvent.Delivered)
  deliver({ quantity }: DataOf<typeof StockEvent.Delivered>) {
    this.available += quantity;
  }

  @event(StockEvent.Taken)
  take({ quantity }: DataOf<typeof StockEvent.Taken>) {
    this.available -= quantity;
  }

  @event(StockEvent.PutBack)
  putBack({ quantity }: DataOf<typeof StockEvent.PutBack>) {
    this.available += quantity;
  }
}

class Reservation extends aggregate(ReservationEvent.Requested, {
  id: ({ orderId }) => reservationId(orderId),
}) {
  status: "requested" | "made" | "refused" | "released" = "requested";

  @event(ReservationEvent.Made)
  make(_data: DataOf<typeof ReservationEvent.Made>) {
    this.status = "made";
  }

  @event(ReservationEvent.Refused)
  refuse(_data: DataOf<typeof ReservationEvent.Refused>) {
    this.status = "refused";
  }

  @event(ReservationEvent.Released)
  release() {
    this.status = "released";
  }
}

const handles = [OrderEvent.Placed, OrderEvent.Rejected] as const;

export class Reservations extends processApplication({ aggregates: [Stock, Reservation], handles }) {
  deliver(sku: string, quantity: number) {
    return this.withRetry(async () => {
      const stock = (await this.repository.find(Stock, stockId(sku))) ?? Stock.create({ sku });
      stock.deliver({ quantity });
      return this.save(stock);
    });
  }

  async available(sku: string) {
    return (await this.repository.find(Stock, stockId(sku)))?.available ?? 0;
  }

  policy(event: EventOf<(typeof handles)[number]>) {
    return event.type === "Order.Placed" ? this.reserve(event) : this.release(event);
  }

  protected async reserve({ originatorId: orderId, data }: EventOf<typeof OrderEvent.Placed>) {
    const { customer, lines, cents } = data;
    const reservation = Reservation.create({ orderId, customer, lines, cents });
    const found = await this.stockOf(lines);
    const missing = found.find(({ stock, quantity }) => (stock?.available ?? 0) < quantity);
    if (missing) {
      reservation.refuse({ orderId, reason: `${missing.sku} is out of stock.` });
      return [reservation];
    }
    reservation.make({ orderId, customer, cents });
    for (const { stock, quantity } of found) stock?.take({ quantity });
    return [reservation, ...found.flatMap(({ stock }) => stock ?? [])];
  }

  protected async release({ originatorId: orderId }: EventOf<typeof OrderEvent.Rejected>) {
    const reservation = await this.repository.get(Reservation, reservationId(orderId));
    if (reservation.status !== "made") return [];
    reservation.release();
    const found = await this.stockOf(reservation.lines);
    for (const { stock, quantity } of found) stock?.putBack({ quantity });
    return [reservation, ...found.flatMap(({ stock }) => stock ?? [])];
  }

  protected stockOf(lines: Readonly<Record<string, number>>) {
    return Promise.all(
      Object.entries(lines).map(async ([sku, quantity]) => {
        return { sku, quantity, stock: await this.repository.find(Stock, stockId(sku)) };
      }),
    );
  }
}
