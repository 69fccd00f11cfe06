import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";
import { afterEach, describe, expect, it } from "vitest";
import { dropSchemas, newSchema } from "../../../test/postgres-schemas.ts";
import { InvalidArgumentError, QueryTimeoutError, RecorderError, type SqlViewStore } from "../src/index.ts";
import { postgresViewStore } from "../src/postgres/index.ts";
import { sqliteViewStore } from "../src/sqlite/index.ts";
import { sqlSums, sumsProjection } from "../src/testing/sample-view.ts";

const LONG_MS = 60_000;
const countTo = (last: number) => () => ({
  sql: `WITH RECURSIVE counted (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM counted WHERE i < ${last})
        SELECT count(*) AS count FROM counted`,
});
/** Takes about a second. */
const slow = countTo(3_000_000);

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const BACKENDS: Record<string, () => Promise<SqlViewStore>> = {
  SQLite: async () => sqliteViewStore({ path: await viewsPath() }),
  PostgreSQL: async () => {
    const schema = newSchema();
    closing.push(() => dropSchemas([schema]));
    return postgresViewStore(schema);
  },
};

async function viewsPath(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "palimpsest-views-"));
  closing.push(() => rm(folder, { recursive: true }));
  return join(folder, "views.db");
}

async function withView(opening: Promise<SqlViewStore>): Promise<SqlViewStore> {
  const store = await opening;
  closing.push(() => store.close());
  await store.create(sumsProjection(sqlSums, "sums"));
  return store;
}

for (const [kind, open] of Object.entries(BACKENDS)) {
  describe(`a query with a time limit, on ${kind}`, () => {
    it("returns its rows, and none if the view has no generation", async () => {
      const store = await withView(open());
      expect(await store.read("sums", countTo(3), { timeoutMs: LONG_MS })).toEqual([{ count: 3 }]);
      expect(await store.read("none", countTo(3), { timeoutMs: LONG_MS })).toEqual([]);
    });

    it("is ended when the limit is exceeded, and later queries are answered", async () => {
      const store = await withView(open());
      for (let repeated = 0; repeated < 3; repeated += 1) {
        await expect(store.read("sums", slow, { timeoutMs: 20 })).rejects.toThrow(QueryTimeoutError);
      }
      const later = Array.from({ length: 20 }, () => store.read("sums", countTo(3), { timeoutMs: LONG_MS }));
      expect(await Promise.all(later)).toEqual(Array(20).fill([{ count: 3 }]));
      expect(await store.read("sums", countTo(3))).toEqual([{ count: 3 }]);
    });

    it("does not delay a query without a limit", async () => {
      const store = await withView(open());
      let hasEnded = false;
      const long = store.read("sums", slow, { timeoutMs: LONG_MS }).then((rows) => {
        hasEnded = true;
        return rows;
      });
      await store.read("sums", countTo(3));
      expect(hasEnded).toBe(false);
      expect(await long).toEqual([{ count: 3_000_000 }]);
    });

    it("reads the generation that replaced another", async () => {
      const store = await withView(open());
      const lease = { name: "sums@2", holder: "test" };
      await store.acquireLease(lease, 60_000);
      const next = await store.create({ ...sumsProjection(sqlSums, "sums"), version: 2 });
      const name = () =>
        store.read("sums", (table) => ({ sql: `SELECT '${table("sums")}' AS name FROM (SELECT 1) AS one` }), {
          timeoutMs: LONG_MS,
        });
      expect(await name()).toEqual([{ name: "sums__sums__1" }]);
      await store.activate(next, lease);
      expect(await name()).toEqual([{ name: "sums__sums__2" }]);
    });

    it("rejects a failing statement and an invalid limit", async () => {
      const store = await withView(open());
      const invalid = () => ({ sql: "SELECT nothing FROM nowhere" });
      await expect(store.read("sums", invalid, { timeoutMs: LONG_MS })).rejects.toThrow(RecorderError);
      for (const timeoutMs of [0, -1, 0.5, Number.NaN, 2 ** 31]) {
        await expect(store.read("sums", slow, { timeoutMs })).rejects.toThrow(InvalidArgumentError);
      }
    });
  });
}

describe("the threads of queries on SQLite", () => {
  it("leave no read transaction open after a query exceeded its limit", async () => {
    const path = await viewsPath();
    const store = await withView(sqliteViewStore({ path }));
    await expect(store.read("sums", slow, { timeoutMs: 20 })).rejects.toThrow(QueryTimeoutError);
    await store.create(sumsProjection(sqlSums, "other"));
    const db = new SqliteDatabase(path);
    closing.push(async () => db.close());
    // An open read transaction keeps the log from being truncated.
    const isTruncated = () => db.pragma("wal_checkpoint(TRUNCATE)", { simple: true }) === 0;
    await expect.poll(isTruncated, { timeout: 20_000 }).toBe(true);
  });

  it("reject queries that wait when the store is closed, after those that run", async () => {
    const store = await withView(sqliteViewStore({ path: await viewsPath() }));
    const all = Array.from({ length: 6 }, () => store.read("sums", countTo(500_000), { timeoutMs: LONG_MS }));
    const ended = Promise.allSettled(all);
    await store.close();
    const statuses = (await ended).map(({ status }) => status);
    expect(statuses).toEqual([...Array(4).fill("fulfilled"), "rejected", "rejected"]);
    await expect(all[5]).rejects.toMatchObject({ code: "recorder-closed" });
  });
});
