import { Client, escapeIdentifier } from "pg";
import { afterAll, describe, expect, it } from "vitest";
import { dropSchemas, type NewSchema, newSchema } from "../../../../test/postgres-schemas.ts";
import { startPostgres } from "../../../../test/postgres-server.ts";
import { DatabaseRefusedError } from "../errors.ts";
import { memoryRecorder } from "../memory/index.ts";
import { ProjectionRunner } from "../projection-runner.ts";
import { upTo } from "../testing/sample-events.ts";
import { pay, sampleMapper, sqlSums, sumsProjection } from "../testing/sample-view.ts";
import { viewStoreContract } from "../testing/view-store-contract.ts";
import type { SqlViewStore, Statement } from "../view-store.ts";
import { postgresRecorder, postgresViewStore } from "./index.ts";

const schemas: NewSchema[] = [];
afterAll(() => dropSchemas(schemas));

viewStoreContract<Statement>("Views on PostgreSQL", sqlSums, async () => {
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
    async dispose() {
      await Promise.all(opened.map((store) => store.close()));
    },
  };
});

describe("the schema of the views", () => {
  it("holds no events, and that of the events holds no views", async () => {
    const [events, views] = [newSchema(), newSchema()];
    schemas.push(events, views);
    await (await postgresRecorder(events)).close();
    await expect(postgresViewStore(events)).rejects.toThrow(DatabaseRefusedError);
    await (await postgresViewStore(views)).close();
    await expect(postgresRecorder(views)).rejects.toThrow(DatabaseRefusedError);
  });

  it("is made once by those who start together, and refused when a newer version wrote it", async () => {
    const schema = newSchema();
    schemas.push(schema);
    const stores = await Promise.all(upTo(4).map(() => postgresViewStore(schema)));
    for (const store of stores) await store.close();
    await onServer(schema.url, (client) =>
      client.query(`INSERT INTO ${escapeIdentifier(schema.schema)}.palimpsest_view_schema VALUES (99)`),
    );
    await expect(postgresViewStore(schema)).rejects.toThrow(/version 99/);
  });

  it("can be an empty one that was given to a role which may make none", async () => {
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
      sectionSize: 3,
      retryPauseMs: 1,
      onFailure: () => {},
    });
    runner.start();
    let killed = 0;
    await onServer(schema.url, async (client) => {
      for (const round of upTo(40)) {
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
    await runner.waitFor(undefined, 400, { timeoutMs: 20_000 });
    const expected = Object.fromEntries(upTo(10).map((index) => [`key ${index}`, 40]));
    expect(await sqlSums.sums(store, "one")).toEqual(expected);
    expect(await sqlSums.sums(store, "two")).toEqual(expected);
    expect(killed).toBeGreaterThan(0);
    await runner.stop();
    await store.close();
  });
});

describe("views on a PostgreSQL server that crashes", () => {
  it("R10 process each notification once, also those that they did before and lost", async () => {
    // So that there is something to lose: views do not wait for the disk.
    const server = await startPostgres({ settings: { wal_writer_delay: "10s" } });
    const store = await postgresViewStore({ url: server.url });
    const recorder = memoryRecorder();
    const runner = new ProjectionRunner({
      recorder,
      mapper: sampleMapper,
      store,
      projections: [sumsProjection(sqlSums, "sums")],
      retryPauseMs: 10,
      onFailure: () => {},
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

async function onServer<Result>(url: string, work: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
