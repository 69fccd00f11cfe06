import { LRUCache } from "lru-cache";
import { weightOf } from "../application/aggregate-cache.ts";
import type { DomainEvent } from "../events/event-type.ts";
import type { Mapper } from "../events/mapper.ts";
import { type ApplicationRecorder, endsEarly, type Notification } from "../recorder/recorder.ts";
import { EventLoopYielder } from "../yielding.ts";
import type { EventPosition } from "./projection.ts";

export interface BatchEvent {
  readonly id: number;
  readonly eventId: string;
  readonly topic: string;
  /** Throws the errors of the mapper, so that they reach only the projections that handle the topic. */
  readonly decoded: () => DecodedEvent;
}

/** The notifications of the handled topics up to the id `to`, to be processed in one step. */
export interface EventBatch {
  readonly to: number;
  readonly events: readonly BatchEvent[];
}

interface DecodedEvent {
  readonly event: DomainEvent & EventPosition;
  readonly weight: number;
}

/** A batch that was read, or is being read: `to` is then the end that was requested. */
interface CachedBatch {
  readonly from: number;
  to: number;
  readonly batch: Promise<EventBatch>;
}

/** How many batches are cached, for projections that are a little behind the others. */
const MAX_CACHED = 2;
/** The size of stored states, as a part of `maxWeight`, at which a batch ends. Compressed events are smaller. */
const STORED_PART = 1 / 3;
const BASE_WEIGHT = 500;

/** Reads notifications in batches, once for all projections that are at about the same position. */
export class EventBatches {
  readonly size: number;
  /** The approximate size of decoded events, in characters and bytes, at which a batch ends. Twice this is cached. */
  readonly maxWeight: number;
  readonly #recorder: Pick<ApplicationRecorder, "selectNotifications">;
  readonly #topics: readonly string[];
  readonly #mapper: Mapper;
  #decoded: DecodedEvents;
  #cached: readonly CachedBatch[] = [];

  constructor(
    recorder: Pick<ApplicationRecorder, "selectNotifications">,
    mapper: Mapper,
    {
      topics,
      maxSize,
      maxWeight,
    }: { readonly topics: readonly string[]; readonly maxSize: number; readonly maxWeight: number },
  ) {
    this.#recorder = recorder;
    this.#topics = topics;
    this.#mapper = mapper;
    this.#decoded = new DecodedEvents(mapper, maxWeight);
    this.size = maxSize;
    this.maxWeight = maxWeight;
  }

  /**
   * Resolves to the notifications of the topics with ids above `from`, up to `to` or fewer. All ids up to `to` must be
   * recorded.
   */
  async read(from: number, to: number): Promise<EventBatch> {
    // `from` may be within a batch that a projection has processed in part.
    const cached = this.#cached.find((one) => one.from <= from && from < one.to);
    if (cached === undefined) return this.#readAndCache(from, to);
    const batch = await cached.batch;
    if (batch.to <= from) return this.read(from, to);
    const end = Math.min(to, batch.to);
    return { to: end, events: batch.events.filter(({ id }) => id > from && id <= end) };
  }

  async #readAndCache(from: number, to: number): Promise<EventBatch> {
    const cached: CachedBatch = { from, to, batch: this.#select(from, to) };
    this.#cached = [...this.#cached, cached].slice(-MAX_CACHED);
    try {
      const batch = await cached.batch;
      cached.to = batch.to;
      return batch;
    } catch (error) {
      this.#cached = this.#cached.filter((other) => other !== cached);
      throw error;
    }
  }

  /** Clears the cache, because the recorder may serve another database. */
  reset(): void {
    this.#cached = [];
    this.#decoded = new DecodedEvents(this.#mapper, this.maxWeight);
  }

  async #select(from: number, to: number): Promise<EventBatch> {
    const range = {
      start: from + 1,
      stop: to,
      limit: to - from,
      topics: this.#topics,
      maxBytes: Math.ceil(this.maxWeight * STORED_PART),
    };
    const notifications = await this.#recorder.selectNotifications(range);
    const events = notifications.map((notification) => ({
      id: notification.id,
      eventId: notification.eventId,
      topic: notification.topic,
      decoded: () => this.#decoded.get(notification),
    }));
    return { to: endsEarly(notifications, range) ? (events.at(-1)?.id ?? to) : to, events };
  }
}

/** Decodes events, and caches the last ones up to a total weight. */
class DecodedEvents {
  readonly #mapper: Mapper;
  readonly #events: LRUCache<string, DecodedEvent>;

  constructor(mapper: Mapper, maxWeight: number) {
    this.#mapper = mapper;
    this.#events = new LRUCache({ maxSize: 2 * maxWeight, sizeCalculation: ({ weight }) => weight });
  }

  get(notification: Notification): DecodedEvent {
    const { id, eventId, recordedAt } = notification;
    const cached = this.#events.get(eventId);
    if (cached !== undefined) return cached;
    const event = Object.freeze({
      ...this.#mapper.toDomainEvent(notification),
      notificationId: id,
      recordedAt,
    });
    const decoded = { event, weight: BASE_WEIGHT + weightOf(event.data) };
    this.#events.set(eventId, decoded);
    return decoded;
  }
}

/** Resolves to the first events of a batch: all of them, unless decoded they are too large. */
export async function decoded(
  batch: readonly BatchEvent[],
  maxWeight: number,
): Promise<readonly (DomainEvent & EventPosition)[]> {
  const events: (DomainEvent & EventPosition)[] = [];
  const yielder = new EventLoopYielder();
  let totalWeight = 0;
  for (const { decoded } of batch) {
    const { event, weight } = decoded();
    events.push(event);
    totalWeight += weight;
    if (totalWeight >= maxWeight) break;
    if (yielder.isDue) await yielder.step();
  }
  return events;
}
