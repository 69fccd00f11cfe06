// Long, because the contract, the schema and locked tables share one set-up and the helpers below.
import { Client, escapeIdentifier } from "pg";
import { afterAll, describe, expect, it } from "vitest";
import { dropSchemas, type NewSchema, newSchema } from "../../../../test/postgres-schemas.ts";
import { startPostgres } from "../../../../test/postgres-server.ts";
import { DatabaseRefusedError, RecorderClosedError } from "../errors.ts";
import { memoryRecorder } from "../memory/index.ts";
import { ProjectionRunner } from "../projections/projection-runner.ts";
import { tableNames } from "../projections/view-checks.ts";
import type { Generation, SqlViewStore, Statement, TableName, ViewWrite } from "../projections/view-store.ts";
import { upTo } from "../testing/sample-events.ts";
import { pay, sampleMapper, sqlSums, sumsProjection } from "../testing/sample-view.ts";
import { until } from "../testing/view-contract/view-case.ts";
import { runnerOf, WAIT } from "../testing/view-contract/view-runners.ts";
import { viewStoreContract } from "../testing/view-store-contract.ts";
import { postgresRecorder, postgresViewStore } from "./index.ts";

const MINE = { name: "sums@1", holder: "mine" };

const schemas: NewSchema[] = [];
afterAll(() => dropSchemas(schemas));

viewStoreContract<Statement>("Views on PostgreSQL", { describe, it, sums: sqlSums }, async () => {
  const schema = newSchema();
  schemas.push(schema);
  const opened: SqlViewStore[] = [];
  const open = async () => {
    const store = await postgresViewStore(schema);
    opened.push(store);
    return store;
  };
  return {
    store: await open(),
    reopen: open,
    // An open cursor holds this lock.
    whileRead: (table, work) => locking(schema, table, "ACCESS SHARE", work),
    // The store uses the server's clock, which a test cannot set.
    setClockBack: async (ms) => {
      await onServer(schema.url, (client) =>
        client.query(
          `UPDATE ${escapeIdentifier(schema.schema)}.leases
           SET expires_at = expires_at + $1::bigint * interval '1 millisecond'`,
          [ms],
        ),
      );
    },
    async dispose() {
      await Promise.all(opened.map((store) => store.close()));
    },
  };
});

describe("the schema of views", () => {
  it("is refused if it holds events, as the schema of events is if it holds views", async () => {
    const [events, views] = [newSchema(), newSchema()];
    schemas.push(events, views);
    await (await postgresRecorder(events)).close();
    await expect(postgresViewStore(events)).rejects.toThrow(DatabaseRefusedError);
    await (await postgresViewStore(views)).close();
    await expect(postgresRecorder(views)).rejects.toThrow(DatabaseRefusedError);
  });

  it("is created once by stores that start together, and refused if a newer version wrote it", async () => {
    const schema = newSchema();
    schemas.push(schema);
    const stores = await Promise.all(upTo(4).map(() => postgresViewStore(schema)));
    for (const store of stores) await store.close();
    await onServer(schema.url, (client) =>
      client.query(`INSERT INTO ${escapeIdentifier(schema.schema)}.palimpsest_view_schema VALUES (99)`),
    );
    await expect(postgresViewStore(schema)).rejects.toThrow(/version 99/);
  });

  it("is migrated from version 1, and its views continue", async () => {
    const schema = newSchema();
    schemas.push(schema);
    const quoted = escapeIdentifier(schema.schema);
    const store = await postgresViewStore(schema);
    const generation = await store.create(sumsProjection(sqlSums, "sums"));
    await store.acquireLease(MINE, 60_000);
    await store.write(adding(generation, 0, 1));
    await store.close();
    await backToVersion1(schema);
    const opened = await postgresViewStore(schema);
    expect(await opened.generations()).toEqual([
      { ...generation, position: 1, processed: 1, eventId: undefined },
    ]);
    await opened.write(adding(generation, 1, 2));
    expect((await opened.generations())[0]?.eventId).toBe("event 2");
    // A program of version 1 that still runs does this.
    await onServer(schema.url, (client) => client.query(`UPDATE ${quoted}.generations SET position = 3`));
    expect((await opened.generations())[0]).toMatchObject({ position: 3, eventId: undefined });
    await opened.close();
  });

  it("is migrated while another program writes a batch and views are read", async () => {
    const schema = newSchema();
    schemas.push(schema);
    const store = await postgresViewStore(schema);
    await store.create(sumsProjection(sqlSums, "sums"));
    // The store now knows the active generation.
    expect(await sqlSums.sums(store, "sums")).toEqual({});
    await backToVersion1(schema);
    let opening: Promise<SqlViewStore> | undefined;
    await locking(schema, "generations", "ROW EXCLUSIVE", async () => {
      opening = postgresViewStore(schema);
      // Each read starts while the migration waits, and ends before the migration can go on.
      for (const _ of upTo(3)) {
        await until(async () => (await waitingFor(schema, "generations")) > 0);
        expect(await sqlSums.sums(store, "sums")).toEqual({});
      }
    });
    const opened = await opening;
    expect(await opened?.generations()).toHaveLength(1);
    await opened?.close();
    await store.close();
  });

  it("may exist empty for a role that cannot create schemas", async () => {
    const schema = newSchema();
    schemas.push(schema);
    const role = `role_${schema.schema.slice(-12)}`;
    await onServer(schema.url, async (client) => {
      await client.query(`CREATE ROLE ${role} LOGIN`);
      await client.query(`CREATE SCHEMA ${escapeIdentifier(schema.schema)} AUTHORIZATION ${role}`);
    });
    const store = await postgresViewStore({ ...schema, url: schema.url.replace("postgres@", `${role}@`) });
    await store.create(sumsProjection(sqlSums, "sums"));
    expect(await sqlSums.sums(store, "sums")).toEqual({});
    await store.close();
    await dropSchemas([schema]);
    await onServer(schema.url, (client) => client.query(`DROP ROLE ${role}`));
  });
});

describe("generations that another process locks", () => {
  it("do not delay a new generation", async () => {
    await onTwoGenerations(async ({ schema, store, second }) => {
      await lockingGeneration(schema, second, async () => {
        const third = await store.create({ ...sumsProjection(sqlSums, "sums"), version: 3 });
        expect(third.number).toBe(second.number + 1);
      });
    });
  });

  it("are activated in ascending order, so that no two processes wait for each other", async () => {
    await onTwoGenerations(async ({ schema, store, first, second }) => {
      let activated: Promise<void> | undefined;
      await lockingGeneration(schema, first, async (client, lock) => {
        activated = store.activate(second, MINE);
        await until(async () => (await blockedBy(schema, client)) > 0);
        await lock(second);
      });
      await activated;
      expect(await store.generations()).toMatchObject([{ number: second.number, active: true }]);
    });
  });
});

describe("views on PostgreSQL whose tables are locked", () => {
  it("are replaced at once, stay readable, and lose the old tables once these are unlocked", async () => {
    const schema = newSchema();
    schemas.push(schema);
    const store = await postgresViewStore(schema);
    const other = await postgresViewStore(schema);
    await store.acquireLease(MINE, 60_000);
    const first = await store.create(sumsProjection(sqlSums, "sums"));
    await store.write(adding(first, 0, 1));
    expect(await sqlSums.sums(other, "sums")).toEqual({ a: 1 });
    const second = await store.create(sumsProjection(sqlSums, "sums"));
    await store.write(adding(second, 0, 2));
    await locking(schema, "sums__sums__1", "ACCESS SHARE", async () => {
      await store.activate(second, MINE);
      expect(await store.removeReplacedTables("sums")).toBe(false);
      // The old table still exists, but must not be read.
      expect(await sqlSums.sums(other, "sums")).toEqual({ a: 2 });
      await store.write(adding(second, 2, 3));
      expect(await sqlSums.sums(other, "sums")).toEqual({ a: 3 });
      expect(await tablesOf(schema, "sums")).toEqual(["sums__sums__1", "sums__sums__2"]);
    });
    // Another store removes the table, as after a crash.
    await store.close();
    expect(await other.removeReplacedTables("sums")).toBe(true);
    expect(await tablesOf(schema, "sums")).toEqual(["sums__sums__2"]);
    await other.close();
  });

  it("are removed although one refers to another", async () => {
    const schema = newSchema();
    schemas.push(schema);
    const store = await postgresViewStore(schema);
    const view = {
      ...sumsProjection(sqlSums, "sums"),
      tables: ["key", "sums"],
      create: (table: TableName) => [
        { sql: `CREATE TABLE ${table("key")} (id int PRIMARY KEY)` },
        { sql: `CREATE TABLE ${table("sums")} (id int PRIMARY KEY REFERENCES ${table("key")})` },
        { sql: `ALTER TABLE ${table("key")} ADD other int REFERENCES ${table("sums")}` },
      ],
    };
    await store.acquireLease(MINE, 60_000);
    await store.create(view);
    await store.activate(await store.create(view), MINE);
    expect(await store.removeReplacedTables("sums")).toBe(true);
    expect(await tablesOf(schema, "sums")).toEqual(["sums__key__2", "sums__sums__2"]);
    await store.close();
  });

  it("reject reads that outlast `close` as closed", async () => {
    const schema = newSchema();
    schemas.push(schema);
    const store = await postgresViewStore(schema);
    await store.create(sumsProjection(sqlSums, "sums"));
    // The store now knows the active generation.
    expect(await sqlSums.sums(store, "sums")).toEqual({});
    await locking(schema, "sums__sums__1", "ACCESS EXCLUSIVE", async () => {
      const reading = sqlSums.sums(store, "sums").catch((error: unknown) => error);
      await store.close();
      expect(await reading).toBeInstanceOf(RecorderClosedError);
    });
  });

  it("are rebuilt by their runner, which removes the old tables once it can", async () => {
    const schema = newSchema();
    schemas.push(schema);
    const store = await postgresViewStore(schema);
    const recorder = memoryRecorder();
    const runner = runnerOf(recorder, store, [sumsProjection(sqlSums, "sums")]);
    runner.start();
    await runner.waitFor(undefined, await pay(recorder, "a", "b"), WAIT);
    await locking(schema, "sums__sums__1", "ACCESS SHARE", async () => {
      await runner.rebuild("sums");
      await runner.waitFor(undefined, await pay(recorder, "a"), WAIT);
      expect(await sqlSums.sums(store, "sums")).toEqual({ a: 2, b: 1 });
      await runner.stop();
    });
    expect(await tablesOf(schema, "sums")).toEqual(["sums__sums__1", "sums__sums__2"]);
    const next = runnerOf(recorder, store, [sumsProjection(sqlSums, "sums")]);
    await locking(schema, "sums__sums__1", "ACCESS SHARE", async () => {
      next.start();
      await next.waitFor(undefined, await pay(recorder, "a"), WAIT);
    });
    await until(async () => (await tablesOf(schema, "sums")).length === 1);
    expect(await sqlSums.sums(store, "sums")).toEqual({ a: 3, b: 1 });
    await next.stop();
    await store.close();
  });

  it("renew leases and report generations while every query waits", async () => {
    const schema = newSchema();
    schemas.push(schema);
    const store = await postgresViewStore({ ...schema, poolSize: 2 });
    const generation = await store.create(sumsProjection(sqlSums, "sums"));
    const reads: Promise<unknown>[] = [];
    await locking(schema, "sums__sums__1", "ACCESS EXCLUSIVE", async () => {
      reads.push(...upTo(5).map(() => sqlSums.sums(store, "sums")));
      await until(async () => (await waitingFor(schema, "sums__sums__1")) === 2);
      expect(await store.acquireLease(MINE, 60_000)).toBe(true);
      expect(await store.leaseHolder(MINE.name)).toBe(MINE.holder);
      expect(await store.generations()).toEqual([generation]);
      await store.releaseLease(MINE);
    });
    expect(await Promise.all(reads)).toEqual(upTo(5).map(() => ({})));
    await store.close();
  });
});

describe("views on PostgreSQL whose connections are killed", () => {
  it("R10 process each notification once", async () => {
    const schema = newSchema();
    schemas.push(schema);
    const store = await postgresViewStore(schema);
    const recorder = memoryRecorder();
    const projections = ["one", "two"].map((name) => sumsProjection(sqlSums, name));
    const runner = new ProjectionRunner({
      recorder,
      mapper: sampleMapper,
      store,
      projections,
      batchSize: 3,
      retryDelayMs: 1,
      onError: () => {},
    });
    runner.start();
    let killed = 0;
    await onServer(schema.url, async (client) => {
      for (const round of upTo(20)) {
        await pay(recorder, ...upTo(10).map((index) => `key ${index}`));
        await runner.waitFor(["one"], round * 5, { timeoutMs: 20_000 });
        const { rows } = await client.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE application_name = 'palimpsest views' AND query LIKE '%' || $1 || '%' OR pid = ANY (
             SELECT pid FROM pg_locks JOIN pg_class ON pg_class.oid = relation
             JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = $2)`,
          ["one__sums", schema.schema],
        );
        killed += rows.length;
      }
    });
    await runner.waitFor(undefined, 200, { timeoutMs: 20_000 });
    const expected = Object.fromEntries(upTo(10).map((index) => [`key ${index}`, 20]));
    expect(await sqlSums.sums(store, "one")).toEqual(expected);
    expect(await sqlSums.sums(store, "two")).toEqual(expected);
    expect(killed).toBeGreaterThan(0);
    await runner.stop();
    await store.close();
  });
});

describe("views on a PostgreSQL server that crashes", () => {
  it("R10 process each notification once, even if the crash undid its processing", async () => {
    // Views do not wait for the disk, so the crash undoes batches.
    const server = await startPostgres({ settings: { wal_writer_delay: "10s" } });
    const store = await postgresViewStore({ url: server.url });
    const recorder = memoryRecorder();
    const runner = new ProjectionRunner({
      recorder,
      mapper: sampleMapper,
      store,
      projections: [sumsProjection(sqlSums, "sums")],
      retryDelayMs: 10,
      onError: () => {},
    });
    runner.start();
    for (const round of upTo(3)) {
      await runner.waitFor(["sums"], await pay(recorder, "a", "b"), { timeoutMs: 20_000 });
      const saving = pay(recorder, "a");
      await server.kill();
      await server.start();
      await runner.waitFor(["sums"], await saving, { timeoutMs: 20_000 });
      expect(await sqlSums.sums(store, "sums")).toEqual({ a: 2 * round, b: round });
    }
    await runner.stop();
    await store.close();
    await server.stop();
  }, 60_000);
});

function adding(generation: Generation, from: number, to: number): ViewWrite<Statement> {
  const changes = [sqlSums.add(tableNames(generation.view, generation.number), "a", to - from)];
  return { generation, from, to, eventId: `event ${to}`, changes, processed: to - from, lease: MINE };
}

async function backToVersion1({ url, schema }: NewSchema): Promise<void> {
  const quoted = escapeIdentifier(schema);
  await onServer(url, (client) =>
    client.query(
      `ALTER TABLE ${quoted}.generations DROP COLUMN event_id, DROP COLUMN event_position;
       DROP TABLE ${quoted}.replaced_tables;
       DELETE FROM ${quoted}.palimpsest_view_schema WHERE version > 1`,
    ),
  );
}

/** Runs `work` while another connection has locked a table of views, as `pg_dump` or `VACUUM FULL` do. */
async function locking(
  { url, schema }: NewSchema,
  table: string,
  mode: "ACCESS SHARE" | "ROW EXCLUSIVE" | "ACCESS EXCLUSIVE",
  work: () => Promise<void>,
): Promise<void> {
  await onServer(url, async (client) => {
    await client.query("BEGIN");
    await client.query(`LOCK TABLE ${escapeIdentifier(schema)}.${table} IN ${mode} MODE`);
    await work();
    await client.query("ROLLBACK");
  });
}

interface TwoGenerations {
  readonly schema: NewSchema;
  readonly store: SqlViewStore;
  readonly first: Generation;
  readonly second: Generation;
}

async function onTwoGenerations(work: (generations: TwoGenerations) => Promise<void>): Promise<void> {
  const schema = newSchema();
  schemas.push(schema);
  const store = await postgresViewStore(schema);
  await store.acquireLease(MINE, 60_000);
  const first = await store.create(sumsProjection(sqlSums, "sums"));
  const second = await store.create({ ...sumsProjection(sqlSums, "sums"), version: 2 });
  await work({ schema, store, first, second });
  await store.close();
}

/** Locks the row of a generation during `work`, which can lock others at once or not at all. */
async function lockingGeneration(
  { url, schema }: NewSchema,
  generation: Generation,
  work: (client: Client, lock: (other: Generation) => Promise<void>) => Promise<void>,
): Promise<void> {
  await onServer(url, async (client) => {
    const lock = async ({ view, number }: Generation) => {
      const row = `SELECT 1 FROM ${escapeIdentifier(schema)}.generations WHERE view = $1 AND number = $2`;
      await client.query(`${row} FOR UPDATE NOWAIT`, [view, number]);
    };
    await client.query("BEGIN");
    await lock(generation);
    await work(client, lock);
    await client.query("ROLLBACK");
  });
}

/** Resolves to the number of sessions that wait for locks of this one. */
async function blockedBy({ url }: NewSchema, client: Client): Promise<number> {
  const { rows: own } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
  const { rows } = await onServer(url, (other) =>
    other.query<{ count: number }>(
      "SELECT count(*)::int AS count FROM pg_stat_activity WHERE $1 = ANY(pg_blocking_pids(pid))",
      [own[0]?.pid],
    ),
  );
  return rows[0]?.count ?? 0;
}

/** Resolves to the number of sessions that wait for a lock of the table. */
async function waitingFor({ url, schema }: NewSchema, table: string): Promise<number> {
  const { rows } = await onServer(url, (client) =>
    client.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM pg_locks JOIN pg_class ON pg_class.oid = relation
       JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = $1 AND relname = $2 AND NOT granted`,
      [schema, table],
    ),
  );
  return rows[0]?.count ?? 0;
}

async function tablesOf({ url, schema }: NewSchema, view: string): Promise<readonly string[]> {
  const { rows } = await onServer(url, (client) =>
    client.query<{ tablename: string }>(
      "SELECT tablename FROM pg_tables WHERE schemaname = $1 AND tablename LIKE $2 ORDER BY tablename",
      [schema, `${view}\\_\\_%`],
    ),
  );
  return rows.map(({ tablename }) => tablename);
}

async function onServer<Result>(url: string, work: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
