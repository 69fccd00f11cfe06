import {
  EventAlreadyRecordedError,
  RecorderClosedError,
  TrackingConflictError,
  VersionConflictError,
} from "../errors.ts";
import {
  checkEvents,
  checkInstant,
  checkNotificationRange,
  checkSnapshot,
  checkTracking,
  checkVersionRange,
} from "../recorder/arguments.ts";
import { ClockGuard, type ClockOptions, type ClockReading } from "../recorder/clock-guard.ts";
import { Listeners } from "../recorder/listeners.ts";
import {
  type AppendResult,
  bytesOfStates,
  type ClockStatus,
  type Notification,
  type NotificationRange,
  type Recorder,
  type StoredSnapshot,
  type Tracking,
  type UnrecordedEvent,
  type VersionRange,
} from "../recorder/recorder.ts";
import { BytePool } from "./byte-pool.ts";

/** Options of `memoryRecorder`. */
export interface MemoryRecorderOptions {
  /** The clock that gives events their `recordedAt`. Default: the system's. */
  readonly clock?: ClockOptions;
}

/**
 * Returns an empty recorder in this process's memory, for tests and experiments. It keeps every promise of the port
 * except that its contents end with the process.
 * @throws InvalidArgumentError
 */
export function memoryRecorder(options: MemoryRecorderOptions = {}): Recorder {
  return new MemoryRecorder(new ClockGuard(options.clock));
}

class MemoryRecorder implements Recorder {
  readonly #clock: ClockGuard;
  /** At index `id - 1`. */
  readonly #notifications: Notification[] = [];
  readonly #byEventId = new Map<string, Notification>();
  /** By originator, at index `version - 1`. */
  readonly #byOriginator = new Map<string, Notification[]>();
  readonly #trackedIds = new Map<string, number>();
  readonly #snapshots = new Map<string, StoredSnapshot[]>();
  readonly #storedBytes = new BytePool();
  readonly #listeners = new Listeners();
  #closed = false;

  constructor(clock: ClockGuard) {
    this.#clock = clock;
  }

  async insertEvents(
    events: readonly UnrecordedEvent[],
    tracking?: Tracking,
  ): Promise<readonly AppendResult[]> {
    this.#checkOpen();
    checkEvents(events);
    if (tracking !== undefined) this.#checkTracking(tracking);
    this.#checkEventIds(events);
    const versions = this.#nextVersions(events);
    const { reading, recordedMs } = this.#readClock(events.length);
    const recordedAt = new Date(recordedMs);
    // Nothing below throws, so a save is stored whole or not at all.
    const results = events.map((event, index) => this.#append(event, versions[index] as number, recordedAt));
    if (tracking !== undefined) this.#trackedIds.set(tracking.name, tracking.notificationId);
    if (results.length > 0) {
      this.#clock.stored(reading, recordedMs);
      this.#listeners.notify();
    }
    return results;
  }

  async selectEvents(originatorId: string, range: VersionRange = {}): Promise<readonly Notification[]> {
    this.#checkOpen();
    checkVersionRange(range);
    const { gt = 0, lte } = range;
    // Versions have no gaps, so version `gt + 1` is at index `gt`.
    const events =
      this.#byOriginator.get(originatorId)?.slice(Math.max(gt, 0), lte && Math.max(lte, 0)) ?? [];
    return copyOfNotifications(orderedAndLimited(events, range));
  }

  async selectNotifications(range: NotificationRange): Promise<readonly Notification[]> {
    this.#checkOpen();
    checkNotificationRange(range);
    const { start, stop = Number.POSITIVE_INFINITY, limit, maxBytes = Number.POSITIVE_INFINITY } = range;
    const topics = range.topics && new Set(range.topics);
    const lastId = Math.min(stop, this.#notifications.length);
    const selected: Notification[] = [];
    let bytes = 0;
    for (let id = Math.max(start, 1); id <= lastId && selected.length < limit && bytes < maxBytes; id++) {
      const notification = this.#notifications[id - 1] as Notification;
      if (topics !== undefined && !topics.has(notification.topic)) continue;
      selected.push(notification);
      bytes += notification.state.byteLength;
    }
    return copyOfNotifications(selected);
  }

  async maxNotificationId(): Promise<number> {
    this.#checkOpen();
    return this.#notifications.length;
  }

  async notificationIdAt(instant: Date): Promise<number> {
    this.#checkOpen();
    checkInstant(instant);
    return this.#notifications.findLast(({ recordedAt }) => recordedAt <= instant)?.id ?? 0;
  }

  async clockStatus(): Promise<ClockStatus> {
    this.#checkOpen();
    return this.#clock.status(this.#lastRecordedMs());
  }

  async findNotifications(eventIds: readonly string[]): Promise<readonly Notification[]> {
    this.#checkOpen();
    const found = [...new Set(eventIds)].flatMap((eventId) => this.#byEventId.get(eventId) ?? []);
    return copyOfNotifications(found.sort((a, b) => a.id - b.id));
  }

  async maxTrackingId(name: string): Promise<number> {
    this.#checkOpen();
    return this.#trackedIds.get(name) ?? 0;
  }

  async insertSnapshot(snapshot: StoredSnapshot, keepEvery: number): Promise<void> {
    this.#checkOpen();
    checkSnapshot(snapshot, keepEvery);
    const version = snapshot.originatorVersion;
    const snapshots = (this.#snapshots.get(snapshot.originatorId) ?? []).filter(
      ({ originatorVersion }) => originatorVersion !== version,
    );
    snapshots.push(copyOfSnapshot(snapshot));
    snapshots.sort((a, b) => a.originatorVersion - b.originatorVersion);
    this.#snapshots.set(snapshot.originatorId, snapshotsToKeep(snapshots, keepEvery));
  }

  async selectSnapshots(originatorId: string, range: VersionRange = {}): Promise<readonly StoredSnapshot[]> {
    this.#checkOpen();
    checkVersionRange(range);
    const { gt = 0, lte = Number.MAX_SAFE_INTEGER } = range;
    const snapshots = (this.#snapshots.get(originatorId) ?? []).filter(
      ({ originatorVersion }) => originatorVersion > gt && originatorVersion <= lte,
    );
    return orderedAndLimited(snapshots, range).map(copyOfSnapshot);
  }

  watch(listener: () => void): () => void {
    this.#checkOpen();
    return this.#listeners.add(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#listeners.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #checkOpen(): void {
    if (this.#closed) throw new RecorderClosedError();
  }

  #checkTracking(tracking: Tracking): void {
    checkTracking(tracking);
    const last = this.#trackedIds.get(tracking.name) ?? 0;
    if (tracking.notificationId <= last)
      throw new TrackingConflictError(tracking.name, tracking.notificationId, last);
  }

  #checkEventIds(events: readonly UnrecordedEvent[]): void {
    const eventIds = new Set<string>();
    for (const { eventId } of events) {
      if (this.#byEventId.has(eventId) || eventIds.has(eventId)) throw new EventAlreadyRecordedError(eventId);
      if (events.length > 1) eventIds.add(eventId);
    }
  }

  #nextVersions(events: readonly UnrecordedEvent[]): number[] {
    const lastVersions = new Map<string, number>();
    return events.map(({ originatorId, originatorVersion }) => {
      const last = lastVersions.get(originatorId) ?? this.#byOriginator.get(originatorId)?.length ?? 0;
      const version = originatorVersion ?? last + 1;
      if (version !== last + 1) throw new VersionConflictError(originatorId, version, last + 1);
      if (events.length > 1) lastVersions.set(originatorId, version);
      return version;
    });
  }

  #readClock(eventCount: number): { readonly reading: ClockReading; readonly recordedMs: number } {
    const reading = this.#clock.read();
    const recordedMs = Math.max(reading.nowMs, this.#lastRecordedMs() ?? 0);
    if (eventCount > 0 && recordedMs > reading.latestMs) throw this.#clock.refused(reading, recordedMs);
    return { reading, recordedMs };
  }

  #append(event: UnrecordedEvent, originatorVersion: number, recordedAt: Date): AppendResult {
    const { eventId, originatorId, topic } = event;
    const id = this.#notifications.length + 1;
    const state = this.#storedBytes.copy(event.state);
    const notification = { eventId, originatorId, originatorVersion, topic, state, id, recordedAt };
    this.#notifications.push(notification);
    this.#byEventId.set(eventId, notification);
    const ofOriginator = this.#byOriginator.get(originatorId);
    if (ofOriginator === undefined) this.#byOriginator.set(originatorId, [notification]);
    else ofOriginator.push(notification);
    return { notificationId: id, originatorVersion, recordedAt: new Date(recordedAt) };
  }

  #lastRecordedMs(): number | undefined {
    return this.#notifications.at(-1)?.recordedAt.getTime();
  }
}

/** Returns the snapshots that `insertSnapshot` keeps. `snapshots` is in order of version. */
function snapshotsToKeep(snapshots: readonly StoredSnapshot[], keepEvery: number): StoredSnapshot[] {
  const interval = (snapshot: StoredSnapshot | undefined) =>
    Math.floor((snapshot?.originatorVersion ?? 0) / keepEvery);
  return snapshots.filter(
    (snapshot, index) =>
      index === snapshots.length - 1 || interval(snapshot) > interval(snapshots[index - 1]),
  );
}

/** Takes ascending `items`, which it may change. */
function orderedAndLimited<Item>(
  items: Item[],
  { desc = false, limit = items.length }: VersionRange,
): Item[] {
  if (desc) items.reverse();
  return limit < items.length ? items.slice(0, limit) : items;
}

// Callers can change the bytes and dates that they hold, so the recorder copies them on insert and on select.

function copyOfNotifications(notifications: readonly Notification[]): Notification[] {
  const pool = new BytePool(bytesOfStates(notifications));
  return notifications.map(({ eventId, originatorId, originatorVersion, topic, state, id, recordedAt }) => ({
    eventId,
    originatorId,
    originatorVersion,
    topic,
    state: pool.copy(state),
    id,
    recordedAt: new Date(recordedAt),
  }));
}

function copyOfSnapshot({ originatorId, originatorVersion, topic, state }: StoredSnapshot): StoredSnapshot {
  return { originatorId, originatorVersion, topic, state: new Uint8Array(state) };
}
