import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Recorder } from "@palimpsest/eventsourcing";
import { postgresRecorder } from "@palimpsest/eventsourcing/postgres";
import { sqliteRecorder } from "@palimpsest/eventsourcing/sqlite";
import { startPostgres } from "../../test/postgres-server.ts";
import { spreadOf } from "../measure.ts";
import type { Measurement, Suite } from "../measurement.ts";
import { Notes } from "../note.ts";
import { rowsOf } from "../save-load.ts";
import { inTemporaryFolder } from "../temporary.ts";

/** A follower's report of an event. Times are of the machine's monotonic clock, in nanoseconds. */
export interface Arrival {
  readonly id: number;
  readonly notifiedAt: string;
  readonly readAt: string;
}

const SAVES = 300;
const FOLLOWER = fileURLToPath(new URL("../delay-follower.ts", import.meta.url));
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
  saves: number,
): Promise<{ notified: number; read: number }[]> {
  const arrivals = new Map<number, Arrival>();
  follower.on("message", (arrival: Arrival) => arrivals.set(arrival.id, arrival));
  const { mapper } = new Notes({ recorder });
  const savedAt = new Map<number, bigint>();
  while (savedAt.size < saves) {
    // At random, so that saves do not fall into step with polling.
    await pause(5 + Math.random() * 50);
    const [result] = await recorder.insertEvents(rowsOf({ atOnce: 1, events: 1, stateBytes: 300 }, mapper));
    savedAt.set(result?.notificationId ?? 0, process.hrtime.bigint());
  }
  while (arrivals.size < saves) await pause(10);
  return [...savedAt].map(([id, at]) => {
    const { notifiedAt, readAt } = arrivals.get(id) as Arrival;
    return { notified: Number(BigInt(notifiedAt) - at) / 1e6, read: Number(BigInt(readAt) - at) / 1e6 };
  });
}

async function measure(
  kind: string,
  location: string,
  recorder: Recorder,
  saves: number,
): Promise<Measurement[]> {
  const follower = await startFollower(kind, location);
  try {
    const delays = await delaysOf(recorder, follower, saves);
    const row = (work: string, values: readonly number[]): Measurement => ({
      work: `${kind}: another process ${work}`,
      contender: "delay",
      unit: "ms",
      value: spreadOf(values),
    });
    return [
      row(
        "is notified",
        delays.map(({ notified }) => notified),
      ),
      row(
        "has read the event",
        delays.map(({ read }) => read),
      ),
    ];
  } finally {
    follower.kill();
    await recorder.close();
  }
}

export const delay: Suite = {
  name: "delay",
  title: "Delay of notifications",
  note: `From the acknowledgement of a save until another process knows of it. The aims are about ${AIMS_MS.PostgreSQL} ms on PostgreSQL, and about ${AIMS_MS.SQLite} ms on SQLite, which is polled.`,
  run: async () => {
    const rows = await inTemporaryFolder(async (folder) => {
      const path = join(folder, "delay.db");
      return measure("SQLite", path, await sqliteRecorder({ path }), SAVES);
    });
    const server = await startPostgres();
    try {
      const url = await server.createDatabase();
      return [...rows, ...(await measure("PostgreSQL", url, await postgresRecorder({ url }), SAVES))];
    } finally {
      await server.stop();
    }
  },
};
