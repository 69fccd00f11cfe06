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
import { Listeners } from "../recorder/listeners.ts";
import type {
  AppendResult,
  Notification,
  NotificationRange,
  Recorder,
  StoredEvent,
  StoredSnapshot,
  Tracking,
  UnrecordedEvent,
  VersionRange,
} from "../recorder/recorder.ts";

/** How a recorder in memory is set up. */
export interface MemoryRecorderOptions {
  /** Says what time it is when events are recorded. The system's clock by default. */
  readonly clock?: () => Date;
}

/**
 * Opens an empty recorder in this process's memory, for tests and for trying things out. It keeps every promise
 * of the port but to outlive the process.
 */
export function memoryRecorder(options: MemoryRecorderOptions = {}): Recorder {
  return new MemoryRecorder(options.clock ?? (() => new Date()));
}

class MemoryRecorder implements Recorder {
  readonly #clock: () => Date;
  /** At index `id - 1`. */
  readonly #notifications: Notification[] = [];
  readonly #byEventId = new Map<string, Notification>();
  /** Of each originator, at index `version - 1`. */
  readonly #byOriginator = new Map<string, Notification[]>();
  readonly #tracked = new Map<string, number>();
  readonly #snapshots = new Map<string, StoredSnapshot[]>();
  readonly #watchers = new Listeners();
  #closed = false;

  constructor(clock: () => Date) {
    this.#clock = clock;
  }

  async insertEvents(
    events: readonly UnrecordedEvent[],
    tracking?: Tracking,
  ): Promise<readonly AppendResult[]> {
    this.#checkOpen();
    checkEvents(events);
    if (tracking !== undefined) this.#checkTracking(tracking);
    const notifications = this.#placed(events);
    // From here on nothing can fail, so all is stored or none.
    for (const notification of notifications) {
      this.#notifications.push(notification);
      this.#byEventId.set(notification.eventId, notification);
      listOf(this.#byOriginator, notification.originatorId).push(notification);
    }
    if (tracking !== undefined) this.#tracked.set(tracking.name, tracking.notificationId);
    if (notifications.length > 0) this.#watchers.tell();
    return notifications.map(({ id, originatorVersion, recordedAt }) => ({
      notificationId: id,
      originatorVersion,
      recordedAt: new Date(recordedAt),
    }));
  }

  async selectEvents(originatorId: string, range: VersionRange = {}): Promise<readonly Notification[]> {
    this.#checkOpen();
    checkVersionRange(range);
    const { gt = 0, lte } = range;
    // Versions have no gaps, so those after `gt` begin at that index: a short tail costs no scan.
    const events =
      this.#byOriginator.get(originatorId)?.slice(Math.max(gt, 0), lte && Math.max(lte, 0)) ?? [];
    return inVersionRange(events, range).map(copyOfNotification);
  }

  async selectNotifications(range: NotificationRange): Promise<readonly Notification[]> {
    this.#checkOpen();
    checkNotificationRange(range);
    const topics = range.topics && new Set(range.topics);
    const selected: Notification[] = [];
    const stop = Math.min(range.stop ?? this.#notifications.length, this.#notifications.length);
    let bytesLeft = range.maxBytes ?? Number.POSITIVE_INFINITY;
    for (
      let id = Math.max(range.start, 1);
      id <= stop && selected.length < range.limit && bytesLeft > 0;
      id++
    ) {
      const notification = this.#notifications[id - 1];
      if (notification === undefined || !(topics?.has(notification.topic) ?? true)) continue;
      selected.push(copyOfNotification(notification));
      bytesLeft -= notification.state.byteLength;
    }
    return selected;
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

  async findNotifications(eventIds: readonly string[]): Promise<readonly Notification[]> {
    this.#checkOpen();
    return [...new Set(eventIds)]
      .flatMap((eventId) => this.#byEventId.get(eventId) ?? [])
      .sort((a, b) => a.id - b.id)
      .map(copyOfNotification);
  }

  async maxTrackingId(name: string): Promise<number> {
    this.#checkOpen();
    return this.#tracked.get(name) ?? 0;
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
    this.#snapshots.set(snapshot.originatorId, thinned(snapshots, keepEvery));
  }

  async selectSnapshots(originatorId: string, range: VersionRange = {}): Promise<readonly StoredSnapshot[]> {
    this.#checkOpen();
    checkVersionRange(range);
    return inVersionRange(this.#snapshots.get(originatorId) ?? [], range).map(copyOfSnapshot);
  }

  watch(listener: () => void): () => void {
    this.#checkOpen();
    return this.#watchers.add(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#watchers.close();
  }

  #checkOpen(): void {
    if (this.#closed) throw new RecorderClosedError();
  }

  #checkTracking(tracking: Tracking): void {
    checkTracking(tracking);
    const last = this.#tracked.get(tracking.name) ?? 0;
    if (tracking.notificationId <= last)
      throw new TrackingConflictError(tracking.name, tracking.notificationId, last);
  }

  #placed(events: readonly UnrecordedEvent[]): Notification[] {
    const recordedAt = this.#now();
    const eventIds = new Set<string>();
    const lastVersions = new Map<string, number>();
    // A save that is sent twice is told so, rather than that its versions are taken.
    for (const { eventId } of events) {
      if (this.#byEventId.has(eventId) || eventIds.has(eventId)) throw new EventAlreadyRecordedError(eventId);
      eventIds.add(eventId);
    }
    return events.map((event, index) => {
      const { originatorId } = event;
      const last = lastVersions.get(originatorId) ?? this.#byOriginator.get(originatorId)?.length ?? 0;
      const originatorVersion = event.originatorVersion ?? last + 1;
      if (originatorVersion !== last + 1)
        throw new VersionConflictError(originatorId, originatorVersion, last + 1);
      lastVersions.set(originatorId, originatorVersion);
      const id = this.#notifications.length + index + 1;
      return { ...copyOfEvent({ ...event, originatorVersion }), id, recordedAt };
    });
  }

  #now(): Date {
    const last = this.#notifications.at(-1)?.recordedAt.getTime() ?? 0;
    return new Date(Math.max(this.#clock().getTime(), last));
  }
}

/** Drops what `insertSnapshot` does not promise to keep. `snapshots` is in order of version. */
function thinned(snapshots: readonly StoredSnapshot[], keepEvery: number): StoredSnapshot[] {
  const interval = (snapshot: StoredSnapshot | undefined) =>
    Math.floor((snapshot?.originatorVersion ?? 0) / keepEvery);
  return snapshots.filter(
    (snapshot, index) =>
      index === snapshots.length - 1 || interval(snapshot) > interval(snapshots[index - 1]),
  );
}

function inVersionRange<Item extends { readonly originatorVersion: number }>(
  items: readonly Item[],
  { gt = 0, lte = Number.MAX_SAFE_INTEGER, desc = false, limit }: VersionRange,
): Item[] {
  const selected = items.filter(
    ({ originatorVersion }) => originatorVersion > gt && originatorVersion <= lte,
  );
  if (desc) selected.reverse();
  return selected.slice(0, limit);
}

function listOf<Item>(lists: Map<string, Item[]>, key: string): Item[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}

// Bytes and dates can be changed by whoever holds them, so they are copied on the way in and on the way out.

function copyOfEvent({ eventId, originatorId, originatorVersion, topic, state }: StoredEvent): StoredEvent {
  return { eventId, originatorId, originatorVersion, topic, state: Uint8Array.from(state) };
}

function copyOfNotification(notification: Notification): Notification {
  const { id, recordedAt } = notification;
  return { ...copyOfEvent(notification), id, recordedAt: new Date(recordedAt) };
}

function copyOfSnapshot({ originatorId, originatorVersion, topic, state }: StoredSnapshot): StoredSnapshot {
  return { originatorId, originatorVersion, topic, state: Uint8Array.from(state) };
}
