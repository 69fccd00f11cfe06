import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClockOptions, Recorder, UnrecordedEvent } from "@palimpsest/eventsourcing";
import { postgresRecorder } from "@palimpsest/eventsourcing/postgres";
import { openDatabase, sqliteRecorder } from "@palimpsest/eventsourcing/sqlite";
import pg from "pg";
import { expect, it } from "vitest";
import { dropSchemas, newSchema } from "./postgres-schemas.ts";

// The statements of docs/clock.md, as people copy them from there.
const page = readFileSync(new URL("../docs/clock.md", import.meta.url), "utf8");
const [forSqlite = "", forPostgres = ""] = [...page.matchAll(/^```sql\n([\s\S]*?)^```$/gm)].map(
  ([, sql]) => sql,
);

const HOUR_MS = 3_600_000;

/** A clock that is wrong by so many hours. */
function hoursAhead(hours: number): ClockOptions {
  return { now: () => new Date(Date.now() + hours * HOUR_MS), onWarning: () => {} };
}

function eventOf(originatorId: string): UnrecordedEvent {
  return {
    eventId: randomUUID(),
    originatorId,
    originatorVersion: null,
    topic: "Sample",
    state: new Uint8Array(1),
  };
}

async function record(recorder: Recorder, originatorId: string): Promise<void> {
  const [result] = await recorder.insertEvents([eventOf(originatorId)]);
  const originatorVersion = result?.originatorVersion ?? 0;
  await recorder.insertSnapshot(
    { originatorId, originatorVersion, topic: "Sample", state: new Uint8Array(1) },
    1,
  );
}

async function recordedTimes(recorder: Recorder): Promise<readonly number[]> {
  const notifications = await recorder.selectNotifications({ start: 1, limit: 100 });
  return notifications.map(({ recordedAt }) => recordedAt.getTime());
}

/** Records events at the right time and then up to three hours ahead of it, repairs that, and goes on. */
async function checkRepair(
  open: (clock: ClockOptions) => Promise<Recorder>,
  repair: () => Promise<void>,
): Promise<void> {
  const [early, late] = [randomUUID(), randomUUID()];
  for (const [originatorId, hours] of [
    [early, -1],
    [late, 2],
    [late, 3],
    [late, 0],
  ] as const) {
    const recorder = await open(hoursAhead(hours));
    await record(recorder, originatorId);
    await recorder.close();
  }
  const pinned = await open({ onJump: "refuse" });
  const times = await recordedTimes(pinned);
  expect((await pinned.clockStatus()).state).toBe("refusing");
  await expect(record(pinned, early)).rejects.toMatchObject({ code: "clock-ahead", isStored: false });
  await pinned.close();

  await repair();
  const repaired = await open({ onJump: "refuse" });
  const corrected = await recordedTimes(repaired);
  expect(corrected[0]).toBe(times[0]);
  expect(new Set(corrected.slice(1)).size).toBe(1);
  expect(corrected[1]).toBeGreaterThan(Date.now() - HOUR_MS / 2);
  expect(corrected[1]).toBeLessThanOrEqual(Date.now());
  expect(await repaired.notificationIdAt(new Date(Date.now() - HOUR_MS / 2))).toBe(1);
  expect(await repaired.selectSnapshots(early)).toHaveLength(1);
  expect(await repaired.selectSnapshots(late)).toEqual([]);
  expect((await repaired.clockStatus()).state).toBe("ok");

  await repair();
  expect(await recordedTimes(repaired)).toEqual(corrected);
  await record(repaired, early);
  const after = await recordedTimes(repaired);
  expect(after).toEqual(after.toSorted((a, b) => a - b));
  expect(after.at(-1)).toBeLessThanOrEqual(Date.now());
  await repaired.close();
}

it("the statements for SQLite correct recorded times", async () => {
  const folder = await mkdtemp(join(tmpdir(), "palimpsest-clock-"));
  const path = join(folder, "events.db");
  await checkRepair(
    (clock) => sqliteRecorder({ path, clock }),
    async () => {
      const db = openDatabase(path);
      db.exec(forSqlite);
      db.close();
    },
  );
  await rm(folder, { recursive: true });
});

it("the statements for PostgreSQL correct recorded times", async () => {
  const schema = newSchema();
  await checkRepair(
    (clock) => postgresRecorder({ ...schema, clock }),
    async () => {
      const client = new pg.Client({ connectionString: schema.url });
      await client.connect();
      await client.query(forPostgres.replaceAll("palimpsest.", `${pg.escapeIdentifier(schema.schema)}.`));
      await client.end();
    },
  );
  await dropSchemas([schema]);
});
