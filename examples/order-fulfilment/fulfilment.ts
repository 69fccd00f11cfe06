import { system } from "@palimpsest/eventsourcing";
import { Orders } from "./orders.ts";
import { Payments } from "./payments.ts";
import { Reservations } from "./reservations.ts";

export const fulfilment = system({
  applications: { orders: Orders, reservations: Reservations, payments: Payments },
  pipes: [
    ["orders", "reservations", "orders"],
    ["reservations", "payments", "orders"],
  ],
});
