import { Client } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type PostgresServer, startPostgres } from "../../../../test/postgres-server.ts";
import { DatabaseRefusedError, InvalidArgumentError, LimitExceededError, RecorderError } from "../errors.ts";
import { eventOf, newId, upTo } from "../testing/sample-events.ts";
import { postgresRecorder } from "./index.ts";

let server: PostgresServer;
let url: string;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());
beforeEach(async () => {
  url = await server.createDatabase();
});

async function sql(...statements: readonly string[]): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    let rows: Record<string, unknown>[] = [];
    for (const statement of statements) ({ rows } = await client.query(statement));
    return rows;
  } finally {
    await client.end();
  }
}

async function recordOne(schema?: string, at = url): Promise<number> {
  const recorder = await postgresRecorder({ url: at, ...(schema === undefined ? {} : { schema }) });
  try {
    await recorder.insertEvents([eventOf(newId(), 1)]);
    await recorder.insertSnapshot({ ...eventOf(newId(), 1), originatorVersion: 1 }, 10);
    await recorder.notificationIdAt(new Date());
    return await recorder.maxNotificationId();
  } finally {
    await recorder.close();
  }
}

/** Returns everything in the database that a migration could create or change. */
function contents(): Promise<Record<string, unknown>[]> {
  return sql(
    `SELECT n.nspname, c.relname, c.xmin::text FROM pg_namespace n LEFT JOIN pg_class c ON c.relnamespace = n.oid
     WHERE n.nspname !~ '^(pg_|information_schema)' ORDER BY 1, 2`,
  );
}

async function expectRefused(why: RegExp, schema?: string): Promise<void> {
  const before = await contents();
  const opening = recordOne(schema);
  await expect(opening).rejects.toThrow(DatabaseRefusedError);
  await expect(opening).rejects.toThrow(why);
  expect(await contents()).toEqual(before);
}

describe("R13 opening a recorder", () => {
  it("refuses a schema with the tables of another program and does not change it", async () => {
    await sql("CREATE SCHEMA palimpsest", "CREATE TABLE palimpsest.bookmarks (url text)");
    await expectRefused(/test_\d+, schema "palimpsest", is refused: it holds the tables of another program/);
  });

  it("refuses a schema with another program's table of events and does not change it", async () => {
    await sql("CREATE TABLE public.events (id int)");
    await expectRefused(/another program/, "public");
  });

  it("refuses a schema of a newer version of the library and does not change it", async () => {
    await recordOne();
    await sql("INSERT INTO palimpsest.palimpsest_schema (version) VALUES (1000)");
    await expectRefused(/version 1000 .* Update the program/);
  });

  it("refuses a database whose encoding is not UTF-8 and does not change it", async () => {
    await sql("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'");
    const target = new URL(url);
    target.pathname = "/latin";
    await expect(postgresRecorder({ url: target.href })).rejects.toThrow(
      /encoding is LATIN1; UTF8 is needed/,
    );
  });
});

describe("R13 the schema of a recorder", () => {
  it("is created once by recorders that start together", async () => {
    const recorders = await Promise.all(upTo(8).map(() => postgresRecorder({ url })));
    await Promise.all(recorders.map((recorder) => recorder.insertEvents([eventOf(newId(), 1)])));
    expect(await recorders[0]?.maxNotificationId()).toBe(8);
    await Promise.all(recorders.map((recorder) => recorder.close()));
    expect(await sql("SELECT version FROM palimpsest.palimpsest_schema")).toEqual([{ version: 1 }]);
  });

  it("may hold tables that other programs create later", async () => {
    await recordOne();
    await sql("CREATE TABLE palimpsest.account (id text)");
    expect(await recordOne()).toBe(2);
  });

  it("shares a database with other schemas", async () => {
    expect(await recordOne("one")).toBe(1);
    expect(await recordOne("two")).toBe(1);
    expect(await recordOne("one")).toBe(2);
  });

  const names = [
    "Wiki",
    "public",
    "select",
    'a"; DROP SCHEMA public; --',
    "it's \\ $$ a $1 % name",
    "$body$",
    " ",
    "Ünïcödé 🦊",
    "x".repeat(63),
  ];
  for (const name of names)
    it(`may be called ${name}`, async () => {
      expect(await recordOne(name)).toBe(1);
      expect(await recordOne(name)).toBe(2);
      const literal = name.replaceAll("'", "''");
      const tables = await sql(
        `SELECT tablename FROM pg_tables WHERE schemaname = E'${literal.replaceAll("\\", "\\\\")}'`,
      );
      expect(tables.length).toBe(4);
    });

  it("cannot have a name that PostgreSQL would change or refuse", async () => {
    await expect(recordOne("")).rejects.toThrow(InvalidArgumentError);
    await expect(recordOne("a\0b")).rejects.toThrow(InvalidArgumentError);
    await expect(recordOne("ü".repeat(32))).rejects.toThrow(LimitExceededError);
    await expect(recordOne("pg_wiki")).rejects.toThrow(InvalidArgumentError);
  });
});

describe("a role that is no superuser", () => {
  let roles = 0;
  let role: string;
  let roleUrl: string;
  beforeEach(async () => {
    roles += 1;
    role = `writer_${roles}`;
    await sql(`CREATE ROLE ${role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE`);
    const target = new URL(url);
    target.username = role;
    roleUrl = target.href;
  });

  it("creates the schema if it may", async () => {
    const [database] = await sql("SELECT current_database() AS name");
    await sql(`GRANT CREATE ON DATABASE ${database?.name} TO ${role}`);
    expect(await recordOne("palimpsest", roleUrl)).toBe(1);
  });

  it("creates its tables in an existing empty schema", async () => {
    await sql(`CREATE SCHEMA wiki`, `GRANT USAGE, CREATE ON SCHEMA wiki TO ${role}`);
    expect(await recordOne("wiki", roleUrl)).toBe(1);
    expect(await recordOne("wiki", roleUrl)).toBe(2);
  });

  it("uses tables of another owner", async () => {
    await recordOne();
    await sql(
      `GRANT USAGE ON SCHEMA palimpsest TO ${role}`,
      `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA palimpsest TO ${role}`,
    );
    expect(await recordOne("palimpsest", roleUrl)).toBe(2);
  });

  it("gets an error if it may not create the schema", async () => {
    const opening = recordOne("palimpsest", roleUrl);
    await expect(opening).rejects.toThrow(RecorderError);
    await expect(opening).rejects.toThrow(/cannot be opened: permission denied for database/);
  });

  it("may have default settings for its sessions", async () => {
    await sql(
      `CREATE SCHEMA wiki AUTHORIZATION ${role}`,
      `ALTER ROLE ${role} SET default_transaction_isolation = 'serializable'`,
      `ALTER ROLE ${role} SET bytea_output = 'escape'`,
      `ALTER ROLE ${role} SET synchronous_commit = 'off'`,
      `ALTER ROLE ${role} SET search_path = ''`,
      `ALTER ROLE ${role} SET "TimeZone" = 'Asia/Kathmandu'`,
    );
    const handles = [
      await postgresRecorder({ url: roleUrl, schema: "wiki" }),
      await postgresRecorder({ url: roleUrl, schema: "wiki" }),
    ];
    const log = newId();
    const state = Uint8Array.from([0, 92, 128, 255]);
    await Promise.all(
      upTo(20).flatMap(() => handles.map((handle) => handle.insertEvents([eventOf(log, null, { state })]))),
    );
    const events = await handles[0]?.selectEvents(log);
    expect(events?.map(({ originatorVersion }) => originatorVersion)).toEqual(upTo(40));
    expect(events?.[0]?.state).toEqual(state);
    await Promise.all(handles.map((handle) => handle.close()));
  });
});

describe("opening a recorder", () => {
  it("fails if the database does not exist", async () => {
    const target = new URL(url);
    target.pathname = "/nowhere";
    target.password = "secret";
    const opening = postgresRecorder({ url: target.href });
    await expect(opening).rejects.toThrow(RecorderError);
    await expect(opening).rejects.toThrow(/nowhere.*cannot be opened: .*database "nowhere" does not exist/);
    await expect(opening).rejects.not.toThrow(/secret/);
  });

  it("fails if the server is unreachable", async () => {
    const opening = postgresRecorder({ url: "postgres://127.0.0.1:1/wiki" });
    await expect(opening).rejects.toThrow(RecorderError);
    await expect(opening).rejects.toThrow(/ECONNREFUSED/);
  });
});
