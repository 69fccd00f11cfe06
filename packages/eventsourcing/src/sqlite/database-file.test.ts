import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DatabaseRefusedError, InvalidArgumentError, RecorderError } from "../errors.ts";
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

/** Everything in the folder, to compare before and after. */
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

describe("R13 a database that is not ours is refused and not touched", () => {
  it("a file that is not SQLite", async () => {
    await writeFile(path, "# Notes\n".repeat(100));
    await expectRefused(/events\.db is refused: it is not a SQLite database/);
  });

  it("a file too short to be SQLite", async () => {
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

  it("a SQLite database with another application id, even without tables", async () => {
    const db = openDatabase(path);
    db.exec("PRAGMA application_id = 42");
    db.close();
    await expectRefused(/of another program/);
  });

  it("a database whose tables another program has not moved from the WAL yet", async () => {
    const db = openDatabase(path);
    db.exec("PRAGMA journal_mode = WAL");
    db.exec("CREATE TABLE bookmarks (url TEXT)");
    await expect(sqliteRecorder({ path })).rejects.toThrow(DatabaseRefusedError);
    expect(db.prepare("SELECT name FROM sqlite_schema").pluck().all()).toEqual(["bookmarks"]);
    db.close();
  });

  it("a database that a newer version of the library wrote", async () => {
    await recordOne();
    const db = openDatabase(path);
    db.exec("PRAGMA user_version = 1000");
    db.close();
    await expectRefused(/version 1000 .* Update the program/);
  });

  it("a database that a newer version of the library has open", async () => {
    await recordOne();
    const db = openDatabase(path);
    db.exec("PRAGMA user_version = 1000");
    await expect(sqliteRecorder({ path })).rejects.toThrow(/version 1000 .* Update the program/);
    db.close();
  });

  it("a folder", async () => {
    await mkdir(path);
    await expect(sqliteRecorder({ path })).rejects.toThrow(/is refused: it is not a file/);
  });
});

describe("a database that cannot be opened", () => {
  it("is in a folder that does not exist", async () => {
    path = join(folder, "nowhere", "events.db");
    const opening = sqliteRecorder({ path });
    await expect(opening).rejects.toThrow(RecorderError);
    await expect(opening).rejects.toThrow(/nowhere.*cannot be opened/);
  });

  it("is below a file", async () => {
    await writeFile(path, "");
    const opening = sqliteRecorder({ path: join(path, "events.db") });
    await expect(opening).rejects.toThrow(RecorderError);
  });

  it("has a path that SQLite would take for memory", async () => {
    for (const name of ["", ":memory:"])
      await expect(sqliteRecorder({ path: name })).rejects.toThrow(InvalidArgumentError);
  });
});

describe("a database of ours", () => {
  it("may be an empty file at first", async () => {
    await writeFile(path, "");
    await recordOne();
  });

  it("may hold the tables of others, made later", async () => {
    await recordOne();
    const db = openDatabase(path);
    db.exec("CREATE TABLE account (id TEXT PRIMARY KEY)");
    db.close();
    await recordOne();
    const recorder = await sqliteRecorder({ path });
    expect(await recorder.maxNotificationId()).toBe(2);
    await recorder.close();
  });

  it("is one file again when the last recorder is closed", async () => {
    await recordOne();
    expect(await readdir(folder)).toEqual(["events.db"]);
  });

  it("is made once by recorders that start together", async () => {
    const recorders = await Promise.all(Array.from({ length: 5 }, () => sqliteRecorder({ path })));
    await Promise.all(recorders.map((recorder) => recorder.insertEvents([eventOf(newId(), 1)])));
    expect(await recorders[0]?.maxNotificationId()).toBe(5);
    await Promise.all(recorders.map((recorder) => recorder.close()));
  });
});
