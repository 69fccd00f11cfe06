import { readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DatabaseRefusedError, RecorderError } from "../errors.ts";
import type { SqlViewStore } from "../projections/view-store.ts";
import { openDatabase } from "./driver.ts";
import { type DamagedFile, sqliteRecorder, sqliteViewStore } from "./index.ts";

const VIEW = {
  name: "texts",
  version: 1,
  tables: ["texts"],
  create: (table: (name: string) => string) => [
    { sql: `CREATE TABLE ${table("texts")} (number INTEGER PRIMARY KEY, text TEXT)` },
    {
      sql: `INSERT INTO ${table("texts")} (text) SELECT hex(randomblob(500)) FROM json_each('[${Array(500).fill(0)}]')`,
    },
  ],
};

const countTexts = async (store: SqlViewStore) => {
  const rows = await store.read<{ count: number }>("texts", (table) => ({
    sql: `SELECT count(text) AS count FROM ${table("texts")} WHERE text <> ''`,
  }));
  return rows[0]?.count;
};

describe("a damaged file of views", () => {
  let folder: string;
  let path: string;
  let damaged: DamagedFile[];
  const stores: SqlViewStore[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "palimpsest-"));
    path = join(folder, "views.db");
    damaged = [];
  });
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
    await rm(folder, { recursive: true });
  });
  const open = async () => {
    const store = await sqliteViewStore({ path, onDamagedFile: (file) => damaged.push(file) });
    stores.push(store);
    return store;
  };
  const closeAll = () => Promise.all(stores.splice(0).map((store) => store.close()));
  const change = (sql: string) => {
    const db = openDatabase(path);
    db.exec(sql);
    db.close();
  };
  const overwrite = (from: number) => {
    const content = readFileSync(path);
    content.fill("damaged ", from);
    writeFileSync(path, content);
  };
  const filled = async () => {
    await (await open()).create(VIEW);
    await closeAll();
  };

  const DAMAGES: Readonly<Record<string, () => Promise<void> | void>> = {
    "that is no database": () => writeFileSync(path, "no database".repeat(100)),
    "that is shorter than a header": () => writeFileSync(path, "SQLite format 3\0"),
    "with garbage after its header": async () => {
      await filled();
      overwrite(120);
    },
    "that was truncated": async () => {
      await filled();
      truncateSync(path, 4_096);
    },
    "of another program": () => change("CREATE TABLE theirs (a); PRAGMA application_id = 7"),
    "of a newer version": async () => {
      await filled();
      change("PRAGMA user_version = 99");
    },
  };
  for (const [name, damage] of Object.entries(DAMAGES)) {
    it(`${name} is set aside unchanged when it is opened`, async () => {
      await damage();
      const content = readFileSync(path);
      const store = await open();
      expect(damaged).toMatchObject([{ path, movedTo: expect.stringContaining("views.damaged-") }]);
      expect(readFileSync(damaged[0]?.movedTo ?? "").equals(content)).toBe(true);
      expect(await store.generations()).toEqual([]);
      await store.create(VIEW);
      expect(await countTexts(store)).toBe(500);
      expect(readdirSync(folder).filter((file) => file.endsWith(".lock"))).toEqual([]);
    });
  }

  it("is refused unchanged without the option", async () => {
    writeFileSync(path, "no database".repeat(100));
    await expect(sqliteViewStore({ path })).rejects.toThrow(DatabaseRefusedError);
    expect(readdirSync(folder)).toEqual(["views.db"]);
  });

  it("is replaced while it is open, in every store that has it open", async () => {
    const store = await open();
    await store.create(VIEW);
    const other = await open();
    // Moves the WAL into the file, which reads then use.
    change("PRAGMA wal_checkpoint(TRUNCATE)");
    expect(await other.generations()).toHaveLength(1);
    overwrite(0);
    expect(await countTexts(store)).toBeUndefined();
    expect(damaged).toHaveLength(1);
    expect(await other.generations()).toEqual([]);
    await other.create(VIEW);
    expect(await countTexts(store)).toBe(500);
    expect(await countTexts(other)).toBe(500);
    expect(damaged).toHaveLength(1);
  });

  it("is replaced once by stores that open it at the same time", async () => {
    writeFileSync(path, "no database".repeat(100));
    const opened = await Promise.all([open(), open(), open()]);
    await opened[0]?.create(VIEW);
    for (const store of opened) expect(await countTexts(store)).toBe(500);
    expect(damaged).toHaveLength(1);
  });

  it("stays if it has events, is a folder, or another program has it open", async () => {
    await (await sqliteRecorder({ path })).close();
    await expect(open()).rejects.toThrow(DatabaseRefusedError);
    await rm(path);
    await mkdir(path);
    await expect(open()).rejects.toThrow(/it is a folder/);
    await rm(path, { recursive: true });
    const theirs = openDatabase(path);
    theirs.exec("PRAGMA journal_mode = WAL; CREATE TABLE theirs (a); PRAGMA application_id = 7");
    await expect(open()).rejects.toThrow(DatabaseRefusedError);
    theirs.close();
    await rm(path);
    const store = await open();
    await store.create(VIEW);
    change("DROP TABLE texts__texts__1");
    await expect(countTexts(store)).rejects.toThrow(RecorderError);
    expect(damaged).toEqual([]);
  });
});
