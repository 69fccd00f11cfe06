import type { ClockReading } from "../src/recorder/clock-guard.ts";
import type {
  Notification,
  NotificationRange,
  StoredEvent,
  StoredSnapshot,
  VersionRange,
} from "../src/recorder/recorder.ts";
import { type BrokenRecorder, ModelRecorder } from "./model-recorder.ts";

class ClockCopied extends ModelRecorder {
  protected override recordedAt({ nowMs }: ClockReading) {
    return new Date(nowMs);
  }
}

class InstantsExclusive extends ModelRecorder {
  override async notificationIdAt(instant: Date) {
    return super.notificationIdAt(new Date(instant.getTime() - 1));
  }
}

class BytesShared extends ModelRecorder {
  protected override copied<Item>(item: Item): Item {
    return { ...item };
  }
}

class StatesAsText extends ModelRecorder {
  protected override copied<Item extends { readonly state: Uint8Array }>(item: Item): Item {
    return { ...item, state: new TextEncoder().encode(new TextDecoder().decode(item.state)) };
  }
}

class EventsCountedApart extends ModelRecorder {
  override async selectEvents(originatorId: string, range?: VersionRange) {
    const events = await super.selectEvents(originatorId, range);
    return events.map((event) => ({ ...event, id: event.originatorVersion }));
  }
}

class EventsTimedWhenRead extends ModelRecorder {
  override async selectEvents(originatorId: string, range?: VersionRange) {
    const events = await super.selectEvents(originatorId, range);
    return events.map((event) => ({ ...event, recordedAt: new Date(this.clock.read().nowMs) }));
  }
}

class EventLimitZeroIsAll extends ModelRecorder {
  protected override inVersionRange<Item extends StoredEvent>(items: readonly Item[], range: VersionRange) {
    return super.inVersionRange(items, { ...range, limit: range.limit || items.length });
  }
}

class DescIgnored extends ModelRecorder {
  protected override inVersionRange<Item extends StoredEvent>(items: readonly Item[], range: VersionRange) {
    return super.inVersionRange(items, { ...range, desc: false });
  }
}

class DescAfterLimit extends ModelRecorder {
  protected override inVersionRange<Item extends StoredEvent>(items: readonly Item[], range: VersionRange) {
    const selected = super.inVersionRange(items, { ...range, desc: false });
    return range.desc ? selected.reverse() : selected;
  }
}

class NotificationLimitZeroIsAll extends ModelRecorder {
  protected override inNotificationRange(all: readonly Notification[], range: NotificationRange) {
    return super.inNotificationRange(all, { ...range, limit: range.limit || all.length });
  }
}

class StopExclusive extends ModelRecorder {
  protected override inNotificationRange(all: readonly Notification[], range: NotificationRange) {
    const { stop = Number.MAX_SAFE_INTEGER } = range;
    return super.inNotificationRange(all, { ...range, stop: stop - 1 });
  }
}

class TopicsAfterLimit extends ModelRecorder {
  protected override inNotificationRange(
    all: readonly Notification[],
    { topics, ...range }: NotificationRange,
  ) {
    return super.inNotificationRange(all, range).filter(({ topic }) => topics?.includes(topic) ?? true);
  }
}

class NoTopicsIsAll extends ModelRecorder {
  protected override inNotificationRange(
    all: readonly Notification[],
    { topics, ...range }: NotificationRange,
  ) {
    return super.inNotificationRange(all, topics?.length ? { ...range, topics } : range);
  }
}

class BytesUnbounded extends ModelRecorder {
  protected override maxBytes(selected: readonly Notification[]) {
    return [...selected];
  }
}

class NoneIfTheFirstIsLarge extends ModelRecorder {
  protected override maxBytes(selected: readonly Notification[], maxBytes = Number.POSITIVE_INFINITY) {
    let bytes = 0;
    return selected.filter(({ state }) => {
      bytes += state.byteLength;
      return bytes <= maxBytes;
    });
  }
}

class BytesOfEveryTopic extends ModelRecorder {
  protected override inNotificationRange(all: readonly Notification[], range: NotificationRange) {
    const { start, stop = Number.MAX_SAFE_INTEGER, maxBytes, ...wanted } = range;
    const inRange = all.filter(({ id }) => id >= start && id <= stop);
    return super.inNotificationRange(this.maxBytes(inRange, maxBytes), { start, ...wanted });
  }
}

class FoundAsAsked extends ModelRecorder {
  override async findNotifications(eventIds: readonly string[]) {
    const found = await super.findNotifications(eventIds);
    return eventIds.flatMap((eventId) => found.find((event) => event.eventId === eventId) ?? []);
  }
}

class EverySnapshotKept extends ModelRecorder {
  protected override thinned(snapshots: readonly StoredSnapshot[]) {
    return [...snapshots];
  }
}

class OnlyMultiplesKept extends ModelRecorder {
  protected override thinned(snapshots: readonly StoredSnapshot[], keepEvery: number) {
    return snapshots.filter(
      ({ originatorVersion }, index) => index === snapshots.length - 1 || originatorVersion % keepEvery === 0,
    );
  }
}

export const brokenReading: readonly BrokenRecorder[] = [
  { fault: "times decrease when the clock goes back", breaks: ["R15"], Handle: ClockCopied },
  { fault: "the events of the given instant are not found", breaks: ["R15"], Handle: InstantsExclusive },
  { fault: "bytes are shared with the caller", breaks: ["R1", "snapshots"], Handle: BytesShared },
  { fault: "states are stored as text", breaks: ["R1", "snapshots"], Handle: StatesAsText },
  { fault: "selected events of an originator have other ids", breaks: ["R4"], Handle: EventsCountedApart },
  {
    fault: "selected events of an originator have the time of reading",
    breaks: ["R4"],
    Handle: EventsTimedWhenRead,
  },
  { fault: "limit 0 selects all events", breaks: ["R7"], Handle: EventLimitZeroIsAll },
  { fault: "descending order is ignored", breaks: ["R7"], Handle: DescIgnored },
  { fault: "descending order is applied after the limit", breaks: ["R7"], Handle: DescAfterLimit },
  { fault: "limit 0 selects all notifications", breaks: ["R8"], Handle: NotificationLimitZeroIsAll },
  { fault: "stop is exclusive", breaks: ["R8", "R9"], Handle: StopExclusive },
  { fault: "topics are filtered after the limit", breaks: ["R8", "R9"], Handle: TopicsAfterLimit },
  { fault: "an empty list of topics selects all", breaks: ["R8"], Handle: NoTopicsIsAll },
  { fault: "maxBytes is ignored", breaks: ["R8"], Handle: BytesUnbounded },
  { fault: "a state above maxBytes is never selected", breaks: ["R8", "R9"], Handle: NoneIfTheFirstIsLarge },
  { fault: "maxBytes counts other topics", breaks: ["R8", "R9"], Handle: BytesOfEveryTopic },
  { fault: "events are found in the order of the ids given", breaks: ["R6"], Handle: FoundAsAsked },
  { fault: "every snapshot is kept", breaks: ["snapshots"], Handle: EverySnapshotKept },
  { fault: "only snapshots at a multiple are kept", breaks: ["snapshots"], Handle: OnlyMultiplesKept },
];
