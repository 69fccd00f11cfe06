import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { DatabaseRefusedError, InvalidArgumentError } from "../errors.ts";
import { backupSqlite } from "./backup.ts";
import { sqliteRecorder } from "./sqlite-recorder.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "palimpsest-backup-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const save = (size: number) => [
  {
    eventId: randomUUID(),
    originatorId: randomUUID(),
    originatorVersion: 1,
    topic: "A.B",
    state: new Uint8Array(size),
  },
];

it("copies the database as it was at one moment, while it is written", async () => {
  const path = join(folder, "events.db");
  const to = join(folder, "copy.db");
  const recorder = await sqliteRecorder({ path });
  for (let count = 0; count < 60; count += 1) await recorder.insertEvents(save(200_000));
  let writing = true;
  const writer = (async () => {
    while (writing) await recorder.insertEvents(save(1_000));
  })();
  const seen: number[] = [];
  const { bytes } = await backupSqlite({ path, to, onProgress: (copied) => seen.push(copied) });
  writing = false;
  await writer;
  expect(bytes).toBeGreaterThan(12_000_000);
  expect(seen.length).toBeGreaterThan(1);

  const copy = await sqliteRecorder({ path: to });
  const last = await copy.maxNotificationId();
  expect(last).toBeGreaterThanOrEqual(60);
  expect(last).toBeLessThanOrEqual(await recorder.maxNotificationId());
  const ids = (await copy.selectNotifications({ start: 1, limit: 100_000 })).map(({ id }) => id);
  expect(ids).toEqual(Array.from({ length: last }, (_, index) => index + 1));
  await copy.insertEvents(save(10));
  await copy.close();
  await recorder.close();
});

it("refuses an existing target and a source that is no database, and leaves no unfinished file", async () => {
  const path = join(folder, "events.db");
  await (await sqliteRecorder({ path })).close();
  const existing = join(folder, "existing.db");
  await writeFile(existing, "text");
  await expect(backupSqlite({ path, to: existing })).rejects.toBeInstanceOf(InvalidArgumentError);
  await expect(backupSqlite({ path: existing, to: join(folder, "copy.db") })).rejects.toBeInstanceOf(
    DatabaseRefusedError,
  );
  await expect(backupSqlite({ path, to: join(folder, "no", "folder.db") })).rejects.toThrow(
    "cannot be copied",
  );
  expect(existsSync(join(folder, "copy.db"))).toBe(false);
  expect((await readdir(folder)).filter((name) => name.includes("unfinished"))).toEqual([]);
});
