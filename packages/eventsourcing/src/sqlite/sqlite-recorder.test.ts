import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { InvalidArgumentError } from "../errors.ts";
import type { Recorder } from "../recorder/recorder.ts";
import { recorderContract } from "../testing/recorder-contract.ts";
import { eventOf, newId } from "../testing/sample-events.ts";
import { type SqliteRecorderOptions, sqliteRecorder } from "./index.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "palimpsest-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe.each([
  ["SQLite recorder", false],
  ["SQLite recorder that blocks", true],
])("%s", (name, blocking) => {
  recorderContract(name, { describe, it }, async (clock) => {
    const opened: Recorder[] = [];
    const open = async () => {
      const recorder = await sqliteRecorder({ path: join(folder, "events.db"), clock, blocking });
      opened.push(recorder);
      return recorder;
    };
    return {
      recorder: await open(),
      reopen: open,
      async dispose() {
        await Promise.all(opened.map((recorder) => recorder.close()));
      },
    };
  });
});

it("commits saves in the calling thread if it blocks", async () => {
  const options = { path: join(folder, "events.db"), blocking: true };
  const [first, second] = [await sqliteRecorder(options), await sqliteRecorder(options)];
  const saved = Promise.all([first, second].map((recorder) => recorder.insertEvents([eventOf(newId(), 1)])));
  // No turn of the event loop, in which a thread's answer could arrive.
  let turns = 0;
  const count = setImmediate(() => {
    turns += 1;
  });
  const ids = (await saved).map(([result]) => result?.notificationId);
  clearImmediate(count);
  expect(turns).toBe(0);
  expect(ids).toEqual([1, 2]);
  await Promise.all([first.close(), second.close()]);
});

it.each([
  ["path", undefined],
  ["path", ""],
  ["path", ":memory:"],
  ["clock", () => new Date()],
  ["blocking", "yes"],
])("rejects %s = %s", async (option, value) => {
  const options = { path: join(folder, "events.db"), [option]: value } as SqliteRecorderOptions;
  await expect(sqliteRecorder(options)).rejects.toBeInstanceOf(InvalidArgumentError);
});
