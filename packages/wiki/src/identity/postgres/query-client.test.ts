import { RecorderError } from "@palimpsest/eventsourcing";
import { PostgresServer, type ServerPool } from "@palimpsest/eventsourcing/postgres";
import { afterEach, expect, inject, test } from "vitest";
import type {} from "../../../../../test/global-setup.ts";
import { QueryClient } from "./query-client.ts";

const pools: ServerPool[] = [];
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.end()));
});

/** A client on a pool of one connection. */
function open(): QueryClient {
  const pool = new PostgresServer(inject("postgresUrl")).pool({
    size: 1,
    applicationName: "tests",
    settings: {},
    answerTimeoutMs: 10_000,
    reconnectTimeoutMs: 10_000,
  });
  pools.push(pool);
  return new QueryClient(pool);
}

const END = "SELECT pg_terminate_backend(pg_backend_pid())";

async function session(client: QueryClient): Promise<number | undefined> {
  return (await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid", [])).rows[0]?.pid;
}

test("what reads is asked again on another connection when the first one breaks", async () => {
  const client = open();
  const first = await session(client);
  const { rows } = await client.query(
    `SELECT 'read' AS answer, CASE WHEN pg_backend_pid() = $1 THEN pg_terminate_backend($1) END`,
    [first],
  );
  expect(rows).toMatchObject([{ answer: "read" }]);
  expect(await session(client)).not.toBe(first);
});

test("what writes is not asked again, and every failure is one of the database", async () => {
  const client = open();
  await expect(client.query("VALUES (pg_terminate_backend(pg_backend_pid()))", [])).rejects.toThrow(
    RecorderError,
  );
  await expect(client.query("SELECT no_such_column", [])).rejects.toThrow(RecorderError);
  expect(await session(client)).toBeTypeOf("number");
});

test("a transaction is on one connection, and breaks with it", async () => {
  const client = open();
  await client.query("begin", []);
  const first = await session(client);
  expect(await session(client)).toBe(first);
  await client.query("commit", []);
  expect(await session(client)).toBe(first);

  await client.query("start transaction isolation level serializable", []);
  await expect(client.query(END, [])).rejects.toThrow(RecorderError);
  await expect(client.query("SELECT 1", [])).rejects.toThrow(RecorderError);
  await expect(client.query("rollback", [])).rejects.toThrow(RecorderError);
  const second = await session(client);
  expect(second).not.toBe(first);

  await client.query("begin", []);
  client.release();
  expect(await session(client)).not.toBe(second);
});
