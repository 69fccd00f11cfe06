import { RecorderError } from "@palimpsest/eventsourcing";
import { postgresRecorder } from "@palimpsest/eventsourcing/postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dropSchemas, newSchema } from "../../../../test/postgres-schemas.ts";
import { PostgresDatabase } from "./postgres-database.ts";

const schema = newSchema();
let accounts: PostgresDatabase;
let drafts: PostgresDatabase;

beforeAll(async () => {
  await (await postgresRecorder(schema)).close();
  accounts = new PostgresDatabase(schema, "accounts");
  drafts = new PostgresDatabase(schema, "drafts");
  await accounts.query("CREATE TABLE numbers (number integer)", []);
});
afterAll(async () => {
  await Promise.all([accounts.close(), drafts.close()]);
  await dropSchemas([schema]);
});

const numbers = async () => (await accounts.query("SELECT number FROM numbers ORDER BY number", [])).length;
const session = async () => {
  const [row] = await accounts.query<{ pid: number }>("SELECT pg_backend_pid() AS pid", []);
  return row?.pid ?? 0;
};

test("a read is repeated on another connection if the first one breaks", async () => {
  const first = await session();
  const rows = await accounts.query(
    `SELECT 'read' AS answer, CASE WHEN pg_backend_pid() = $1 THEN pg_terminate_backend($1) END`,
    [first],
  );
  expect(rows).toMatchObject([{ answer: "read" }]);
  expect(await session()).not.toBe(first);
});

test("a write of accounts is not repeated", async () => {
  const end =
    "WITH gone AS (SELECT pg_terminate_backend(pg_backend_pid())) INSERT INTO numbers SELECT 1 FROM gone";
  await expect(accounts.query(end, [])).rejects.toThrow(RecorderError);
  expect(await numbers()).toBe(0);
});

test("a write of drafts is repeated if its connection breaks", async () => {
  const [{ pid } = { pid: 0 }] = await drafts.query<{ pid: number }>("SELECT pg_backend_pid() AS pid", []);
  const text = `
    INSERT INTO numbers
    SELECT CASE WHEN pg_backend_pid() = $1 THEN pg_terminate_backend($1)::integer ELSE 2 END`;
  await drafts.query(text, [pid]);
  expect(await numbers()).toBe(1);
});

test("every failure of the database is a RecorderError", async () => {
  await expect(accounts.query("SELECT no_such_column", [])).rejects.toThrow(RecorderError);
  const broken = accounts.transaction(function* () {
    yield ["INSERT INTO numbers VALUES ($1)", [3]];
    yield ["SELECT no_such_column", []];
  });
  await expect(broken).rejects.toThrow(RecorderError);
  expect(await numbers()).toBe(1);
});

test("a transaction that throws an error of its own stores nothing", async () => {
  const refused = accounts.transaction(function* () {
    yield ["INSERT INTO numbers VALUES ($1)", [3]];
    throw new RangeError("too many");
  });
  await expect(refused).rejects.toThrow("too many");
  expect(await numbers()).toBe(1);
});

test("a transaction is refused while another one does not end", async () => {
  let release = () => {};
  const held = accounts.clientTransaction(async (client) => {
    await client.query("LOCK TABLE numbers IN EXCLUSIVE MODE");
    await new Promise<void>((resolve) => {
      release = resolve;
    });
  });
  const write = accounts.transaction(function* () {
    yield ["INSERT INTO numbers VALUES ($1)", [3]];
  });
  await expect(write).rejects.toThrow(/^Nothing was stored: .*lock timeout/);
  release();
  await held;
  expect(await numbers()).toBe(1);
});

test("transactions of one purpose run one after another", async () => {
  const add = () =>
    accounts.transaction(function* () {
      const [row] = yield ["SELECT coalesce(max(number), 0) AS last FROM numbers", []];
      yield ["INSERT INTO numbers VALUES ($1)", [Number(row?.last) + 1]];
    });
  await Promise.all([add(), add(), add()]);
  expect(await numbers()).toBe(4);
});
