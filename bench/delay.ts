/** The delay from a save until another process is notified and until it has read the event, on both databases. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Recorder } from "@palimpsest/eventsourcing";
import { postgresRecorder } from "@palimpsest/eventsourcing/postgres";
import { sqliteRecorder } from "@palimpsest/eventsourcing/sqlite";
import { startPostgres } from "../test/postgres-server.ts";
import { machine } from "./machine.ts";
import { Notes } from "./note.ts";
import { rowsOf } from "./save-load.ts";
import { number, table } from "./table.ts";
import { inTemporaryFolder } from "./temporary.ts";

/** A follower's report of an event. Times are of the machine's monotonic clock, in nanoseconds. */
export interface Arrival {
  readonly id: number;
  readonly notifiedAt: string;
  readonly readAt: string;
}

const SAVES = 1_000;
const FOLLOWER = fileURLToPath(new URL("./delay-follower.ts", import.meta.url));
const AIMS_MS: Readonly<Record<string, number>> = { PostgreSQL: 10, SQLite: 50 };

async function startFollower(kind: string, location: string): Promise<ChildProcess> {
  const follower = fork(FOLLOWER, [kind, location], { execArgv: process.execArgv });
  await once(follower, "message");
  return follower;
}

/** Resolves to the milliseconds from the acknowledgement of each save until the follower was notified, and had read it. */
async function delaysOf(
  recorder: Recorder,
  follower: ChildProcess,
): Promise<{ notified: number; read: number }[]> {
  const arrivals = new Map<number, Arrival>();
  follower.on("message", (arrival: Arrival) => arrivals.set(arrival.id, arrival));
  const { mapper } = new Notes({ recorder });
  const savedAt = new Map<number, bigint>();
  while (savedAt.size < SAVES) {
    // At random, so that saves do not fall into step with polling.
    await pause(5 + Math.random() * 50);
    const [result] = await recorder.insertEvents(rowsOf({ atOnce: 1, events: 1, stateBytes: 300 }, mapper));
    savedAt.set(result?.notificationId ?? 0, process.hrtime.bigint());
  }
  while (arrivals.size < SAVES) await pause(10);
  return [...savedAt].map(([id, at]) => {
    const { notifiedAt, readAt } = arrivals.get(id) as Arrival;
    return { notified: Number(BigInt(notifiedAt) - at) / 1e6, read: Number(BigInt(readAt) - at) / 1e6 };
  });
}

async function rowsFor(kind: string, location: string, recorder: Recorder): Promise<string[][]> {
  const follower = await startFollower(kind, location);
  try {
    const delays = await delaysOf(recorder, follower);
    return [
      rowOf(
        kind,
        "is notified",
        delays.map(({ notified }) => notified),
      ),
      rowOf(
        "",
        "has read the event",
        delays.map(({ read }) => read),
      ),
    ];
  } finally {
    follower.kill();
    await recorder.close();
  }
}

function rowOf(kind: string, what: string, delays: readonly number[]): string[] {
  const sorted = delays.toSorted((a, b) => a - b);
  const at = (part: number) => number(sorted[Math.ceil(part * sorted.length) - 1] ?? Number.NaN);
  return [kind, what, at(0.5), at(0.99), at(1), kind === "" ? "" : `about ${AIMS_MS[kind]}`];
}

console.log(machine());
const onSqlite = await inTemporaryFolder(async (folder) => {
  const path = join(folder, "delay.db");
  return rowsFor("SQLite", path, await sqliteRecorder({ path }));
});
const server = await startPostgres();
try {
  const url = await server.createDatabase();
  const onPostgres = await rowsFor("PostgreSQL", url, await postgresRecorder({ url }));
  console.log(`\nMilliseconds from the acknowledgement of ${SAVES} saves until another process\n`);
  console.log(table(["", "", "median", "99 of 100", "slowest", "aim"], [...onSqlite, ...onPostgres]));
} finally {
  await server.stop();
}
