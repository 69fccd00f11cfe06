import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import type { ClientBase } from "pg";
import { afterEach, describe, expect, inject, it } from "vitest";
import type {} from "../../../../test/global-setup.ts";
import { InvalidArgumentError } from "../errors.ts";
import { PostgresServer, type ServerPool, type ServerPoolOptions } from "./index.ts";

const url = inject("postgresUrl");
const ASYNCHRONOUS = `options=${encodeURIComponent("-c synchronous_commit=off")}`;
const READ_ONLY = `options=${encodeURIComponent("-c default_transaction_read_only=on")}`;

let opened: ServerPool[] = [];
afterEach(async () => {
  await Promise.all(opened.map((pool) => pool.end()));
  opened = [];
});

function open(server: PostgresServer, options: Partial<ServerPoolOptions> = {}): ServerPool {
  const pool = server.pool({
    size: 1,
    applicationName: "tests",
    settings: {},
    answerTimeoutMs: 10_000,
    reconnectTimeoutMs: 10_000,
    ...options,
  });
  opened.push(pool);
  return pool;
}

const withParameter = (parameter: string) => `${url}${url.includes("?") ? "&" : "?"}${parameter}`;

async function setting(client: ClientBase, name: string): Promise<string | undefined> {
  const { rows } = await client.query<{ value: string }>("SELECT current_setting($1) AS value", [name]);
  return rows[0]?.value;
}

async function processId(client: ClientBase): Promise<number | undefined> {
  const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
  return rows[0]?.pid;
}

describe("a session", () => {
  it("has the pool's settings before `begin` runs", async () => {
    let prepared: string | undefined;
    const pool = open(new PostgresServer(url), {
      settings: { search_path: '"A schema"', lock_timeout: "1234" },
      begin: async (client) => {
        prepared = await setting(client, "lock_timeout");
      },
    });
    expect(await pool.use((client) => setting(client, "search_path"))).toBe('"A schema"');
    expect(await pool.use((client) => setting(client, "application_name"))).toBe("tests");
    expect(prepared).toBe("1234ms");
  });

  it("changes synchronous_commit only from off, and only if durable", async () => {
    const commits = (of: string, durable: boolean) =>
      open(new PostgresServer(of), { durable }).use((client) => setting(client, "synchronous_commit"));
    expect(await commits(withParameter(ASYNCHRONOUS), true)).toBe("on");
    expect(await commits(withParameter(ASYNCHRONOUS.replace("off", "local")), true)).toBe("local");
    expect(await commits(withParameter(ASYNCHRONOUS), false)).toBe("off");
  });
});

describe("a server that accepts no writes", () => {
  const anyServer = withParameter(`${READ_ONLY}&target_session_attrs=any`);
  const readOnly = (server: PostgresServer) =>
    open(server, { reconnectTimeoutMs: 0 }).use((client) => setting(client, "transaction_read_only"));

  it("is used only if the connection string and the program allow it", async () => {
    await expect(readOnly(new PostgresServer(withParameter(READ_ONLY)))).rejects.toThrow(/accepts no writes/);
    expect(await readOnly(new PostgresServer(anyServer))).toBe("on");
    await expect(readOnly(new PostgresServer(anyServer, { writable: true }))).rejects.toThrow(
      /accepts no writes/,
    );
  });
});

describe("a connection", () => {
  it("is replaced when it breaks, and idempotent work runs again", async () => {
    const pool = open(new PostgresServer(url));
    const seen: (number | undefined)[] = [];
    const answer = await pool.useWithRetry(async (client) => {
      seen.push(await processId(client));
      if (seen.length === 1) await client.query("SELECT pg_terminate_backend(pg_backend_pid())");
      return "done";
    });
    expect(answer).toBe("done");
    expect(new Set(seen).size).toBe(2);
  });

  it("waits for a free slot on the server", async () => {
    const admin = open(new PostgresServer(url));
    await admin.use((client) =>
      client.query('DROP ROLE IF EXISTS "only one"; CREATE ROLE "only one" LOGIN CONNECTION LIMIT 1'),
    );
    const limited = new URL(url);
    limited.username = "only one";
    const [first, second] = [open(new PostgresServer(limited.href)), open(new PostgresServer(limited.href))];
    const holder = await first.connect();
    await expect(second.connect(0)).rejects.toThrow(/too many connections for role "only one"/);
    const waiting = second.use(processId);
    holder.release(true);
    expect(await waiting).toBeGreaterThan(0);
  });

  it("is closed after its work failed, unless the pool keeps it", async () => {
    const survives = async (pool: ServerPool) => {
      const before = await pool.use(processId);
      await expect(pool.use((client) => client.query("SELECT 1/0"))).rejects.toThrow(/division by zero/);
      return (await pool.use(processId)) === before;
    };
    expect(await survives(open(new PostgresServer(url)))).toBe(false);
    expect(await survives(open(new PostgresServer(url), { keepsConnection: () => true }))).toBe(true);
  });

  it("names only the missing database if the database does not exist", async () => {
    const none = new URL(url);
    none.pathname = "/none";
    const refused = open(new PostgresServer(none.href)).connect(0);
    await expect(refused).rejects.toThrow(/^database "none" does not exist$/);
  });

  it("uses the second port of a machine if nothing listens on the first", async () => {
    const { username, pathname, hostname, port } = new URL(url);
    const one = `postgres://${username}@${pathname}?host=${hostname},${hostname}&port=1,${port}`;
    expect(await open(new PostgresServer(one)).use(processId)).toBeGreaterThan(0);
    const other = `host=${hostname},${hostname} port=1,${port} user=${username} dbname=${pathname.slice(1)}`;
    expect(await open(new PostgresServer(other)).use(processId)).toBeGreaterThan(0);
  });

  it("is refused with the name of a certificate file that cannot be read", async () => {
    const server = new PostgresServer(withParameter("sslmode=verify-full&sslrootcert=/none/root.crt"));
    await expect(open(server).connect(0)).rejects.toThrow("/none/root.crt");
  });

  it("is refused with the error of every host and without the password", async () => {
    const server = new PostgresServer("postgres://ada:secret@127.0.0.1:1,127.0.0.1:2/wiki");
    expect(server.display).toBe("postgres://127.0.0.1:1,127.0.0.1:2/wiki");
    await expect(open(server).connect(0)).rejects.toThrow(/:1; .*:2/);
    expect(() => new PostgresServer("mysql://ada:secret@one/wiki")).toThrow(InvalidArgumentError);
  });
});

describe("a pool that ends", () => {
  const HOURS = { answerTimeoutMs: 3_600_000, reconnectTimeoutMs: 3_600_000 };

  it("does not wait for a server that is away", async () => {
    const pool = open(new PostgresServer("postgres://postgres@127.0.0.1:1/postgres"), HOURS);
    const waiting = [1, 2, 3].map(() =>
      expect(pool.useWithRetry(async () => {})).rejects.toThrow(/ECONNREFUSED/),
    );
    await new Promise(setImmediate);
    await pool.end();
    await Promise.all(waiting);
  });

  it("does not wait for a server that does not answer", async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket)).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const pool = open(new PostgresServer(`postgres://postgres@127.0.0.1:${port}/postgres`), HOURS);
    const waiting = [1, 2].map(() => expect(pool.useWithRetry(async () => {})).rejects.toThrow());
    await once(silent, "connection");
    await pool.end();
    await Promise.all(waiting);
    for (const socket of sockets) socket.destroy();
    silent.close();
    const answering = open(new PostgresServer(url), { ...HOURS, size: 2 });
    const asked = expect(answering.use((client) => client.query("SELECT pg_sleep(3600)"))).rejects.toThrow(
      /the pool has ended/,
    );
    await answering.use((client) => setting(client, "search_path"));
    await answering.end();
    await asked;
  });

  it("lets running calls finish", async () => {
    const pool = open(new PostgresServer(url), HOURS);
    const asked = pool.use((client) => client.query("SELECT pg_sleep(0.1)"));
    const queued = pool.use((client) => setting(client, "search_path"));
    await pool.end();
    expect((await asked).rowCount).toBe(1);
    expect(await queued).toBe('"$user", public');
  });
});
