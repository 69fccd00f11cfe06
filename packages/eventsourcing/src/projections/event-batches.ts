import { setImmediate } from "node:timers/promises";
import { weightOf } from "../application/aggregate-cache.ts";
import type { DomainEvent } from "../events/event-type.ts";
import type { Mapper } from "../events/mapper.ts";
import { type ApplicationRecorder, endsEarly, type Notification } from "../recorder/recorder.ts";
import type { EventPosition } from "./projection.ts";

/** A notification, and its event when it is asked for. */
export interface BatchEvent {
  readonly id: number;
  readonly eventId: string;
  readonly topic: string;
  /** Throws what the mapper does, to those projections alone that handle the topic. */
  readonly decoded: () => DecodedEvent;
}

/** Notifications that are processed in one step: those of the topics wanted, up to the id `to`. */
export interface EventBatch {
  readonly to: number;
  readonly events: readonly BatchEvent[];
}

interface DecodedEvent {
  readonly event: DomainEvent & EventPosition;
  /** About how many characters and bytes it has. */
  readonly weight: number;
}

/** A batch that was read; where it ends is known once it is. */
interface KeptBatch {
  readonly from: number;
  to: number;
  readonly batch: Promise<EventBatch>;
}

/** How many batches are kept for the projections that follow a little behind. */
const KEPT = 3;
/** A batch ends with the event that brings its states to so many bytes. */
const BATCH_BYTES = 8 * 1024 * 1024;
/** No more is decoded for one batch than the event that comes to this, and no more is kept of all than twice that. */
const DECODED_WEIGHT = 24 * 1024 * 1024;
/** After so much was decoded others have their turn. */
const WEIGHT_IN_A_TURN = 256 * 1024;
/** What an event costs whatever it says. */
const WEIGHT_OF_AN_EVENT = 500;

/** Reads notifications in batches, once for all the projections that go the same way at about the same time. */
export class EventBatches {
  /** How many notifications a batch has at most; fewer where they are large. */
  readonly size: number;
  readonly #recorder: Pick<ApplicationRecorder, "selectNotifications">;
  readonly #topics: readonly string[];
  readonly #mapper: Mapper;
  #decoded: DecodedEvents;
  #kept: readonly KeptBatch[] = [];

  /** @param topics those that any of the projections handles */
  constructor(
    recorder: Pick<ApplicationRecorder, "selectNotifications">,
    mapper: Mapper,
    { topics, maxSize }: { readonly topics: readonly string[]; readonly maxSize: number },
  ) {
    this.#recorder = recorder;
    this.#topics = topics;
    this.#mapper = mapper;
    this.#decoded = new DecodedEvents(mapper);
    this.size = maxSize;
  }

  /**
   * Resolves to the notifications of the topics with ids `> from`, all of which up to `to` are recorded: up to `to`,
   * or fewer.
   */
  async read(from: number, to: number): Promise<EventBatch> {
    // Whoever processed a part of a batch is given the rest of it.
    const known = this.#kept.find((kept) => kept.from <= from && from < kept.to);
    if (known === undefined) return this.#keep(from, to);
    const batch = await known.batch;
    if (batch.to <= from) return this.read(from, to);
    const end = Math.min(to, batch.to);
    return { to: end, events: batch.events.filter(({ id }) => id > from && id <= end) };
  }

  async #keep(from: number, to: number): Promise<EventBatch> {
    const kept: KeptBatch = { from, to, batch: this.#select(from, to) };
    this.#kept = [...this.#kept, kept].slice(-KEPT);
    try {
      const batch = await kept.batch;
      kept.to = batch.to;
      return batch;
    } catch (error) {
      this.#kept = this.#kept.filter((other) => other !== kept);
      throw error;
    }
  }

  /** Has everything read anew, since the events may be those of another database now. */
  forget(): void {
    this.#kept = [];
    this.#decoded = new DecodedEvents(this.#mapper);
  }

  async #select(from: number, to: number): Promise<EventBatch> {
    const range = {
      start: from + 1,
      stop: to,
      limit: to - from,
      topics: this.#topics,
      maxBytes: BATCH_BYTES,
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

/** The events that were decoded last, up to a weight, for those who ask a little later. */
class DecodedEvents {
  readonly #mapper: Mapper;
  readonly #events = new Map<string, DecodedEvent>();
  #weight = 0;

  constructor(mapper: Mapper) {
    this.#mapper = mapper;
  }

  get(notification: Notification): DecodedEvent {
    const { id, eventId, recordedAt } = notification;
    const known = this.#events.get(eventId);
    if (known !== undefined) return known;
    const event = Object.freeze({
      ...this.#mapper.toDomainEvent(notification),
      notificationId: id,
      recordedAt,
    });
    const decoded = { event, weight: WEIGHT_OF_AN_EVENT + weightOf(event.data) };
    this.#events.set(eventId, decoded);
    this.#weight += decoded.weight;
    for (const [oldest, { weight }] of this.#events) {
      if (this.#weight <= 2 * DECODED_WEIGHT) break;
      this.#events.delete(oldest);
      this.#weight -= weight;
    }
    return decoded;
  }
}

/**
 * Resolves to the first of the events themselves, all of them unless they are large, and lets others have their turn
 * in between.
 */
export async function decoded(
  batch: readonly BatchEvent[],
): Promise<readonly (DomainEvent & EventPosition)[]> {
  const events: (DomainEvent & EventPosition)[] = [];
  let [weightOfAll, weightInTurn] = [0, 0];
  for (const { decoded } of batch) {
    const { event, weight } = decoded();
    events.push(event);
    weightOfAll += weight;
    weightInTurn += weight;
    if (weightOfAll >= DECODED_WEIGHT) break;
    if (weightInTurn < WEIGHT_IN_A_TURN) continue;
    weightInTurn = 0;
    await setImmediate();
  }
  return events;
}
