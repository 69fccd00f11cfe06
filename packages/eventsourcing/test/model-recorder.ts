import { setImmediate } from "node:timers/promises";
import {
  EventAlreadyRecordedError,
  LimitExceededError,
  RecorderClosedError,
  TrackingConflictError,
  VersionConflictError,
} from "../src/errors.ts";
import { ClockGuard, type ClockOptions, type ClockReading } from "../src/recorder/clock-guard.ts";
import { Listeners } from "../src/recorder/listeners.ts";
import {
  type AppendResult,
  type ClockStatus,
  MAX_STATE_BYTES,
  type Notification,
  type NotificationRange,
  type Recorder,
  type StoredEvent,
  type StoredSnapshot,
  type Tracking,
  type UnrecordedEvent,
  type VersionRange,
} from "../src/recorder/recorder.ts";
import type { RecorderPromise, RecorderUnderTest } from "../src/testing/contract-case.ts";

export class ModelDatabase {
  notifications: Notification[] = [];
  lastId = 0;
  readonly tracked = new Map<string, number>();
  snapshots: StoredSnapshot[] = [];
  readonly listeners = new Listeners();
}

/** A simple recorder that keeps every promise. Each broken recorder overrides one of its steps. */
export class ModelRecorder implements Recorder {
  protected readonly database: ModelDatabase;
  protected readonly listeners: Listeners;
  protected readonly clock: ClockGuard;
  readonly #inFlight: Promise<unknown>[] = [];
  #closed = false;

  constructor(database: ModelDatabase, clock: ClockOptions) {
    this.database = database;
    this.clock = new ClockGuard(clock);
    this.listeners = new Listeners(() => database.listeners.add(() => this.listeners.notify()));
  }

  async insertEvents(
    events: readonly UnrecordedEvent[],
    tracking?: Tracking,
  ): Promise<readonly AppendResult[]> {
    this.checkOpen();
    const saving = this.save(events, tracking).finally(() => this.notifyAll());
    this.#inFlight.push(saving.catch(() => undefined));
    return saving;
  }

  async selectEvents(originatorId: string, range: VersionRange = {}): Promise<readonly Notification[]> {
    this.checkOpen();
    const events = this.visible().filter((event) => event.originatorId === originatorId);
    return this.inVersionRange(events, range).map((event) => this.copied(event));
  }

  async selectNotifications(range: NotificationRange): Promise<readonly Notification[]> {
    this.checkOpen();
    return this.inNotificationRange(this.visible(), range).map((notification) => this.copied(notification));
  }

  async maxNotificationId(): Promise<number> {
    this.checkOpen();
    return this.visible().at(-1)?.id ?? 0;
  }

  async notificationIdAt(instant: Date): Promise<number> {
    this.checkOpen();
    return this.visible().findLast(({ recordedAt }) => recordedAt <= instant)?.id ?? 0;
  }

  async clockStatus(): Promise<ClockStatus> {
    this.checkOpen();
    return this.clock.status(this.lastRecordedMs());
  }

  async findNotifications(eventIds: readonly string[]): Promise<readonly Notification[]> {
    this.checkOpen();
    const wanted = new Set(eventIds);
    return this.visible().filter(({ eventId }) => wanted.has(eventId));
  }

  async maxTrackingId(name: string): Promise<number> {
    this.checkOpen();
    return this.database.tracked.get(name) ?? 0;
  }

  async insertSnapshot(snapshot: StoredSnapshot, keepEvery: number): Promise<void> {
    this.checkOpen();
    const { originatorId, originatorVersion } = snapshot;
    const isOwn = (other: StoredSnapshot) => other.originatorId === originatorId;
    const own = this.database.snapshots.filter(
      (other) => isOwn(other) && other.originatorVersion !== originatorVersion,
    );
    own.push(this.copied(snapshot));
    own.sort((a, b) => a.originatorVersion - b.originatorVersion);
    const others = this.database.snapshots.filter((other) => !isOwn(other));
    this.database.snapshots = [...others, ...this.thinned(own, keepEvery)];
  }

  async selectSnapshots(originatorId: string, range: VersionRange = {}): Promise<readonly StoredSnapshot[]> {
    this.checkOpen();
    const snapshots = this.database.snapshots.filter((snapshot) => snapshot.originatorId === originatorId);
    return selectVersions(snapshots, range);
  }

  watch(listener: () => void): () => void {
    this.checkOpen();
    return this.listeners.add(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.listeners.close();
    await Promise.all(this.#inFlight);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Calls the listeners of every handle. */
  protected notifyAll(): void {
    this.database.listeners.notify();
  }

  protected checkOpen(): void {
    if (this.#closed) throw new RecorderClosedError();
  }

  protected async save(
    events: readonly UnrecordedEvent[],
    tracking?: Tracking,
  ): Promise<readonly AppendResult[]> {
    return this.record(events, tracking);
  }

  /** Checks and stores without an await in between. */
  protected record(events: readonly UnrecordedEvent[], tracking?: Tracking): readonly AppendResult[] {
    this.checkSizes(events);
    if (tracking) this.checkTracking(tracking);
    this.checkEventIds(events);
    const reading = this.clock.read();
    const notifications = this.numbered(events, reading);
    const recordedMs = notifications.at(-1)?.recordedAt.getTime();
    if (recordedMs !== undefined && recordedMs > this.latestMs(reading)) this.refuse(notifications, reading);
    this.store(notifications);
    if (recordedMs !== undefined) this.stored(reading, recordedMs);
    if (tracking) this.database.tracked.set(tracking.name, tracking.notificationId);
    return notifications.map(appendResultOf);
  }

  protected checkSizes(events: readonly UnrecordedEvent[]): void {
    for (const { eventId, state } of events) {
      if (state.byteLength > MAX_STATE_BYTES)
        throw new LimitExceededError(`bytes of the state of ${eventId}`, state.byteLength, MAX_STATE_BYTES);
    }
  }

  protected checkTracking({ name, notificationId }: Tracking): void {
    const last = this.database.tracked.get(name) ?? 0;
    if (notificationId <= last) throw new TrackingConflictError(name, notificationId, last);
  }

  protected checkEventIds(events: readonly UnrecordedEvent[]): void {
    const eventIds = new Set(this.database.notifications.map(({ eventId }) => eventId));
    for (const { eventId } of events) {
      if (eventIds.has(eventId)) throw new EventAlreadyRecordedError(eventId);
      eventIds.add(eventId);
    }
  }

  protected latestMs({ latestMs }: ClockReading): number {
    return latestMs;
  }

  protected stored(reading: ClockReading, recordedMs: number): void {
    this.clock.stored(reading, recordedMs);
  }

  protected refuse(notifications: readonly Notification[], reading: ClockReading): void {
    throw this.clock.refused(reading, notifications.at(-1)?.recordedAt.getTime() ?? 0);
  }

  protected numbered(events: readonly UnrecordedEvent[], reading: ClockReading): Notification[] {
    const recordedAt = this.recordedAt(reading);
    const lastVersions = new Map<string, number>();
    for (const { originatorId, originatorVersion } of this.database.notifications)
      lastVersions.set(originatorId, originatorVersion);
    return events.map((event, index) => {
      const last = lastVersions.get(event.originatorId) ?? 0;
      const originatorVersion = event.originatorVersion ?? last + 1;
      if (!this.accepts(originatorVersion, last))
        throw new VersionConflictError(event.originatorId, originatorVersion, last + 1);
      lastVersions.set(event.originatorId, originatorVersion);
      return this.copied({ ...event, originatorVersion, id: this.database.lastId + index + 1, recordedAt });
    });
  }

  protected accepts(version: number, last: number): boolean {
    return version === last + 1;
  }

  protected recordedAt({ nowMs }: ClockReading): Date {
    return new Date(Math.max(nowMs, this.lastRecordedMs() ?? 0));
  }

  protected lastRecordedMs(): number | undefined {
    return this.database.notifications.at(-1)?.recordedAt.getTime();
  }

  protected store(notifications: readonly Notification[]): void {
    this.database.notifications.push(...notifications);
    this.database.lastId += notifications.length;
  }

  /** Returns the notifications that this handle can read, in order of id. */
  protected visible(): readonly Notification[] {
    return this.database.notifications;
  }

  protected copied<Item extends { readonly state: Uint8Array }>(item: Item): Item {
    return { ...item, state: Uint8Array.from(item.state) };
  }

  protected inVersionRange<Item extends StoredEvent>(items: readonly Item[], range: VersionRange): Item[] {
    return selectVersions(items, range);
  }

  protected inNotificationRange(all: readonly Notification[], range: NotificationRange): Notification[] {
    const { start, stop = Number.MAX_SAFE_INTEGER, limit, topics } = range;
    const selected = all
      .filter(({ id, topic }) => id >= start && id <= stop && (topics?.includes(topic) ?? true))
      .slice(0, limit);
    return this.maxBytes(selected, range.maxBytes);
  }

  protected maxBytes(selected: readonly Notification[], maxBytes = Number.POSITIVE_INFINITY) {
    let bytesBefore = 0;
    return selected.filter(({ state }) => {
      const isWanted = bytesBefore < maxBytes;
      bytesBefore += state.byteLength;
      return isWanted;
    });
  }

  /** @param snapshots those of one originator, in order of version */
  protected thinned(snapshots: readonly StoredSnapshot[], keepEvery: number): StoredSnapshot[] {
    const interval = (index: number) => Math.floor((snapshots[index]?.originatorVersion ?? 0) / keepEvery);
    return snapshots.filter(
      (_, index) => index === snapshots.length - 1 || interval(index) > interval(index - 1),
    );
  }
}

/** A faulty recorder, which the contract must detect. */
export interface BrokenRecorder {
  readonly fault: string;
  /** The promises it breaks: first the one that the fault is about, then those that depend on it. */
  readonly breaks: readonly [RecorderPromise, ...RecorderPromise[]];
  readonly Handle: new (database: ModelDatabase, clock: ClockOptions) => ModelRecorder;
}

export async function modelUnderTest(
  Handle: new (database: ModelDatabase, clock: ClockOptions) => ModelRecorder,
  clock: ClockOptions,
): Promise<RecorderUnderTest> {
  const database = new ModelDatabase();
  const handles: Recorder[] = [];
  const open = () => {
    const handle = new Handle(database, clock);
    handles.push(handle);
    return handle;
  };
  return {
    recorder: open(),
    reopen: async () => open(),
    patience,
    dispose: async () => {
      await Promise.all(handles.map((handle) => handle.close()));
    },
  };
}

/** The model calls listeners within a few turns of the event loop, so no timeout is needed. */
async function patience(signal: AbortSignal): Promise<void> {
  for (let turn = 0; turn < 1_000 && !signal.aborted; turn++) await setImmediate();
}

export function appendResultOf({ id, originatorVersion, recordedAt }: Notification): AppendResult {
  return { notificationId: id, originatorVersion, recordedAt };
}

function selectVersions<Item extends { readonly originatorVersion: number }>(
  items: readonly Item[],
  { gt = 0, lte = Number.MAX_SAFE_INTEGER, desc = false, limit }: VersionRange,
): Item[] {
  const selected = items.filter(({ originatorVersion: version }) => version > gt && version <= lte);
  if (desc) selected.reverse();
  return selected.slice(0, limit);
}
