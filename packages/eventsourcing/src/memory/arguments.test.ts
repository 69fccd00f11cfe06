import { describe, expect, it } from "vitest";
import { InvalidArgumentError, LimitExceededError } from "../errors.ts";
import { bytesOf, eventOf, newId } from "../testing/sample-events.ts";
import { memoryRecorder } from "./index.ts";

const recorder = memoryRecorder();
const page = newId();
const snapshot = { originatorId: page, originatorVersion: 1, topic: "Page.Snapshot", state: bytesOf("") };

describe("R14 the recorder", () => {
  it("rejects ids that are not UUIDs in lower case", async () => {
    for (const id of ["", "page", page.toUpperCase(), `${page}\n`, ` ${page}`]) {
      await expect(recorder.insertEvents([eventOf(id, 1)])).rejects.toThrow(InvalidArgumentError);
      const event = { ...eventOf(page, 1), eventId: id };
      await expect(recorder.insertEvents([event])).rejects.toThrow(/eventId must be a UUID in lower case/);
    }
  });

  it("rejects topics that are empty, too long or not storable", async () => {
    const insert = (topic: string) => recorder.insertEvents([eventOf(newId(), 1, { topic })]);
    await expect(insert("x".repeat(256))).rejects.toThrow(LimitExceededError);
    for (const topic of ["", "Page.\u0000", "Page.\ud800", "Page.\n"])
      await expect(insert(topic)).rejects.toThrow(InvalidArgumentError);
    await insert("x".repeat(255));
    await insert("Seite.Geändert🦊");
  });

  it("rejects numbers that are not whole", async () => {
    const calls = [
      () => recorder.insertEvents([eventOf(page, 1.5)]),
      () => recorder.insertEvents([], { name: "upstream", notificationId: 0 }),
      () => recorder.selectEvents(page, { limit: -1 }),
      () => recorder.selectEvents(page, { gt: Number.NaN }),
      () => recorder.selectNotifications({ start: 1, limit: Number.POSITIVE_INFINITY }),
      () => recorder.selectNotifications({ start: 1, limit: 1, maxBytes: 0 }),
      () => recorder.insertSnapshot(snapshot, 0),
      () => recorder.notificationIdAt(new Date(Number.NaN)),
    ];
    for (const call of calls) await expect(call()).rejects.toThrow(InvalidArgumentError);
  });

  it("shortens a long value in its message", async () => {
    const insert = recorder.insertEvents([eventOf("x".repeat(1_000_000), 1)]);
    await expect(insert).rejects.toThrow(/^.{0,300}$/);
  });
});
