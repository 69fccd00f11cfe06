import { setImmediate } from "node:timers/promises";
import type { AppendResult, Notification, Tracking, UnrecordedEvent } from "../src/recorder/recorder.ts";
import { brokenClocks } from "./broken-clocks.ts";
import { brokenReading } from "./broken-reading.ts";
import { brokenWatching } from "./broken-watching.ts";
import { appendResultOf, type BrokenRecorder, type ModelDatabase, ModelRecorder } from "./model-recorder.ts";

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await setImmediate();
}

const hidden = new WeakMap<ModelDatabase, Set<Notification>>();

function hiddenIn(database: ModelDatabase): Set<Notification> {
  const notifications = hidden.get(database) ?? new Set();
  hidden.set(database, notifications);
  return notifications;
}

class VisibleOutOfOrder extends ModelRecorder {
  protected override async save(events: readonly UnrecordedEvent[], tracking?: Tracking) {
    const first = this.database.notifications.length;
    const results = this.record(events, tracking);
    const stored = this.database.notifications.slice(first);
    const notYetVisible = hiddenIn(this.database);
    for (const notification of stored) notYetVisible.add(notification);
    await turns(first % 2 === 0 ? 4 : 1);
    for (const notification of stored) notYetVisible.delete(notification);
    return results;
  }

  protected override visible() {
    const notYetVisible = hiddenIn(this.database);
    return this.database.notifications.filter((notification) => !notYetVisible.has(notification));
  }
}

class GapsInIds extends ModelRecorder {
  protected override async save(events: readonly UnrecordedEvent[], tracking?: Tracking) {
    try {
      return this.record(events, tracking);
    } catch (error) {
      this.database.lastId += events.length;
      throw error;
    }
  }
}

class NotAtomic extends ModelRecorder {
  protected override record(
    events: readonly UnrecordedEvent[],
    tracking?: Tracking,
  ): readonly AppendResult[] {
    if (events.length === 0) return super.record(events, tracking);
    return events.flatMap((event, index) => super.record([event], index === 0 ? tracking : undefined));
  }
}

class AtomicPerOriginator extends ModelRecorder {
  protected override record(
    events: readonly UnrecordedEvent[],
    tracking?: Tracking,
  ): readonly AppendResult[] {
    if (tracking) return super.record(events, tracking);
    this.checkSizes(events);
    this.checkEventIds(events);
    const originators = [...new Set(events.map(({ originatorId }) => originatorId))];
    const results = new Map<UnrecordedEvent, AppendResult>();
    for (const originator of originators) {
      const own = events.filter(({ originatorId }) => originatorId === originator);
      super.record(own).forEach((result, index) => {
        const event = own[index];
        if (event) results.set(event, result);
      });
    }
    return events.flatMap((event) => results.get(event) ?? []);
  }
}

class ConflictsUndetected extends ModelRecorder {
  protected override accepts(version: number, last: number) {
    return version >= 1 && version <= last + 1;
  }
}

class VersionGapsAccepted extends ModelRecorder {
  protected override accepts(version: number, last: number) {
    return version > last;
  }
}

class ChecksBeforeItsTurn extends ModelRecorder {
  protected override async save(events: readonly UnrecordedEvent[], tracking?: Tracking) {
    this.checkSizes(events);
    if (tracking) this.checkTracking(tracking);
    this.checkEventIds(events);
    const checked = this.numbered(events, this.clock.read());
    await turns(1);
    const notifications = checked.map((notification, index) => ({
      ...notification,
      id: this.database.lastId + index + 1,
      recordedAt: this.recordedAt(this.clock.read()),
    }));
    this.store(notifications);
    if (tracking) this.database.tracked.set(tracking.name, tracking.notificationId);
    return notifications.map(appendResultOf);
  }
}

class TrackingLost extends ModelRecorder {
  protected override record(
    events: readonly UnrecordedEvent[],
    tracking?: Tracking,
  ): readonly AppendResult[] {
    if (tracking) this.checkTracking(tracking);
    return super.record(events, events.length === 0 ? tracking : undefined);
  }
}

class TrackingFirst extends ModelRecorder {
  protected override record(
    events: readonly UnrecordedEvent[],
    tracking?: Tracking,
  ): readonly AppendResult[] {
    super.record([], tracking);
    return super.record(events);
  }
}

/** Acknowledges a save before other handles see it. */
class VisibleLater extends ModelRecorder {
  readonly #own = new Set<Notification>();

  protected override store(notifications: readonly Notification[]) {
    super.store(notifications);
    const notYetVisible = hiddenIn(this.database);
    for (const notification of notifications) {
      notYetVisible.add(notification);
      this.#own.add(notification);
    }
    void turns(5).then(() => {
      for (const notification of notifications) notYetVisible.delete(notification);
    });
  }

  protected override visible() {
    const notYetVisible = hiddenIn(this.database);
    return this.database.notifications.filter((event) => this.#own.has(event) || !notYetVisible.has(event));
  }
}

/** Shows a save at once, but stores it some turns later, and not at all if it is closed before. */
class LostWhenClosed extends ModelRecorder {
  #unsynced = new Set<Notification>();

  protected override store(notifications: readonly Notification[]) {
    super.store(notifications);
    for (const notification of notifications) this.#unsynced.add(notification);
    void turns(3).then(() => {
      for (const notification of notifications) this.#unsynced.delete(notification);
    });
  }

  override async close() {
    await super.close();
    const { database } = this;
    database.notifications = database.notifications.filter((event) => !this.#unsynced.has(event));
    database.lastId = database.notifications.at(-1)?.id ?? 0;
    this.#unsynced = new Set();
  }
}

/** Commits the saves of a turn together, and fails them together. */
class GroupFailsTogether extends ModelRecorder {
  #group:
    | { saves: (() => readonly AppendResult[])[]; outcome: Promise<(readonly AppendResult[])[]> }
    | undefined;

  protected override async save(events: readonly UnrecordedEvent[], tracking?: Tracking) {
    this.#group ??= { saves: [], outcome: turns(1).then(() => this.#commit()) };
    const index = this.#group.saves.push(() => this.record(events, tracking)) - 1;
    const results = await this.#group.outcome;
    return results[index] ?? [];
  }

  #commit(): (readonly AppendResult[])[] {
    const { database } = this;
    const before = { notifications: [...database.notifications], tracked: [...database.tracked] };
    const saves = this.#group?.saves ?? [];
    this.#group = undefined;
    try {
      return saves.map((save) => save());
    } catch (error) {
      database.notifications = before.notifications;
      database.lastId = before.notifications.length;
      database.tracked.clear();
      for (const [name, id] of before.tracked) database.tracked.set(name, id);
      throw error;
    }
  }
}

class SavesOvertake extends ModelRecorder {
  #calls = 0;

  protected override async save(events: readonly UnrecordedEvent[], tracking?: Tracking) {
    this.#calls += 1;
    await turns(this.#calls % 2 === 0 ? 1 : 3);
    return this.record(events, tracking);
  }
}

class AppendsConflict extends ModelRecorder {
  protected override async save(events: readonly UnrecordedEvent[], tracking?: Tracking) {
    const { notifications } = this.database;
    const guessed = events.map((event, index) => {
      const { originatorId, originatorVersion } = event;
      const earlier = [...notifications, ...events.slice(0, index)];
      const count = earlier.filter((other) => other.originatorId === originatorId).length;
      return { ...event, originatorVersion: originatorVersion ?? count + 1 };
    });
    await turns(1);
    return this.record(guessed, tracking);
  }
}

class EventIdsUnchecked extends ModelRecorder {
  protected override checkEventIds() {}
}

class NoLimit extends ModelRecorder {
  protected override checkSizes() {}
}

class NeverClosed extends ModelRecorder {
  protected override checkOpen() {}
}

class ClosedTooSoon extends ModelRecorder {
  #closed = false;

  protected override async save(events: readonly UnrecordedEvent[], tracking?: Tracking) {
    await turns(1);
    if (this.#closed) throw new Error("the connection is closed");
    return this.record(events, tracking);
  }

  override async close() {
    this.#closed = true;
    await super.close();
  }
}

export const brokenRecorders: readonly BrokenRecorder[] = [
  { fault: "ids become visible out of commit order", breaks: ["R4", "R9"], Handle: VisibleOutOfOrder },
  { fault: "a rejected save uses up ids", breaks: ["R4", "R9"], Handle: GapsInIds },
  {
    fault: "a save is not atomic",
    breaks: ["R3", "R2", "R4", "R6", "R10", "R11", "R12", "R14"],
    Handle: NotAtomic,
  },
  {
    fault: "a save is atomic only per originator",
    breaks: ["R3", "R2", "R4", "R6", "R11", "R12"],
    Handle: AtomicPerOriginator,
  },
  {
    fault: "version conflicts are not detected",
    breaks: ["R2", "R3", "R4", "R5", "R6", "R10", "R11", "R12"],
    Handle: ConflictsUndetected,
  },
  { fault: "gaps in versions are accepted", breaks: ["R2"], Handle: VersionGapsAccepted },
  {
    fault: "versions are checked before earlier saves are stored",
    breaks: ["R2", "R6", "R10", "R11", "R12", "R15"],
    Handle: ChecksBeforeItsTurn,
  },
  { fault: "events are stored without their tracking", breaks: ["R10", "R5", "R12"], Handle: TrackingLost },
  { fault: "tracking is stored before its events", breaks: ["R10", "R15"], Handle: TrackingFirst },
  {
    fault: "a save is acknowledged before others see it",
    breaks: ["R5", "R2", "R4", "R9", "R11", "R15"],
    Handle: VisibleLater,
  },
  { fault: "a save is acknowledged before it is stored", breaks: ["R5"], Handle: LostWhenClosed },
  {
    fault: "one rejected save fails its whole group",
    breaks: ["R12", "R2", "R6", "R10", "R15"],
    Handle: GroupFailsTogether,
  },
  { fault: "saves overtake each other", breaks: ["R12"], Handle: SavesOvertake },
  { fault: "appends to a log conflict", breaks: ["R11", "R12"], Handle: AppendsConflict },
  { fault: "an event id is accepted twice", breaks: ["R6", "R12"], Handle: EventIdsUnchecked },
  { fault: "states have no limit", breaks: ["R14"], Handle: NoLimit },
  { fault: "a closed recorder keeps working", breaks: ["close", "R9"], Handle: NeverClosed },
  { fault: "closing drops the saves in flight", breaks: ["close", "R5"], Handle: ClosedTooSoon },
  ...brokenReading,
  ...brokenWatching,
  ...brokenClocks,
];
