import { setImmediate } from "node:timers/promises";
import { LARGE_BYTES } from "../events/compressor.ts";
import type { DomainEvent, LogEntry } from "../events/event-type.ts";
import type { Mapper } from "../events/mapper.ts";
import type {
  AppendResult,
  Notification,
  ProcessRecorder,
  Tracking,
  UnrecordedEvent,
  VersionRange,
} from "../recorder/recorder.ts";
import { weightOf } from "./aggregate-cache.ts";

/** Data of this weight takes about 5 ms to encode. */
const YIELD_WEIGHT = 1024 * 1024;

/** A recorded event: the domain event and its notification. */
export interface Recording<Event extends DomainEvent = DomainEvent> {
  readonly domainEvent: Event;
  readonly notification: Notification;
}

/** Stores and returns domain events. */
export class EventStore {
  readonly #mapper: Mapper;
  readonly #recorder: ProcessRecorder;

  constructor(mapper: Mapper, recorder: ProcessRecorder) {
    this.#mapper = mapper;
    this.#recorder = recorder;
  }

  /**
   * Records `events`, and `tracking` if given, all or none. Resolves to their recordings in the order given.
   * @throws the errors of `ProcessRecorder.insertEvents`; nothing is stored
   */
  async put(events: readonly (DomainEvent | LogEntry)[], tracking?: Tracking): Promise<readonly Recording[]> {
    // Encoding a large event takes milliseconds, so this yields to the event loop first.
    if (events.some(({ data }) => weightOf(data) > YIELD_WEIGHT)) await setImmediate();
    const stored = await Promise.all(events.map((event) => this.#mapper.toStoredEventAsync(event)));
    const results = await this.#recorder.insertEvents(stored, tracking);
    return events.map((event, index) =>
      recordingOf(event, stored[index] as UnrecordedEvent, results[index] as AppendResult),
    );
  }

  /** Resolves to the events of one originator with their notifications, in order of version. */
  async recordings(originatorId: string, range?: VersionRange): Promise<readonly Recording[]> {
    const notifications = await this.#recorder.selectEvents(originatorId, range);
    const events = await this.#decode(notifications);
    return notifications.map((notification, index) => ({
      domainEvent: events[index] as DomainEvent,
      notification,
    }));
  }

  /** Resolves to the events of one originator, in order of version; none if it does not exist. */
  async get(originatorId: string, range?: VersionRange): Promise<readonly DomainEvent[]> {
    return this.#decode(await this.#recorder.selectEvents(originatorId, range));
  }

  /** Large events are decompressed in threads; small ones without an `await` each. */
  async #decode(stored: readonly Notification[]): Promise<readonly DomainEvent[]> {
    return stored.some(({ state }) => state.length >= LARGE_BYTES)
      ? Promise.all(stored.map((event) => this.#mapper.toDomainEventAsync(event)))
      : stored.map((event) => this.#mapper.toDomainEvent(event));
  }

  /** Resolves to the version that an originator had at a time, by the time of recording; 0 before its first event. */
  async versionAtTime(originatorId: string, instant: Date): Promise<number> {
    return this.versionAt(originatorId, await this.#recorder.notificationIdAt(instant));
  }

  /**
   * Resolves to the version that an originator had when `notificationId` was recorded; 0 before its first event. Looks
   * up O(log n) of its n events.
   */
  async versionAt(originatorId: string, notificationId: number): Promise<number> {
    const [last] = await this.#recorder.selectEvents(originatorId, { desc: true, limit: 1 });
    if (last === undefined) return 0;
    if (last.id <= notificationId) return last.originatorVersion;
    let before: Point = { version: 0, id: 0 };
    let after: Point = { version: last.originatorVersion, id: last.id };
    for (let step = 0; after.version - before.version > 1; step += 1) {
      const version = step % 2 === 0 ? interpolate(before, after, notificationId) : middle(before, after);
      const [event] = await this.#recorder.selectEvents(originatorId, { gt: version - 1, lte: version });
      const point = { version, id: event?.id ?? Number.POSITIVE_INFINITY };
      if (point.id <= notificationId) before = point;
      else after = point;
    }
    return before.version;
  }
}

function recordingOf(
  event: DomainEvent | LogEntry,
  { eventId, originatorId, topic, state }: UnrecordedEvent,
  { notificationId, originatorVersion, recordedAt }: AppendResult,
): Recording {
  return {
    // An entry of a log gets its version from the recorder.
    domainEvent: event.originatorVersion === null ? { ...event, originatorVersion } : event,
    notification: { id: notificationId, eventId, originatorId, originatorVersion, topic, state, recordedAt },
  };
}

interface Point {
  readonly version: number;
  readonly id: number;
}

/** The version at `id` if notification ids rose evenly between the two points. */
function interpolate(before: Point, after: Point, id: number): number {
  const share = (id - before.id) / (after.id - before.id);
  const version = before.version + Math.floor(share * (after.version - before.version));
  return Math.min(Math.max(version, before.version + 1), after.version - 1);
}

/** Every other step halves the range, so that the search is short however ids rise. */
function middle(before: Point, after: Point): number {
  return Math.floor((before.version + after.version) / 2);
}
