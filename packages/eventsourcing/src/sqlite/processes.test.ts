import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { allNotifications, idsOf, newId, upTo, versionsOf } from "../testing/sample-events.ts";
import { sqliteRecorder } from "./index.ts";

const FIXTURE = fileURLToPath(new URL("process.fixture.mjs", import.meta.url));

let folder: string;
let path: string;
let processes: ChildProcess[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "palimpsest-"));
  path = join(folder, "events.db");
  processes = [];
});
afterEach(async () => {
  for (const child of processes) child.kill("SIGKILL");
  await rm(folder, { recursive: true });
});

interface RunningProcess {
  readonly child: ChildProcess;
  /** Returns the lines printed so far; the last one may be incomplete. */
  readonly printed: () => string[];
  /** Resolves when `count` lines are printed. */
  readonly lines: (count: number) => Promise<void>;
  /** Resolves when the process has ended and all its output is read. */
  readonly ended: Promise<unknown>;
}

function start(task: string, argument = ""): RunningProcess {
  const child = spawn(process.execPath, [FIXTURE, path, task, argument], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  processes.push(child);
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    output += chunk;
  });
  const printed = () => output.split("\n");
  return {
    child,
    printed,
    async lines(count) {
      while (printed().length <= count) await once(child.stdout, "data");
    },
    ended: once(child, "close"),
  };
}

describe("R5 a process that is killed during saves", () => {
  it("leaves every acknowledged save, no part of other saves, and ids without gaps", async () => {
    const acknowledged: string[] = [];
    for (const [lineCount, mode] of [
      [1, ""],
      [40, ""],
      [300, ""],
      [100, "blocking"],
    ] as const) {
      const saving = start("stream", mode);
      await saving.lines(lineCount);
      saving.child.kill("SIGKILL");
      await saving.ended;
      // The last line may be incomplete.
      for (const line of saving.printed().slice(1, -1)) acknowledged.push(...line.split(" "));
      const recorder = await sqliteRecorder({ path });
      const notifications = await allNotifications(recorder);
      expect(idsOf(notifications)).toEqual(upTo(notifications.length));
      expect((await recorder.findNotifications(acknowledged)).length).toBe(acknowledged.length);
      for (const { originatorId, state } of notifications) {
        const saved = notifications.filter((other) => other.originatorId === originatorId);
        expect(new TextDecoder().decode(state)).toBe(String(saved.length));
      }
      await recorder.close();
    }
    expect(acknowledged.length).toBeGreaterThan(300);
  });
});

describe("R4 several processes on one file", () => {
  it("create it and append to it at the same time", async () => {
    const appending = upTo(4).map(() => start("append", "50"));
    const exits = await Promise.all(appending.map(({ ended }) => ended));
    expect(exits).toEqual(upTo(4).map(() => [0, null]));
    const recorder = await sqliteRecorder({ path });
    const notifications = await allNotifications(recorder);
    expect(idsOf(notifications)).toEqual(upTo(400));
    const log = notifications.filter(({ originatorId }) => originatorId.startsWith("00000000-"));
    expect(versionsOf(log)).toEqual(upTo(200));
    const times = notifications.map(({ recordedAt }) => recordedAt.getTime());
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    await recorder.close();
  });

  it("R2 race for one version, and exactly one succeeds", async () => {
    const page = newId();
    const claiming = upTo(3).map(() => start("claim", page));
    await Promise.all(claiming.map(({ lines }) => lines(1)));
    for (const { child } of claiming) child.stdin?.write("go\n");
    await Promise.all(claiming.map(({ ended }) => ended));
    const outcomes = claiming.map(({ printed }) => printed()[1]);
    expect(outcomes.toSorted()).toEqual(["version-conflict", "version-conflict", "won"]);
  });
});

describe("a process that leaves its recorder open", () => {
  it("exits when it has no more work", async () => {
    expect(await start("leave").ended).toEqual([0, null]);
    const recorder = await sqliteRecorder({ path });
    expect(await recorder.maxNotificationId()).toBe(1);
    await recorder.close();
  });
});
