import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DatabaseRefusedError, RecorderError } from "../errors.ts";
import { eventOf, newId } from "../testing/sample-events.ts";
import { openDatabase } from "./driver.ts";
import { sqliteRecorder } from "./index.ts";

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "palimpsest-"));
  path = join(folder, "events.db");
});
afterEach(() => rm(folder, { recursive: true }));

async function recordOne(): Promise<void> {
  const recorder = await sqliteRecorder({ path });
  await recorder.insertEvents([eventOf(newId(), 1)]);
  await recorder.close();
}

async function contents(): Promise<Map<string, string>> {
  const names = await readdir(folder);
  const files = await Promise.all(names.map((name) => readFile(join(folder, name), "base64")));
  return new Map(names.sort().map((name, index) => [name, files[index] ?? ""]));
}

async function expectRefused(why: RegExp): Promise<void> {
  const before = await contents();
  const opening = sqliteRecorder({ path });
  await expect(opening).rejects.toThrow(DatabaseRefusedError);
  await expect(opening).rejects.toThrow(why);
  expect(await contents()).toEqual(before);
}

describe("R13 opening a recorder", () => {
  it("refuses a file that is not SQLite and does not change it", async () => {
    await writeFile(path, "# Notes\n".repeat(100));
    await expectRefused(/events\.db is refused: it is not a SQLite database/);
  });

  it("refuses a file too short to be SQLite and does not change it", async () => {
    await writeFile(path, "x");
    await expectRefused(/not a SQLite database/);
  });

  for (const mode of ["delete", "wal"]) {
    it(`a SQLite database of another program, in ${mode} mode`, async () => {
      const db = openDatabase(path);
      db.exec(`PRAGMA journal_mode = ${mode}`);
      db.exec("CREATE TABLE bookmarks (url TEXT)");
      db.close();
      await expectRefused(/of another program/);
    });
  }

  it("refuses a SQLite database with another application id, even without tables", async () => {
    const db = openDatabase(path);
    db.exec("PRAGMA application_id = 42");
    db.close();
    await expectRefused(/of another program/);
  });

  it("refuses a database whose tables are still in the WAL of another program", async () => {
    const db = openDatabase(path);
    db.exec("PRAGMA journal_mode = WAL");
    db.exec("CREATE TABLE bookmarks (url TEXT)");
    await expect(sqliteRecorder({ path })).rejects.toThrow(DatabaseRefusedError);
    expect(db.prepare("SELECT name FROM sqlite_schema").pluck().all()).toEqual(["bookmarks"]);
    db.close();
  });

  it("refuses a database that a newer version of the library wrote", async () => {
    await recordOne();
    const db = openDatabase(path);
    db.exec("PRAGMA user_version = 1000");
    db.close();
    await expectRefused(/version 1000, .* Update the program/);
  });

  it("refuses a database that a newer version of the library has open", async () => {
    await recordOne();
    const db = openDatabase(path);
    db.exec("PRAGMA user_version = 1000");
    await expect(sqliteRecorder({ path })).rejects.toThrow(/version 1000, .* Update the program/);
    db.close();
  });

  it("refuses a folder", async () => {
    await mkdir(path);
    await expect(sqliteRecorder({ path })).rejects.toThrow(/is refused: it is a folder/);
  });
});

describe("opening a recorder", () => {
  it("rejects with RecorderError if its folder does not exist", async () => {
    path = join(folder, "nowhere", "events.db");
    const opening = sqliteRecorder({ path });
    await expect(opening).rejects.toThrow(RecorderError);
    await expect(opening).rejects.toThrow(/nowhere.*cannot be opened.*nowhere does not exist/);
  });

  it("rejects with RecorderError if it is below a file", async () => {
    await writeFile(path, "");
    const opening = sqliteRecorder({ path: join(path, "events.db") });
    await expect(opening).rejects.toThrow(RecorderError);
  });
});

describe("a database of a recorder", () => {
  it("is created in an empty file", async () => {
    await writeFile(path, "");
    await recordOne();
  });

  it("opens with tables that another program has added", async () => {
    await recordOne();
    const db = openDatabase(path);
    db.exec("CREATE TABLE account (id TEXT PRIMARY KEY)");
    db.close();
    await recordOne();
    const recorder = await sqliteRecorder({ path });
    expect(await recorder.maxNotificationId()).toBe(2);
    await recorder.close();
  });

  it("is one file after the last recorder is closed", async () => {
    await recordOne();
    expect(await readdir(folder)).toEqual(["events.db"]);
  });

  it("is created once by recorders that open it at the same time", async () => {
    const recorders = await Promise.all(Array.from({ length: 5 }, () => sqliteRecorder({ path })));
    await Promise.all(recorders.map((recorder) => recorder.insertEvents([eventOf(newId(), 1)])));
    expect(await recorders[0]?.maxNotificationId()).toBe(5);
    await Promise.all(recorders.map((recorder) => recorder.close()));
  });
});
