import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DatabaseRefusedError } from "../errors.ts";
import type { SqlViewStore, Statement } from "../projections/view-store.ts";
import { sqlSums, sumsProjection } from "../testing/sample-view.ts";
import { viewStoreContract } from "../testing/view-store-contract.ts";
import { openDatabase } from "./driver.ts";
import { sqliteRecorder, sqliteViewStore } from "./index.ts";

viewStoreContract<Statement>("Views on SQLite", { describe, it, sums: sqlSums }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "palimpsest-"));
  const opened: SqlViewStore[] = [];
  let behindMs = 0;
  const clock = () => new Date(Date.now() - behindMs);
  const open = async () => {
    const store = await sqliteViewStore({ path: join(folder, "views.db"), clock });
    opened.push(store);
    return store;
  };
  return {
    store: await open(),
    reopen: open,
    async whileRead(table, work) {
      const db = openDatabase(join(folder, "views.db"));
      db.exec("BEGIN");
      db.prepare(`SELECT count(*) FROM ${table}`).get();
      await work();
      db.exec("COMMIT");
      db.close();
    },
    setClockBack: async (ms) => {
      behindMs += ms;
    },
    async dispose() {
      await Promise.all(opened.map((store) => store.close()));
      await rm(folder, { recursive: true });
    },
  };
});

describe("the file of the views", () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "palimpsest-"));
    path = join(folder, "views.db");
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("is refused if it has events, and a file of views by a recorder", async () => {
    await (await sqliteRecorder({ path })).close();
    await expect(sqliteViewStore({ path })).rejects.toThrow(DatabaseRefusedError);
    const views = join(folder, "other.db");
    await (await sqliteViewStore({ path: views })).close();
    await expect(sqliteRecorder({ path: views })).rejects.toThrow(DatabaseRefusedError);
  });

  it("is refused if a newer version wrote it", async () => {
    await (await sqliteViewStore({ path })).close();
    const db = openDatabase(path);
    db.exec("PRAGMA user_version = 99");
    db.close();
    await expect(sqliteViewStore({ path })).rejects.toThrow(/version 99/);
  });

  it("stores whole numbers as INTEGER, and every kind of value", async () => {
    const store = await sqliteViewStore({ path });
    const view = {
      name: "kinds",
      version: 1,
      tables: ["values"],
      create: (table: (name: string) => string) => [
        {
          sql: `CREATE TABLE ${table("values")} (id INTEGER PRIMARY KEY, a TEXT, b REAL, c BLOB, d INTEGER)`,
        },
      ],
    };
    const generation = await store.create(view);
    const lease = { name: "kinds", holder: "me" };
    await store.acquireLease(lease, 60_000);
    const table = `kinds__values__${generation.number}`;
    const params = [1, 5, 0.5, new Uint8Array([1, 2]), null];
    const changes = [{ sql: `INSERT INTO ${table} VALUES ($1, $2, $3, $4, $5)`, params }];
    await store.write({ generation, from: 0, to: 1, eventId: "1", changes, processed: 1, lease });
    const rows = await store.read("kinds", (name) => ({
      sql: `SELECT *, typeof($1) AS kind FROM ${name("values")} WHERE id = $1`,
      params: [1],
    }));
    expect(rows).toEqual([{ id: 1, a: "5", b: 0.5, c: Buffer.from([1, 2]), d: null, kind: "integer" }]);
    await store.close();
    await store.close();
    await expect(store.generations()).rejects.toThrow("closed");
  });

  it("is migrated from version 1 with its views", async () => {
    const store = await sqliteViewStore({ path });
    const generation = await store.create(sumsProjection(sqlSums, "sums"));
    const lease = { name: "sums@1", holder: "me" };
    await store.acquireLease(lease, 60_000);
    const write = { generation, from: 0, to: 1, eventId: "one", changes: [], processed: 1, lease };
    await store.write(write);
    await store.close();
    const db = openDatabase(path);
    db.exec(
      "ALTER TABLE generations DROP COLUMN event_id; ALTER TABLE generations DROP COLUMN event_position",
    );
    db.exec("PRAGMA user_version = 1");
    db.close();
    const opened = await sqliteViewStore({ path });
    expect(await opened.generations()).toEqual([
      { ...generation, position: 1, processed: 1, eventId: undefined },
    ]);
    await opened.write({ ...write, from: 1, to: 2, eventId: "two" });
    expect((await opened.generations())[0]?.eventId).toBe("two");
    // As a running program of version 1 does.
    const old = openDatabase(path);
    old.exec("UPDATE generations SET position = 3");
    old.close();
    expect(await opened.generations()).toEqual([
      { ...generation, position: 3, processed: 2, eventId: undefined },
    ]);
    await opened.close();
  });

  it("has no tables of a replaced generation", async () => {
    const store = await sqliteViewStore({ path });
    const view = {
      name: "search",
      version: 1,
      tables: ["texts"],
      create: (table: (name: string) => string) => [
        { sql: `CREATE VIRTUAL TABLE ${table("texts")} USING fts5 (body)` },
      ],
    };
    const lease = { name: "search", holder: "me" };
    await store.acquireLease(lease, 60_000);
    await store.create(view);
    await store.activate(await store.create(view), lease);
    await store.close();
    const db = openDatabase(path);
    const tables = db.prepare("SELECT name FROM sqlite_schema WHERE name LIKE 'search%'").pluck().all();
    expect(tables.every((name) => String(name).startsWith("search__texts__2"))).toBe(true);
    expect(tables).toContain("search__texts__2");
    db.close();
  });
});
