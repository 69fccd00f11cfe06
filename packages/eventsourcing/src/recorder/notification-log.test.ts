import { expect, it } from "vitest";
import { onEachRecorder } from "../../../../test/recorders.ts";
import { application } from "../application/application.ts";
import { EventSourcedLog } from "../application/event-sourced-log.ts";
import { InvalidArgumentError } from "../errors.ts";
import { eventFamily } from "../events/event-family.ts";
import { NAMESPACE_URL, uuid5 } from "../uuid.ts";
import { NotificationLogReader } from "./notification-log.ts";
import type { Recorder } from "./recorder.ts";

const LogEvent = eventFamily("Log", { Odd: {}, Even: {} });
const { Odd, Even } = LogEvent;

class Logging extends application({ logEvents: [Odd, Even] }) {
  readonly odd = new EventSourcedLog(this.events, uuid5(NAMESPACE_URL, "/odd"), Odd);
  readonly even = new EventSourcedLog(this.events, uuid5(NAMESPACE_URL, "/even"), Even);
}

async function appWithEntries(recorder: Recorder, size: number): Promise<Logging> {
  const app = new Logging({ recorder });
  const entries = Array.from({ length: size }, (_, index) => (index % 2 === 0 ? app.odd : app.even));
  await app.save(...entries.map((log) => log.triggerEvent({})));
  return app;
}

async function readIds(
  app: Logging,
  options: Parameters<NotificationLogReader["read"]>[0],
  batchSize?: number,
): Promise<number[]> {
  const reader = new NotificationLogReader(app.notificationLog, batchSize ? { batchSize } : {});
  const read: number[] = [];
  for await (const { id } of reader.read(options)) read.push(id);
  return read;
}

const fromTo = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

onEachRecorder("the notification log reader", (create) => {
  it("reads notifications from start to stop in order, for any size of batch", async () => {
    const app = await appWithEntries(await create(), 230);
    expect(await readIds(app, { start: 1 })).toEqual(fromTo(1, 230));
    for (const size of [1, 7, 10, 115, 230, 231]) {
      expect(await readIds(app, { start: 1 }, size)).toEqual(fromTo(1, 230));
      expect(await readIds(app, { start: 11, stop: 40 }, size)).toEqual(fromTo(11, 40));
    }
    expect(await readIds(app, { start: 231 })).toEqual([]);
    expect(await readIds(app, { start: 5, stop: 4 })).toEqual([]);
  });

  it("reads only the given topics", async () => {
    const app = await appWithEntries(await create(), 50);
    const even = fromTo(1, 50).filter((id) => id % 2 === 0);
    expect(await readIds(app, { start: 1, topics: [Even.topic] }, 3)).toEqual(even);
    expect(await readIds(app, { start: 10, stop: 20, topics: [Even.topic] }, 3)).toEqual([
      10, 12, 14, 16, 18, 20,
    ]);
    expect(await readIds(app, { start: 1, topics: [Even.topic, Odd.topic] }, 3)).toEqual(fromTo(1, 50));
    expect(await readIds(app, { start: 1, topics: [] })).toEqual([]);
  });

  it("reads events that are recorded during the iteration", async () => {
    const app = await appWithEntries(await create(), 2);
    const reader = new NotificationLogReader(app.notificationLog, { batchSize: 1 });
    const read: number[] = [];
    for await (const { id } of reader.read({ start: 1 })) {
      read.push(id);
      if (id === 2) await app.save(app.odd.triggerEvent({}));
    }
    expect(read).toEqual([1, 2, 3]);
    expect(await app.notificationLog.maxId()).toBe(3);
  });

  it("rejects a batch size that is not a whole number from 1", async () => {
    const { notificationLog } = await appWithEntries(await create(), 1);
    for (const batchSize of [0, -1, 1.5]) {
      expect(() => new NotificationLogReader(notificationLog, { batchSize })).toThrow(InvalidArgumentError);
    }
  });

  it("finds the last notification at a time", async () => {
    const app = await appWithEntries(await create(), 3);
    const [first] = await app.notificationLog.select({ start: 1, limit: 1 });
    expect(first?.topic).toBe(Odd.topic);
    expect(await app.notificationLog.idAt(new Date(0))).toBe(0);
    expect(await app.notificationLog.idAt(first?.recordedAt ?? new Date(0))).toBe(3);
  });
});
