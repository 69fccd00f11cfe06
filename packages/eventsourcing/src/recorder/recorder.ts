/**
 * The port to a database. Every backend keeps the promises R1 to R15, which the recorder contract in `testing/` tests.
 *
 * Versions and notification ids start at 1. Methods reject with errors of `errors.ts`; an error of the driver is the
 * `cause`.
 */

/** A domain event as stored: bytes with a topic. */
export interface StoredEvent {
  /** UUIDv7 of the event, unique in the recorder. */
  readonly eventId: string;
  /** UUID of the aggregate or log. */
  readonly originatorId: string;
  /** From 1, without gaps within the originator. */
  readonly originatorVersion: number;
  /** Name of the event type, such as `Page.BodyUpdated`. */
  readonly topic: string;
  readonly state: Uint8Array;
}

/** An event to be recorded. If its version is null, it gets the originator's next version (R11). */
export interface UnrecordedEvent extends Omit<StoredEvent, "originatorVersion"> {
  readonly originatorVersion: number | null;
}

/** A stored event with its position in the application's total order. */
export interface Notification extends StoredEvent {
  /** From 1, without gaps, in the order of commits (R4). */
  readonly id: number;
  /** The time of recording, never earlier than that of a smaller id (R15). */
  readonly recordedAt: Date;
}

/** The position, version and time that the recorder gave to an event. */
export interface AppendResult {
  readonly notificationId: number;
  readonly originatorVersion: number;
  readonly recordedAt: Date;
}

/** Records that the process called `name` has processed `notificationId` of an upstream application. */
export interface Tracking {
  readonly name: string;
  readonly notificationId: number;
}

/** Versions `> gt` and `<= lte`, ascending unless `desc`, at most `limit` (0 selects none). */
export interface VersionRange {
  readonly gt?: number;
  readonly lte?: number;
  readonly desc?: boolean;
  readonly limit?: number;
}

/** Ids `>= start` and `<= stop`, ascending, at most `limit` (0 selects none), of `topics` if given (an empty list selects none). */
export interface NotificationRange {
  readonly start: number;
  readonly stop?: number;
  readonly limit: number;
  readonly topics?: readonly string[];
  /**
   * From 1. The selection ends with the notification whose state brings it to this many bytes. So it is at most this
   * large plus one state, and its first notification may have any size.
   */
  readonly maxBytes?: number;
}

/** Returns true if `limit` or `maxBytes` ended the selection, so that the range may have more notifications. */
export function endsEarly(selected: readonly StoredEvent[], { limit, maxBytes }: NotificationRange): boolean {
  if (selected.length >= limit) return true;
  return maxBytes !== undefined && bytesOfStates(selected) >= maxBytes;
}

/** Returns the size of the states of `events`, in bytes. */
export function bytesOfStates(events: readonly StoredEvent[]): number {
  return events.reduce((sum, { state }) => sum + state.byteLength, 0);
}

/** The state of the clock that gives events their `recordedAt`. */
export interface ClockStatus {
  /** "ok"; "ahead": `aheadMs` exceeds `maxAheadMs`; "refusing": it does, and saves are refused. */
  readonly state: "ok" | "ahead" | "refusing";
  /** The `recordedAt` of the last event. Undefined if nothing is recorded. */
  readonly lastRecordedAt: Date | undefined;
  /** How far the next event's `recordedAt` would be ahead of the expected time, in milliseconds from 0. */
  readonly aheadMs: number;
  readonly maxAheadMs: number;
  /** How often this recorder has met a time that was too far ahead. */
  readonly incidents: number;
}

/** Records the events of originators, each in its own sequence. */
export interface AggregateRecorder {
  /**
   * Records `events`, all or none (R3). Resolves to their results in the order given once they would survive a power
   * cut (R5). Notification ids increase in that order. An empty list records nothing and resolves to [].
   * Saves of one process are recorded in the order of the calls (R12).
   *
   * @throws VersionConflictError, EventAlreadyRecordedError, InvalidArgumentError, LimitExceededError, ClockAheadError,
   *   RecorderClosedError, RecorderError; nothing is stored
   * @throws OutcomeUnknownError if the connection broke during the commit (R6)
   */
  insertEvents(events: readonly UnrecordedEvent[]): Promise<readonly AppendResult[]>;

  /** Resolves to the events of one originator, in order of version (R1, R7); none for an unknown originator. */
  selectEvents(originatorId: string, range?: VersionRange): Promise<readonly StoredEvent[]>;
}

/** Also gives events a total order. */
export interface ApplicationRecorder extends AggregateRecorder {
  /** As in AggregateRecorder; each event with its position in the total order. */
  selectEvents(originatorId: string, range?: VersionRange): Promise<readonly Notification[]>;

  /** Resolves to notifications in order of id (R4, R8). */
  selectNotifications(range: NotificationRange): Promise<readonly Notification[]>;

  /** Resolves to the last notification id, or 0 if nothing is recorded. */
  maxNotificationId(): Promise<number>;

  /** Resolves to the last notification id recorded at or before `instant`, or 0 (R15). */
  notificationIdAt(instant: Date): Promise<number>;

  /** Resolves to the state of the clock that gives events their `recordedAt`. */
  clockStatus(): Promise<ClockStatus>;

  /** Resolves to the notifications of the recorded ones of `eventIds`, in order of notification id (R6). */
  findNotifications(eventIds: readonly string[]): Promise<readonly Notification[]>;

  /**
   * Calls `listener` soon after this or any other process has recorded events (R9): within about 10 ms of the commit
   * on PostgreSQL and 50 ms on SQLite. There may be one call for many commits, and a call without a commit.
   * `listener` must not throw. The function returned ends the calls. Watching does not keep the process alive.
   */
  watch(listener: () => void): () => void;

  /** Releases all resources after pending saves have ended. Later calls of other methods throw RecorderClosedError. */
  close(): Promise<void>;

  /** Closes at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Also records which notifications of another application have been processed. */
export interface ProcessRecorder extends ApplicationRecorder {
  /**
   * As in AggregateRecorder. Stores `events`, which may be empty, and `tracking` together or not at all (R10).
   * @throws TrackingConflictError if `tracking.notificationId` is not greater than the last one of that name
   */
  insertEvents(events: readonly UnrecordedEvent[], tracking?: Tracking): Promise<readonly AppendResult[]>;

  /** Resolves to the last notification id tracked under `name`, or 0. */
  maxTrackingId(name: string): Promise<number>;
}

/** An aggregate's state at a version, as stored. */
export interface StoredSnapshot {
  readonly originatorId: string;
  readonly originatorVersion: number;
  /** Name of the aggregate's state, such as `Page.Snapshot`. */
  readonly topic: string;
  readonly state: Uint8Array;
}

/** Stores snapshots, which can be derived from events again. */
export interface SnapshotRecorder {
  /**
   * Stores `snapshot`, in place of one of the same originator and version. Deletes the originator's snapshots except
   * the newest one and the first one at or after each multiple of `keepEvery` versions.
   */
  insertSnapshot(snapshot: StoredSnapshot, keepEvery: number): Promise<void>;

  /** Resolves to the snapshots of one originator in order of version. */
  selectSnapshots(originatorId: string, range?: VersionRange): Promise<readonly StoredSnapshot[]>;
}

/** An open database, as a backend gives it to an application. */
export type Recorder = ProcessRecorder & SnapshotRecorder;

/** The largest state of an event, in bytes as stored (R14). */
export const MAX_STATE_BYTES = 64 * 1024 * 1024;
