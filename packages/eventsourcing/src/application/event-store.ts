import type { DomainEvent, LogEntry } from "../events/event.ts";
import type { Mapper } from "../events/mapper.ts";
import type {
  AppendResult,
  Notification,
  ProcessRecorder,
  Tracking,
  VersionRange,
} from "../recorder/recorder.ts";

/** A domain event and where the recorder put it: what saving returns for each event. */
export interface Recording<Event extends DomainEvent = DomainEvent> {
  readonly domainEvent: Event;
  readonly notification: Notification;
}

/** Stores and gives back domain events. */
export class EventStore {
  readonly #mapper: Mapper;
  readonly #recorder: ProcessRecorder;

  constructor(mapper: Mapper, recorder: ProcessRecorder) {
    this.#mapper = mapper;
    this.#recorder = recorder;
  }

  /**
   * Records `events`, with `tracking` if given, all or nothing; resolves to their recordings in the order given.
   * Throws what the recorder does.
   */
  async put(events: readonly (DomainEvent | LogEntry)[], tracking?: Tracking): Promise<readonly Recording[]> {
    const stored = events.map((event) => this.#mapper.toStoredEvent(event));
    const results = await this.#recorder.insertEvents(stored, tracking);
    return events.map((event, index) => {
      const { notificationId, originatorVersion, recordedAt } = results[index] as AppendResult;
      return {
        domainEvent: { ...event, originatorVersion },
        notification: {
          ...(stored[index] as Notification),
          originatorVersion,
          id: notificationId,
          recordedAt,
        },
      };
    });
  }

  /** As `get`, each event with its notification. */
  async recordings(originatorId: string, range?: VersionRange): Promise<readonly Recording[]> {
    const notifications = await this.#recorder.selectEvents(originatorId, range);
    return notifications.map((notification) => ({
      domainEvent: this.#mapper.toDomainEvent(notification),
      notification,
    }));
  }

  /** Resolves to the events of one originator in order of version; none where there are none. */
  async get(originatorId: string, range?: VersionRange): Promise<readonly DomainEvent[]> {
    const stored = await this.#recorder.selectEvents(originatorId, range);
    return stored.map((event) => this.#mapper.toDomainEvent(event));
  }
}
