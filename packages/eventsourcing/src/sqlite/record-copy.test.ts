import { randomUUID } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { memoryRecorder } from "../memory/index.ts";
import { copyToSqlite } from "./record-copy.ts";
import { sqliteRecorder } from "./sqlite-recorder.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "palimpsest-copy-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function recorded(count: number) {
  const recorder = memoryRecorder();
  const originators = [randomUUID(), randomUUID()];
  for (let number = 0; number < count; number += 1) {
    const originatorId = originators[number % 2] ?? "";
    const state = new Uint8Array([number % 256, 0, 255]);
    await recorder.insertEvents([
      { eventId: randomUUID(), originatorId, originatorVersion: null, topic: "Thing.Happened", state },
    ]);
  }
  return recorder;
}

it("copies every event with its id and recording time; the copy accepts more events", async () => {
  const source = await recorded(2_345);
  const to = join(folder, "copy.db");
  const progress: [number, number][] = [];
  const { bytes } = await copyToSqlite({ source, to, onProgress: (...counts) => progress.push(counts) });
  expect(bytes).toBeGreaterThan(2_345 * 50);
  expect(progress).toEqual([
    [1_000, 2_345],
    [2_000, 2_345],
    [2_345, 2_345],
  ]);
  const copy = await sqliteRecorder({ path: to });
  const all = { start: 1, limit: 10_000 };
  expect(await copy.selectNotifications(all)).toEqual(await source.selectNotifications(all));
  const [result] = await copy.insertEvents([
    {
      eventId: randomUUID(),
      originatorId: randomUUID(),
      originatorVersion: 1,
      topic: "A.B",
      state: new Uint8Array(),
    },
  ]);
  expect(result?.notificationId).toBe(2_346);
  await copy.close();
});

it("leaves no file if it fails, and refuses an existing target", async () => {
  const source = await recorded(3);
  const to = join(folder, "whole.db");
  const complete = async () => {
    throw new Error("nothing to add");
  };
  await expect(copyToSqlite({ source, to, complete })).rejects.toMatchObject({ code: "recorder-failed" });
  expect((await readdir(folder)).filter((name) => name.startsWith("whole"))).toEqual([]);
  await copyToSqlite({ source, to });
  await expect(copyToSqlite({ source, to })).rejects.toMatchObject({ code: "invalid-argument" });
});
