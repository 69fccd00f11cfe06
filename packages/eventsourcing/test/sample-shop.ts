import { z } from "zod";
import { aggregate, event } from "../src/aggregates/aggregate-class.ts";
import type { Saveable } from "../src/application/aggregate-type.ts";
import { application } from "../src/application/application.ts";
import { eventFamily } from "../src/events/event-family.ts";
import type { DataOf } from "../src/events/event-type.ts";
import { processApplication } from "../src/process/process-application.ts";
import type { ProjectedEvent } from "../src/projections/projection.ts";
import { NAMESPACE_URL, uuid5 } from "../src/uuid.ts";

const OrderEvent = eventFamily("Order", { Placed: { item: z.string() }, Changed: { item: z.string() } });
export const { Placed, Changed } = OrderEvent;

export class Order extends aggregate(Placed) {
  @event(Changed)
  change({ item }: DataOf<typeof Changed>): void {
    this.item = item;
  }
}

/** Records orders. */
export class Shop extends application({ aggregates: [Order] }) {
  /** Places an order for each item, and resolves to the last notification id. */
  async place(...items: readonly string[]): Promise<number> {
    for (const item of items) await this.save(Order.create({ item }));
    return this.notificationLog.maxId();
  }

  /** Changes the item of an order, which a `Warehouse` does not handle, and resolves to the last notification id. */
  async changeOrder(): Promise<number> {
    const order = Order.create({ item: "nothing" });
    await this.save(order);
    await this.execute(Order, order.id, (stored) => stored.change({ item: "nothing else" }));
    return this.notificationLog.maxId();
  }
}

const StockEvent = eventFamily("Stock", { Opened: { item: z.string() }, Taken: { order: z.string() } });
const { Opened, Taken } = StockEvent;
const stockId = (item: string) => uuid5(NAMESPACE_URL, `/stock/${item}`);

export class Stock extends aggregate(Opened, { id: ({ item }) => stockId(item) }) {
  taken: readonly string[] = [];

  @event(Taken)
  take({ order }: DataOf<typeof Taken>): void {
    this.taken = [...this.taken, order];
  }
}

/** Takes the item of each order from its stock. The item "nothing" has none. */
export class Warehouse extends processApplication({ aggregates: [Stock], handles: [Placed] }) {
  /** Runs in place of the policy for an item. */
  readonly policies = new Map<string, () => unknown>();

  override async policy({ data, originatorId }: ProjectedEvent<typeof Placed>): Promise<readonly Saveable[]> {
    const { item } = data;
    if (item === "nothing") return [];
    const policy = this.policies.get(item);
    if (policy !== undefined) return (await policy()) as readonly Saveable[];
    const stock = await this.stock(item);
    stock.take({ order: originatorId });
    return [stock];
  }

  async stock(item: string): Promise<Stock> {
    const first = await this.events.get(stockId(item), { limit: 1 });
    return first.length > 0 ? this.repository.get(Stock, stockId(item)) : Stock.create({ item });
  }

  async taken(item: string): Promise<number> {
    return (await this.stock(item)).taken.length;
  }
}
