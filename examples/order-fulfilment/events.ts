import { eventFamily } from "@palimpsest/eventsourcing";
import { z } from "zod";

const quantity = z.int().positive();
const cents = z.int().positive();
const orderId = z.uuid();
const customer = z.string().min(1);
const lines = z
  .record(z.string().min(1), quantity)
  .refine((lines) => Object.keys(lines).length > 0, "must have a line");

export const OrderEvent = eventFamily("Order", {
  Placed: { customer, lines, cents },
  Accepted: {},
  Rejected: { reason: z.string() },
});

export const StockEvent = eventFamily("Stock", {
  Listed: { sku: z.string().min(1) },
  Delivered: { quantity },
  Taken: { quantity },
  PutBack: { quantity },
});

export const ReservationEvent = eventFamily("Reservation", {
  Requested: { orderId, customer, lines, cents },
  Made: { orderId, customer, cents },
  Refused: { orderId, reason: z.string() },
  Released: {},
});

export const WalletEvent = eventFamily("Wallet", {
  Opened: { customer },
  PaidIn: { cents },
  Charged: { cents },
});

export const PaymentEvent = eventFamily("Payment", {
  Requested: { orderId, cents },
  Received: { orderId },
  Declined: { orderId, reason: z.string() },
});
