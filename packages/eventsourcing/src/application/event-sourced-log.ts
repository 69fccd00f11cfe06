import { InvalidArgumentError } from "../errors.ts";
import { createEvent } from "../events/event.ts";
import type {
  DataArguments,
  DomainEvent,
  EventDefinition,
  LogEntry,
  NewEvent,
} from "../events/event-type.ts";
import type { DataShape, ShapeData } from "../events/shape.ts";
import type { VersionRange } from "../recorder/recorder.ts";
import { EventLoopYielder } from "../yielding.ts";
import type { EventStore } from "./event-store.ts";

const BATCH_SIZE = 100;

/** A sequence of events that is not an aggregate. Appending to it never conflicts. */
export class EventSourcedLog<
  Own extends DataShape,
  Ambient extends DataShape,
  Topic extends string = string,
> {
  readonly #events: EventStore;
  readonly #type: (...data: DataArguments<ShapeData<Own>>) => NewEvent;
  /** The originator id of its entries. */
  readonly id: string;

  /** @param type the type of its entries, listed in the application's `logEvents` */
  constructor(events: EventStore, id: string, type: EventDefinition<Own, Ambient, Topic, DomainEvent>) {
    this.#events = events;
    this.#type = type as unknown as (...data: DataArguments<ShapeData<Own>>) => NewEvent;
    this.id = id;
  }

  /** Returns a new entry for `application.save`. Its version is in the recording that the save resolves to. */
  triggerEvent(...data: DataArguments<ShapeData<Own>>): LogEntry<ShapeData<Own> & ShapeData<Ambient>, Topic> {
    const entry: unknown = createEvent(this.#type(...data), this.id, null);
    return entry as LogEntry<ShapeData<Own> & ShapeData<Ambient>, Topic>;
  }

  /**
   * Iterates over entries with versions `> gt` and `<= lte`, oldest first unless `desc`, at most `limit`. Entries are
   * read as the iteration proceeds.
   * @throws InvalidArgumentError if `limit` is not a whole number from 0
   */
  async *get(
    range: VersionRange = {},
  ): AsyncGenerator<DomainEvent<ShapeData<Own> & ShapeData<Ambient>, Topic>> {
    const { desc = false, limit = Number.POSITIVE_INFINITY } = range;
    if (limit !== Number.POSITIVE_INFINITY && !(Number.isSafeInteger(limit) && limit >= 0))
      throw new InvalidArgumentError("limit", limit, "a whole number from 0");
    const yielder = new EventLoopYielder();
    let rest: VersionRange = range;
    for (let left = limit; left > 0; ) {
      const wanted = Math.min(left, BATCH_SIZE);
      const entries = await this.#events.get(this.id, { ...rest, limit: wanted });
      for (const entry of entries) {
        if (yielder.isDue) await yielder.step();
        yield entry as DomainEvent<ShapeData<Own> & ShapeData<Ambient>, Topic>;
      }
      const last = entries.at(-1);
      if (last === undefined || entries.length < wanted) return;
      left -= entries.length;
      rest = desc ? { ...rest, lte: last.originatorVersion - 1 } : { ...rest, gt: last.originatorVersion };
    }
  }
}
