import { z } from "zod";
import { aggregate, event } from "../src/aggregates/aggregate-class.ts";
import { application } from "../src/application/application.ts";
import { eventFamily } from "../src/events/event-family.ts";
import type { DataOf } from "../src/events/event-type.ts";
import { processApplication } from "../src/process/process-application.ts";
import type { ProjectedEvent } from "../src/projections/projection.ts";
import { NAMESPACE_URL, uuid5 } from "../src/uuid.ts";

const orderId = { orderId: z.string() };
const { Placed, Reserved, Paid } = eventFamily("Order", {
  Placed: { item: z.string() },
  Reserved: { reservationId: z.string() },
  Paid: { paymentId: z.string() },
});
const { Confirmed } = eventFamily("Reservation", { Confirmed: orderId });
const { Received } = eventFamily("Payment", { Received: orderId });
export const { Noted } = eventFamily("Note", { Noted: { text: z.string() } });

class Order extends aggregate(Placed) {
  reservationId = "";
  paymentId = "";

  @event(Reserved)
  reserve({ reservationId }: DataOf<typeof Reserved>): void {
    this.reservationId = reservationId;
  }

  @event(Paid)
  pay({ paymentId }: DataOf<typeof Paid>): void {
    this.paymentId = paymentId;
  }
}

class Reservation extends aggregate(Confirmed, {
  id: (data) => uuid5(NAMESPACE_URL, `/reservations/${data.orderId}`),
}) {}

class Payment extends aggregate(Received, {
  id: (data) => uuid5(NAMESPACE_URL, `/payments/${data.orderId}`),
}) {}

class Note extends aggregate(Noted) {}

/** Records orders, and that they are reserved and paid. */
export class Orders extends processApplication({ aggregates: [Order], handles: [Confirmed, Received] }) {
  /** Resolves to the id of the order. */
  async place(item: string): Promise<string> {
    const order = Order.create({ item });
    await this.save(order);
    return order.id;
  }

  find(id: string): Promise<Order> {
    return this.repository.get(Order, id);
  }

  async policy(received: ProjectedEvent<typeof Confirmed | typeof Received>) {
    const order = await this.find(received.data.orderId);
    switch (received.type) {
      case "Reservation.Confirmed":
        order.reserve({ reservationId: received.originatorId });
        break;
      case "Payment.Received":
        order.pay({ paymentId: received.originatorId });
    }
    return [order];
  }
}

/** Confirms a reservation for each order. There is no coffee while `hasCoffee` is false. */
export class Reservations extends processApplication({ aggregates: [Reservation], handles: [Placed] }) {
  hasCoffee = true;

  policy({ data, originatorId }: ProjectedEvent<typeof Placed>) {
    if (data.item === "coffee" && !this.hasCoffee) throw new Error("There is no coffee");
    return [Reservation.create({ orderId: originatorId })];
  }
}

/** Receives a payment for each reserved order. */
export class Payments extends processApplication({ aggregates: [Payment], handles: [Reserved] }) {
  policy({ originatorId }: ProjectedEvent<typeof Reserved>) {
    return [Payment.create({ orderId: originatorId })];
  }
}

/** Follows no application. */
export class Notes extends application({ aggregates: [Note] }) {
  async write(text: string): Promise<void> {
    await this.save(Note.create({ text }));
  }
}

/** Writes notes on its own notes, as long as they are longer than one letter. */
export class Shortening extends processApplication({ aggregates: [Note], handles: [Noted] }) {
  async write(text: string): Promise<void> {
    await this.save(Note.create({ text }));
  }

  policy({ data }: ProjectedEvent<typeof Noted>) {
    return data.text.length > 1 ? [Note.create({ text: data.text.slice(1) })] : [];
  }
}
