import { aggregate, type DataOf, type EventOf, event, processApplication } from "@palimpsest/eventsourcing";
import { OrderEvent, PaymentEvent, ReservationEvent } from "./events.ts";

class Order extends aggregate(OrderEvent.Placed) {
  status: "placed" | "accepted" | "rejected" = "placed";
  reason = "";

  @event(OrderEvent.Accepted)
  accept() {
    this.status = "accepted";
  }

  @event(OrderEvent.Rejected)
  reject({ reason }: DataOf<typeof OrderEvent.Rejected>) {
    this.status = "rejected";
    this.reason = reason;
  }
}

const handles = [ReservationEvent.Refused, PaymentEvent.Received, PaymentEvent.Declined] as const;

export class Orders extends processApplication({ aggregates: [Order], handles }) {
  async place(customer: string, lines: Readonly<Record<string, number>>, cents: number) {
    const order = Order.create({ customer, lines, cents });
    await this.save(order);
    return order.id;
  }

  order(id: string) {
    return this.repository.get(Order, id);
  }

  async policy(event: EventOf<(typeof handles)[number]>) {
    const order = await this.order(event.data.orderId);
    switch (event.type) {
      case "Payment.Received":
        order.accept();
        break;
      case "Payment.Declined":
      case "Reservation.Refused":
        order.reject({ reason: event.data.reason });
    }
    return [order];
  }
}
