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

/** A record of `count` events of two originators. */
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

it("has every event as it was, under its id and of its instant, and takes more", async () => {
  const source = await recorded(2_345);
  const to = join(folder, "copy.db");
  const told: [number, number][] = [];
  const { bytes } = await copyToSqlite({ source, to, onProgress: (...progress) => told.push(progress) });
  expect(bytes).toBeGreaterThan(2_345 * 50);
  expect(told).toEqual([
    [1_000, 2_345],
    [2_000, 2_345],
    [2_345, 2_345],
  ]);
  const copy = await sqliteRecorder({ path: to });
  const all = { start: 1, limit: 10_000 };
  expect(await copy.selectNotifications(all)).toEqual(await source.selectNotifications(all));
  const [placed] = await copy.insertEvents([
    {
      eventId: randomUUID(),
      originatorId: randomUUID(),
      originatorVersion: 1,
      topic: "A.B",
      state: new Uint8Array(),
    },
  ]);
  expect(placed?.notificationId).toBe(2_346);
  await copy.close();
});

it("appears whole or not at all, and never in the place of another file", async () => {
  const source = await recorded(3);
  const to = join(folder, "whole.db");
  const complete = async () => {
    throw new Error("there was nothing to add");
  };
  await expect(copyToSqlite({ source, to, complete })).rejects.toMatchObject({ code: "recorder-failed" });
  expect((await readdir(folder)).filter((name) => name.startsWith("whole"))).toEqual([]);
  await copyToSqlite({ source, to });
  await expect(copyToSqlite({ source, to })).rejects.toMatchObject({ code: "invalid-argument" });
});
