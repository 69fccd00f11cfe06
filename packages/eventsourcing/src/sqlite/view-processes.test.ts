import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Worker } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ProjectionRunner } from "../projections/projection-runner.ts";
import { ChangeRefusedError } from "../projections/view-errors.ts";
import type { SqlViewStore } from "../projections/view-store.ts";
import type { Recorder } from "../recorder/recorder.ts";
import { upTo } from "../testing/sample-events.ts";
import { pay, sampleMapper, sqlSums, sumsProjection } from "../testing/sample-view.ts";
import { sqliteRecorder, sqliteViewStore } from "./index.ts";

const FIXTURE = fileURLToPath(new URL("view-process.fixture.mjs", import.meta.url));
const WAIT = { timeoutMs: 20_000 };

let folder: string;
let recorder: Recorder;
let store: SqlViewStore;
let processes: ChildProcess[];
let threads: Worker[];

const keepThread = (thread: Worker) => threads.push(thread);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "palimpsest-"));
  recorder = await sqliteRecorder({ path: join(folder, "events.db") });
  // Not the thread of the recorder.
  threads = [];
  process.on("worker", keepThread);
  store = await sqliteViewStore({ path: join(folder, "views.db") });
  processes = [];
});
afterEach(async () => {
  process.off("worker", keepThread);
  for (const child of processes) child.kill("SIGKILL");
  await store.close();
  await recorder.close();
  await rm(folder, { recursive: true });
});

function start(): ChildProcess {
  const child = spawn(process.execPath, [FIXTURE, folder], { stdio: ["ignore", "pipe", "inherit"] });
  processes.push(child);
  return child;
}

/** Resolves when the process has the lease. */
async function running(child: ChildProcess): Promise<void> {
  if (child.stdout) await once(child.stdout, "data");
}

describe("processes that keep one view", () => {
  it("R10 take over from one that is killed; each notification is processed once", async () => {
    const projections = [sumsProjection(sqlSums, "sums")];
    const notStarted = new ProjectionRunner({ recorder, mapper: sampleMapper, store, projections });
    const keys = upTo(10).map((index) => `key ${index}`);
    let child = start();
    await running(child);
    for (const round of upTo(4)) {
      const next = start();
      for (const _ of upTo(5)) await pay(recorder, ...keys);
      await notStarted.waitFor(["sums"], round * 50 - 40, WAIT);
      child.kill("SIGKILL");
      await running(next);
      child = next;
    }
    await notStarted.waitFor(["sums"], 200, WAIT);
    expect(await sqlSums.sums(store, "sums")).toEqual(Object.fromEntries(keys.map((key) => [key, 20])));
    expect((await notStarted.status())[0]).toMatchObject({ state: "running", runner: "elsewhere", lag: 0 });
  });
});

describe("the writer thread of views", () => {
  it("R10 is restarted whenever it ends; each notification is processed once", async () => {
    const projections = ["one", "two"].map((name) => sumsProjection(sqlSums, name));
    const runner = new ProjectionRunner({
      recorder,
      mapper: sampleMapper,
      store,
      projections,
      batchSize: 3,
      retryDelayMs: 1,
      onError: () => {},
    });
    runner.start();
    for (const round of upTo(20)) {
      await pay(recorder, ...upTo(30).map((index) => `key ${index}`));
      if (round % 4 > 0) await runner.waitFor(["one"], round * 30 - 5 * (round % 4), WAIT);
      await threads.at(-1)?.terminate();
    }
    await runner.waitFor(undefined, 600, WAIT);
    const expected = Object.fromEntries(upTo(30).map((index) => [`key ${index}`, 20]));
    expect(await sqlSums.sums(store, "one")).toEqual(expected);
    expect(await sqlSums.sums(store, "two")).toEqual(expected);
    expect(threads.length).toBeGreaterThan(10);
    await runner.stop();
  });

  it("rejects a change that cannot be sent to it", async () => {
    const generation = await store.create(sumsProjection(sqlSums, "sums"));
    const lease = { name: "sums", holder: "me" };
    await store.acquireLease(lease, 60_000);
    const notSendable = { sql: "SELECT $1", params: [(() => {}) as unknown as string] };
    const write = { generation, from: 0, to: 1, eventId: "1", changes: [notSendable], processed: 0, lease };
    await expect(store.write(write)).rejects.toThrow(ChangeRefusedError);
    await store.write({ ...write, changes: [] });
    expect((await store.generations("sums"))[0]?.position).toBe(1);
  });
});
