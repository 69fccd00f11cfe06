import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { backupSqlite, openDatabase, sqliteRecorder } from "@palimpsest/eventsourcing/sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Drafts } from "../application/drafts.ts";
import { openDrafts } from "./open-drafts.ts";

const texts = { title: "Bread", slug: null, body: "Flour", summary: "" };
const draft = { userId: "one person", pageId: "one page", id: "one draft", baseVersion: 1, ...texts };

let folder: string;
let path: string;
let drafts: Drafts;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "palimpsest-drafts-"));
  path = join(folder, "events.db");
  await (await sqliteRecorder({ path })).close();
});
afterEach(async () => {
  await drafts.close();
  rmSync(folder, { recursive: true });
});

test("the file keeps its application id and version", async () => {
  const marks = () => {
    const db = openDatabase(path);
    const read = ["application_id", "user_version"].map((name) => db.prepare(`PRAGMA ${name}`).pluck().get());
    db.close();
    return read;
  };
  const before = marks();
  expect(before).not.toContain(0);
  drafts = await openDrafts({ kind: "sqlite", path });
  await drafts.put(draft);
  expect(marks()).toEqual(before);
});

test("a draft waits for another writer without blocking the thread", async () => {
  drafts = await openDrafts({ kind: "sqlite", path });
  await drafts.put(draft);
  const writer = openDatabase(path);
  writer.exec("BEGIN IMMEDIATE");
  const order: string[] = [];
  const put = drafts.put({ ...draft, body: "Later" }).then(() => order.push("put"));
  // A blocked thread would not resolve this timer.
  await setTimeout(300);
  expect(await drafts.get("somebody else", null)).toBeUndefined();
  order.push("committed");
  writer.exec("COMMIT");
  writer.close();
  await put;
  expect(order).toEqual(["committed", "put"]);
  expect(await drafts.get(draft.userId, draft.pageId)).toMatchObject({ body: "Later" });
});

test("drafts open while another connection writes if their table exists", async () => {
  await (await openDrafts({ kind: "sqlite", path })).close();
  const writer = openDatabase(path);
  writer.exec("BEGIN IMMEDIATE");
  drafts = await openDrafts({ kind: "sqlite", path });
  expect(await drafts.list(draft.userId)).toEqual([]);
  writer.exec("COMMIT");
  writer.close();
});

test("drafts from a table without draft ids are found beside new drafts", async () => {
  const db = openDatabase(path);
  db.exec(`
    CREATE TABLE drafts (
      user_id TEXT NOT NULL, page_id TEXT NOT NULL, saved_at INTEGER NOT NULL, fields BLOB NOT NULL, body BLOB NOT NULL,
      UNIQUE (user_id, page_id)
    ) STRICT;
    CREATE INDEX drafts_by_person ON drafts (user_id, saved_at)`);
  const { title, slug, summary, userId, pageId } = draft;
  const fields = Buffer.from(JSON.stringify({ baseVersion: 1, title, slug, summary }));
  db.prepare("INSERT INTO drafts VALUES (?, ?, 7, ?, ?)").run(userId, pageId, fields, Buffer.from("a\0"));
  db.close();
  const [first, second] = await Promise.all([1, 2].map(() => openDrafts({ kind: "sqlite", path })));
  await second?.close();
  drafts = first as Drafts;
  const earlier = { ...draft, id: null, body: "a", savedAt: new Date(7) };
  expect(await drafts.get(userId, pageId)).toStrictEqual(earlier);
  await drafts.put(draft);
  expect(await drafts.get(userId, pageId, null)).toStrictEqual(earlier);
  expect(await drafts.list(userId)).toHaveLength(2);
});

test("a backup of the events contains the drafts", async () => {
  const source = await openDrafts({ kind: "sqlite", path });
  const put = await source.put(draft);
  const to = join(folder, "copy.db");
  await backupSqlite({ path, to });
  await source.close();
  await (await sqliteRecorder({ path: to })).close();
  drafts = await openDrafts({ kind: "sqlite", path: to });
  expect(await drafts.get(draft.userId, draft.pageId)).toStrictEqual(put);
});
