import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Database } from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Tracking, UnrecordedEvent } from "../recorder/recorder.ts";
import { eventOf, newId } from "../testing/sample-events.ts";
import type { Write } from "./batch.ts";
import { BatchWriter } from "./batch-writer.ts";
import { openConnection, prepareDatabase } from "./connection.ts";
import { pragma } from "./driver.ts";
import { EVENT_SCHEMA } from "./event-schema.ts";

let folder: string;
let db: Database;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "palimpsest-"));
  await prepareDatabase(join(folder, "events.db"), EVENT_SCHEMA);
  db = openConnection(join(folder, "events.db"));
});
afterEach(async () => {
  db.close();
  await rm(folder, { recursive: true });
});

function save(events: readonly UnrecordedEvent[], tracking?: Tracking): Write {
  return { kind: "events", events, tracking };
}

function outcomeKinds(...writes: Write[]): string[] {
  return new BatchWriter(db)
    .commit({ nowMs: Date.now(), latestMs: Number.POSITIVE_INFINITY, writes })
    .map(({ kind }) => kind);
}

function storedIds(): unknown[] {
  return db.prepare("SELECT notification_id FROM events ORDER BY notification_id").pluck().all();
}

function oneEvent(): Write {
  return save([eventOf(newId(), 1)]);
}

describe("a batch in one transaction", () => {
  it("syncs every commit to the disk", () => {
    expect(pragma(db, "synchronous")).toBe(2);
    expect(pragma(db, "journal_mode")).toBe("wal");
  });

  it("stores neither the events nor the tracking of a save whose row SQLite refuses", () => {
    const recorded = eventOf(newId(), 1);
    outcomeKinds(save([recorded]));
    const twice = { ...eventOf(newId(), 1), eventId: recorded.eventId };
    const kinds = outcomeKinds(
      oneEvent(),
      save([eventOf(newId(), 1), twice], { name: "upstream", notificationId: 1 }),
      save([eventOf(newId(), 1)], { name: "upstream", notificationId: 1 }),
    );
    expect(kinds).toEqual(["stored", "event-already-recorded", "stored"]);
    expect(storedIds()).toEqual([1, 2, 3]);
  });

  it("fails every save while the disk is full, and stores nothing of them", () => {
    const pages = Number(pragma(db, "page_count"));
    db.exec(`PRAGMA max_page_count = ${pages + 20}`);
    const large = save([eventOf(newId(), 1), eventOf(newId(), 1, { state: new Uint8Array(1_000_000) })]);
    expect(outcomeKinds(oneEvent(), large, oneEvent())).toEqual(["failed", "failed", "failed"]);
    expect(storedIds()).toEqual([]);
    expect(outcomeKinds(oneEvent(), oneEvent())).toEqual(["stored", "stored"]);
    expect(storedIds()).toEqual([1, 2]);
  });

  it("fails every save of a transaction that cannot begin, and stores nothing", async () => {
    const other = openConnection(join(folder, "events.db"));
    other.exec("BEGIN IMMEDIATE");
    db.exec("PRAGMA busy_timeout = 10");
    expect(outcomeKinds(oneEvent(), oneEvent())).toEqual(["failed", "failed"]);
    other.exec("ROLLBACK");
    other.close();
    expect(outcomeKinds(oneEvent())).toEqual(["stored"]);
    expect(storedIds()).toEqual([1]);
  });
});
