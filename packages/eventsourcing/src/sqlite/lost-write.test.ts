import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Worker } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { OutcomeUnknownError, RecorderError } from "../errors.ts";
import type { Recorder } from "../recorder/recorder.ts";
import { bytesOf, eventOf, newId } from "../testing/sample-events.ts";
import { openConnection, openReadingConnection } from "./connection.ts";
import { sqliteRecorder } from "./index.ts";
import { settleLostWrite } from "./lost-write.ts";
import { Reader } from "./reader.ts";

let folder: string;
let path: string;
let recorder: Recorder;
let threads: Worker[];

const keepThread = (thread: Worker) => threads.push(thread);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "palimpsest-"));
  path = join(folder, "events.db");
  threads = [];
  process.on("worker", keepThread);
  recorder = await sqliteRecorder({ path });
});
afterEach(async () => {
  process.off("worker", keepThread);
  await recorder.close();
  await rm(folder, { recursive: true });
});

describe("R6 when the thread that writes dies", () => {
  it("a save that it had not stored fails, and the next one goes to a new thread", async () => {
    const other = openConnection(path);
    other.exec("BEGIN IMMEDIATE");
    const waiting = [
      recorder.insertEvents([eventOf(newId(), 1)]),
      recorder.insertSnapshot(
        { originatorId: newId(), originatorVersion: 1, topic: "Sample.Snapshot", state: bytesOf("") },
        100,
      ),
    ];
    const outcomes = Promise.allSettled(waiting);
    await setTimeout(50);
    const ended = threads[0]?.terminate();
    // The thread ends when SQLite lets it go, and must not store the save then.
    other.exec("COMMIT");
    other.close();
    await ended;
    for (const outcome of await outcomes)
      expect(outcome).toMatchObject({ status: "rejected", reason: expect.any(RecorderError) });
    expect(await recorder.maxNotificationId()).toBe(0);
    await recorder.insertEvents([eventOf(newId(), 1)]);
    expect(await recorder.maxNotificationId()).toBe(1);
    expect(threads.length).toBe(2);
  });

  it("saves are recorded if and only if they are acknowledged, whenever it dies", async () => {
    const recorded: string[] = [];
    const failed: string[] = [];
    for (let round = 0; round < 20; round++) {
      const saves = Array.from({ length: 20 }, () => [eventOf(newId(), 1), eventOf(newId(), 1)]);
      const saving = saves.map((events) =>
        recorder.insertEvents(events).then(
          () => recorded,
          (error: unknown) => {
            expect(error).toBeInstanceOf(RecorderError);
            return failed;
          },
        ),
      );
      if (round % 4 > 0) await setTimeout(round % 4);
      await threads.at(-1)?.terminate();
      const fates = await Promise.all(saving);
      fates.forEach((fate, index) => {
        fate.push(...(saves[index] ?? []).map(({ eventId }) => eventId));
      });
    }
    expect((await recorder.findNotifications(recorded)).length).toBe(recorded.length);
    expect(await recorder.findNotifications(failed)).toEqual([]);
    expect(await recorder.maxNotificationId()).toBe(recorded.length);
    await recorder.insertEvents([eventOf(newId(), 1)]);
  });

  it("a save that it had stored resolves to its results", async () => {
    const log = newId();
    const events = [eventOf(log, null), eventOf(log, null)];
    const tracking = { name: "upstream", notificationId: 7 };
    const results = await recorder.insertEvents(events, tracking);
    const reader = new Reader(openReadingConnection(path));
    const lost = new Error("the thread ended");
    expect(settleLostWrite({ kind: "events", events, tracking }, reader, lost)).toEqual(results);
    const later = { ...tracking, notificationId: 8 };
    expect(() => settleLostWrite({ kind: "events", events: [], tracking: later }, reader, lost)).toThrow(
      RecorderError,
    );
    reader.close();
  });

  it("a save that cannot be looked up has an unknown outcome, which names its events", () => {
    const reader = new Reader(openReadingConnection(path));
    reader.close();
    const events = [eventOf(newId(), 1)];
    const settle = () =>
      settleLostWrite({ kind: "events", events, tracking: undefined }, reader, new Error("the thread ended"));
    expect(settle).toThrow(OutcomeUnknownError);
    expect(settle).toThrow(events[0]?.eventId);
  });
});
