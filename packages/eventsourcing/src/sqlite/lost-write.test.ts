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
import { findLostWrite } from "./lost-write.ts";
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

describe("R6 a recorder whose writer thread ends", () => {
  it("rejects a save that it has not stored, and starts a new thread for the next save", async () => {
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
    // The thread waits for the lock inside SQLite and ends after it. It must not store the save.
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

  it("records a save if and only if it is acknowledged, whenever the thread ends", async () => {
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
      const lists = await Promise.all(saving);
      lists.forEach((list, index) => {
        list.push(...(saves[index] ?? []).map(({ eventId }) => eventId));
      });
    }
    expect((await recorder.findNotifications(recorded)).length).toBe(recorded.length);
    expect(await recorder.findNotifications(failed)).toEqual([]);
    expect(await recorder.maxNotificationId()).toBe(recorded.length);
    await recorder.insertEvents([eventOf(newId(), 1)]);
  });

  it("resolves a save that it has stored to its results", async () => {
    const log = newId();
    const events = [eventOf(log, null), eventOf(log, null)];
    const tracking = { name: "upstream", notificationId: 7 };
    const results = await recorder.insertEvents(events, tracking);
    const reader = new Reader(openReadingConnection(path));
    const lost = new Error("the thread ended");
    expect(findLostWrite({ kind: "events", events, tracking }, reader, lost)).toEqual(results);
    const later = { ...tracking, notificationId: 8 };
    expect(() => findLostWrite({ kind: "events", events: [], tracking: later }, reader, lost)).toThrow(
      RecorderError,
    );
    reader.close();
  });

  it("names the events of a save that cannot be looked up in OutcomeUnknownError", () => {
    const reader = new Reader(openReadingConnection(path));
    reader.close();
    const events = [eventOf(newId(), 1)];
    const find = () =>
      findLostWrite({ kind: "events", events, tracking: undefined }, reader, new Error("the thread ended"));
    expect(find).toThrow(OutcomeUnknownError);
    expect(find).toThrow(events[0]?.eventId);
  });
});
