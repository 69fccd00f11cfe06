import { setImmediate } from "node:timers/promises";
import type { DomainEvent } from "./event.ts";
import type { Mapper } from "./mapper.ts";
import type { Place } from "./projection.ts";
import type { ApplicationRecorder, Notification } from "./recorder.ts";

/** A notification and its event, which is decoded once, when the first projection asks for it. */
export interface SectionEvent {
  readonly id: number;
  readonly eventId: string;
  readonly topic: string;
  /** Throws what the mapper does, to those projections alone that handle the topic. */
  readonly event: () => DomainEvent & Place;
}

/** How many sections are kept for the projections that follow a little behind. */
const KEPT = 3;
const FIRST_SIZE = 250;
/** What a section should hold, in bytes of states, for a few of them are in memory at a time. */
const TARGET_BYTES = 16 * 1024 * 1024;
/** After so many events others have their turn, for decoding thousands takes a while. */
const EVENTS_IN_A_TURN = 250;

/** Reads notifications in sections, once for all the projections that go the same way at about the same time. */
export class Sections {
  readonly #recorder: Pick<ApplicationRecorder, "selectNotifications">;
  readonly #mapper: Mapper;
  readonly #topics: readonly string[];
  readonly #maxSize: number;
  #size: number;
  readonly #kept = new Map<string, Promise<readonly SectionEvent[]>>();

  /** @param topics those that any of the projections handles */
  constructor(
    recorder: Pick<ApplicationRecorder, "selectNotifications">,
    mapper: Mapper,
    { topics, maxSize }: { readonly topics: readonly string[]; readonly maxSize: number },
  ) {
    this.#recorder = recorder;
    this.#mapper = mapper;
    this.#topics = topics;
    this.#maxSize = maxSize;
    this.#size = Math.min(FIRST_SIZE, maxSize);
  }

  /** How many notifications should be read at a time: fewer where the events are large. */
  get size(): number {
    return this.#size;
  }

  /** Resolves to the notifications of the topics with ids `> from` and `<= to`, all of which are recorded. */
  read(from: number, to: number): Promise<readonly SectionEvent[]> {
    const key = `${from}-${to}`;
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    const section = this.#select(from, to);
    this.#kept.set(key, section);
    section.catch(() => this.#kept.delete(key));
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= KEPT) break;
      this.#kept.delete(oldest);
    }
    return section;
  }

  /** Has everything read anew, since the events may be those of another database now. */
  forget(): void {
    this.#kept.clear();
  }

  async #select(from: number, to: number): Promise<readonly SectionEvent[]> {
    const range = { start: from + 1, stop: to, limit: to - from, topics: this.#topics };
    const notifications = await this.#recorder.selectNotifications(range);
    this.#adapt(notifications, to - from);
    return notifications.map(sectionEvent(this.#mapper));
  }

  #adapt(notifications: readonly Notification[], size: number): void {
    const bytes = notifications.reduce((sum, { state }) => sum + state.byteLength, 0);
    if (bytes > TARGET_BYTES) this.#size = Math.max(1, Math.floor((size * TARGET_BYTES) / bytes));
    else if (size === this.#size && bytes < TARGET_BYTES / 2)
      this.#size = Math.min(2 * this.#size, this.#maxSize);
  }
}

function sectionEvent(mapper: Mapper): (notification: Notification) => SectionEvent {
  return (notification) => {
    const { id, eventId, topic, recordedAt } = notification;
    let event: (DomainEvent & Place) | undefined;
    return {
      id,
      eventId,
      topic,
      event: () => {
        event ??= Object.freeze({ ...mapper.toDomainEvent(notification), notificationId: id, recordedAt });
        return event;
      },
    };
  };
}

/** Resolves to the events themselves, and lets others have their turn in between. */
export async function decoded(section: readonly SectionEvent[]): Promise<readonly (DomainEvent & Place)[]> {
  const events: (DomainEvent & Place)[] = [];
  for (const { event } of section) {
    events.push(event());
    if (events.length % EVENTS_IN_A_TURN === 0) await setImmediate();
  }
  return events;
}
