import { InvalidArgumentError } from "../errors.ts";
import {
  type DataShape,
  type DomainEvent,
  type EventDefinition,
  type LogEntry,
  occur,
  type ShapeData,
} from "../events/event.ts";
import type { VersionRange } from "../recorder/recorder.ts";
import type { EventStore } from "./event-store.ts";

const PAGE_SIZE = 100;

/** A sequence of events that is not an aggregate. Appending to it never conflicts. */
export class EventSourcedLog<Own extends DataShape, Ambient extends DataShape> {
  readonly #events: EventStore;
  readonly #definition: EventDefinition<Own, Ambient>;
  /** The originator id of its entries. */
  readonly id: string;

  constructor(events: EventStore, id: string, definition: EventDefinition<Own, Ambient>) {
    this.#events = events;
    this.#definition = definition;
    this.id = id;
  }

  /** Returns a new entry, to be passed to `application.save`. Its version comes back in the recording. */
  triggerEvent(data: ShapeData<Own>): LogEntry<ShapeData<Own> & ShapeData<Ambient>> {
    return occur(this.#definition(data), this.id, null) as LogEntry<ShapeData<Own> & ShapeData<Ambient>>;
  }

  /**
   * Iterates over entries with versions `> gt` and `<= lte`, oldest first unless `desc`, at most `limit`. Entries
   * are read as they are asked for, some at a time.
   * @throws InvalidArgumentError for a limit that is not a whole number from 0
   */
  async *get(range: VersionRange = {}): AsyncGenerator<DomainEvent<ShapeData<Own> & ShapeData<Ambient>>> {
    const { desc = false, limit = Number.POSITIVE_INFINITY } = range;
    if (limit !== Number.POSITIVE_INFINITY && !(Number.isSafeInteger(limit) && limit >= 0)) {
      throw new InvalidArgumentError("limit", limit, "a whole number from 0");
    }
    let rest: VersionRange = range;
    for (let left = limit; left > 0; ) {
      const wanted = Math.min(left, PAGE_SIZE);
      const entries = await this.#events.get(this.id, { ...rest, limit: wanted });
      for (const entry of entries) yield entry as DomainEvent<ShapeData<Own> & ShapeData<Ambient>>;
      const last = entries.at(-1);
      if (last === undefined || entries.length < wanted) return;
      left -= entries.length;
      rest = desc ? { ...rest, lte: last.originatorVersion - 1 } : { ...rest, gt: last.originatorVersion };
    }
  }
}
