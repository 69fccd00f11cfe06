/**
 * The port to a database. Everything the library asks of one is in this file, and the promises R1 to R15 that
 * every backend keeps are proved by the contract suite in `./testing`.
 *
 * Versions and notification ids start at 1. Rejections are errors of `errors.ts`; a driver's own error appears
 * only as a `cause`.
 */

/** A domain event as a recorder keeps it: bytes under a topic. */
export interface StoredEvent {
  /** UUIDv7 of the event, unique in the recorder. */
  readonly eventId: string;
  /** UUID of the aggregate or log. */
  readonly originatorId: string;
  /** From 1, without gaps within the originator. */
  readonly originatorVersion: number;
  /** Stable name of the event type, such as `Page.BodyUpdated`. */
  readonly topic: string;
  readonly state: Uint8Array;
}

/** An event to be recorded. A version of null asks for the originator's next one, whatever it is (R11). */
export interface UnrecordedEvent extends Omit<StoredEvent, "originatorVersion"> {
  readonly originatorVersion: number | null;
}

/** A stored event at its place in the application's total order. */
export interface Notification extends StoredEvent {
  /** From 1, without gaps, in the order of commits (R4). */
  readonly id: number;
  /** When the recorder took the event; never earlier than that of a smaller id (R15). */
  readonly recordedAt: Date;
}

/** What the recorder gave one event of a save. */
export interface AppendResult {
  readonly notificationId: number;
  readonly originatorVersion: number;
  readonly recordedAt: Date;
}

/** Says that `notificationId` of an upstream application was processed by `name`. */
export interface Tracking {
  readonly name: string;
  readonly notificationId: number;
}

/** Versions `> gt` and `<= lte`, ascending unless `desc`, at most `limit` (0 gives none). */
export interface VersionRange {
  readonly gt?: number;
  readonly lte?: number;
  readonly desc?: boolean;
  readonly limit?: number;
}

/** Ids `>= start` and `<= stop`, ascending, at most `limit` (0 gives none), only `topics` if given (an empty list gives none). */
export interface NotificationRange {
  readonly start: number;
  readonly stop?: number;
  readonly limit: number;
  readonly topics?: readonly string[];
  /**
   * From 1: the notification whose state brings all those selected to so many bytes is the last one. So what is
   * selected is never larger than this and one state, and there is always one, however large.
   */
  readonly maxBytes?: number;
}

/** Whether `selected` ends where it does by the limit or the bytes of its range, so that there may be more in it. */
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
   * Records `events`, all or none (R3), and resolves once they survive a power cut (R5) to their results, in
   * the order given. Notification ids increase in that order. An empty list records nothing and resolves to [].
   * Saves of one process are recorded in the order of the calls (R12).
   *
   * @throws VersionConflictError, EventAlreadyRecordedError, LimitExceededError, ClockAheadError, RecorderClosedError,
   *   RecorderError: nothing is stored. OutcomeUnknownError: nobody can know (R6).
   */
  insertEvents(events: readonly UnrecordedEvent[]): Promise<readonly AppendResult[]>;

  /** Resolves to the events of one originator, in order of version (R1, R7); none for an unknown originator. */
  selectEvents(originatorId: string, range?: VersionRange): Promise<readonly StoredEvent[]>;
}

/** Adds the total order. */
export interface ApplicationRecorder extends AggregateRecorder {
  /** As above; each event with its place in the total order. */
  selectEvents(originatorId: string, range?: VersionRange): Promise<readonly Notification[]>;

  /** Resolves to notifications in order of id (R4, R8). */
  selectNotifications(range: NotificationRange): Promise<readonly Notification[]>;

  /** Resolves to the last notification id, or 0 when nothing is recorded. */
  maxNotificationId(): Promise<number>;

  /** Resolves to the last notification id recorded at or before `instant`, or 0 (R15). */
  notificationIdAt(instant: Date): Promise<number>;

  /** Resolves to the state of the clock that gives events their `recordedAt`. */
  clockStatus(): Promise<ClockStatus>;

  /** Resolves to the notifications of those of `eventIds` that are recorded, in order of id (R6). */
  findNotifications(eventIds: readonly string[]): Promise<readonly Notification[]>;

  /**
   * Calls `listener` soon after events were recorded, by this or any other process (R9): within about 10 ms of the
   * commit on PostgreSQL and 50 ms on SQLite. One call may stand for many commits, and one may come without a
   * commit; a listener is no place to throw. The function returned ends the calls. Keeps no idle process alive.
   */
  watch(listener: () => void): () => void;

  /** Releases every resource once the saves in flight have ended. Later calls reject; closing twice is fine. */
  close(): Promise<void>;
}

/** Adds tracking, for applications whose events are consequences of another application's. */
export interface ProcessRecorder extends ApplicationRecorder {
  /**
   * As above; with `tracking`, events and tracking are stored together or not at all (R10). `events` may then
   * be empty.
   * @throws TrackingConflictError when `tracking.notificationId` is not above the last one of that name.
   */
  insertEvents(events: readonly UnrecordedEvent[], tracking?: Tracking): Promise<readonly AppendResult[]>;

  /** Resolves to the last notification id tracked under `name`, or 0. */
  maxTrackingId(name: string): Promise<number>;
}

/** An aggregate's state at a version, as a recorder keeps it. */
export interface StoredSnapshot {
  readonly originatorId: string;
  readonly originatorVersion: number;
  /** Stable name of the aggregate's state, such as `Page.Snapshot`. */
  readonly topic: string;
  readonly state: Uint8Array;
}

/** Keeps snapshots: derived data, which may be lost without losing anything. */
export interface SnapshotRecorder {
  /**
   * Stores `snapshot`, in place of one of the same originator and version. Of the originator's snapshots the
   * newest is kept, and the first one at or after each multiple of `keepEvery` versions; the rest are dropped.
   */
  insertSnapshot(snapshot: StoredSnapshot, keepEvery: number): Promise<void>;

  /** Resolves to the snapshots of one originator in order of version. */
  selectSnapshots(originatorId: string, range?: VersionRange): Promise<readonly StoredSnapshot[]>;
}

/** What a backend hands to an application: one database, opened. */
export type Recorder = ProcessRecorder & SnapshotRecorder;

/** No event's state may be larger, in bytes as stored (R14). */
export const MAX_STATE_BYTES = 64 * 1024 * 1024;
