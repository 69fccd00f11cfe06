// The built program with several processes on one port.

import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { request } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json, text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createWiki } from "../packages/wiki/src/create-wiki.ts";
import { configFrom } from "./config.ts";
import { killProcesses, type RunningProcess, startProcess } from "./fixtures/processes.ts";
import { dropSchemas, newSchema } from "./postgres-schemas.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "palimpsest-test-"));
});
afterEach(async () => {
  killProcesses();
  await rm(folder, { recursive: true });
});

function start(...words: readonly string[]): RunningProcess {
  return startProcess("packages/wiki/bin/palimpsest.js", [
    "serve",
    ...["--workers", "2", "--port", "0", "--data-dir", folder, "--log-level", "error"],
    ...words,
  ]);
}

async function addressOf(server: RunningProcess): Promise<string> {
  const [, address = ""] = await server.until(/Palimpsest is at (http:\S+)/);
  return address;
}

/** Resolves to the ids of the processes that a process has started. */
async function childrenOf({ child: { pid } }: RunningProcess): Promise<readonly number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
  return children.split(" ").filter(Boolean).map(Number);
}

/** Sends a request over a connection of its own. The primary process gives successive connections to different workers. */
async function send(
  url: string,
  { method = "GET", token = "", body }: { method?: string; token?: string; body?: object } = {},
) {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const sent = request(url, { method, agent: false, headers: token === "" ? {} : headers });
  sent.end(body && JSON.stringify(body));
  const [answer] = await once(sent, "response");
  return { status: answer.statusCode as number, answer };
}

async function createToken(settings: Record<string, string> = {}): Promise<string> {
  const wiki = await createWiki(configFrom({ PALIMPSEST_DATA_DIR: folder, ...settings }));
  const account = { email: "ada@example.org", name: "Ada", password: "correct horse battery" };
  const { id } = await wiki.identity.addUser({ ...account, role: "admin" });
  const { token } = await wiki.identity.createToken(id, { name: "tests" });
  await wiki.close();
  return token;
}

/** Creates a page through one worker, and reads and finds it through all. */
async function checkPages(address: string, token: string, title: string): Promise<void> {
  const { status, answer } = await send(`${address}/api/pages`, {
    method: "POST",
    token,
    body: { title, body: `The ${title} is nocturnal.` },
  });
  expect(status).toBe(201);
  const { slug, position } = (await json(answer)) as { slug: string; position: number };
  for (let reader = 0; reader < 4; reader += 1) {
    const read = await send(`${address}/api/pages/${slug}`);
    expect(await json(read.answer)).toMatchObject({ title, position });
    const found = await send(`${address}/api/search?q=${title}&after=${position}`);
    expect(await json(found.answer)).toMatchObject({ items: [{ page: { slug } }] });
  }
}

it.each(["SQLite", "PostgreSQL"] as const)(
  "serves a wiki on %s by two workers on one port",
  async (database) => {
    const schemas = database === "SQLite" ? [] : [newSchema()];
    const [{ url = "", schema = "" } = {}] = schemas;
    const stored = { PALIMPSEST_DATABASE_URL: url, PALIMPSEST_DATABASE_SCHEMA: schema };
    const token = await createToken(database === "SQLite" ? {} : stored);
    const words = ["--database-url", url, "--database-schema", schema];
    const server = start(...(database === "SQLite" ? [] : words));
    const address = await addressOf(server);
    expect(await childrenOf(server)).toHaveLength(2);
    for (const title of ["Quokka", "Numbat", "Dunnart"]) await checkPages(address, token, title);
    const metrics = await text((await send(`${address}/metrics`)).answer);
    const processes = metrics.matchAll(/^process_resident_memory_bytes\{process="(\w+)"\} \d+$/gm);
    expect(Array.from(processes, ([, name]) => name)).toEqual(["primary", "1", "2"]);
    expect(metrics).toContain('palimpsest_view_runs_here{view="search"} 1\n');
    server.child.kill("SIGTERM");
    expect(await server.ended).toEqual([0, null]);
    expect(server.written().match(/Palimpsest is at/g)).toHaveLength(1);
    await expect(send(`${address}/healthz`)).rejects.toThrow();
    await dropSchemas(schemas);
  },
);

it("starts a killed worker again, while the other one answers", async () => {
  const token = await createToken();
  const server = start();
  const address = await addressOf(server);
  const [killed = 0, ...others] = await childrenOf(server);
  process.kill(killed, "SIGKILL");
  await server.until(/Worker 1 ended \(SIGKILL\)\. It starts again in 0\.5 s\./);
  await checkPages(address, token, "Quokka");
  await expect.poll(async () => (await childrenOf(server)).length).toBe(2);
  const children = await childrenOf(server);
  expect(children).toContain(others[0]);
  expect(children).not.toContain(killed);
  await expect
    .poll(async () => {
      const metrics = await text((await send(`${address}/metrics`)).answer);
      return metrics.includes('process_uptime_seconds{process="1"}');
    })
    .toBe(true);
  await checkPages(address, token, "Numbat");
  server.child.kill("SIGINT");
  expect(await server.ended).toEqual([0, null]);
});

it("ends its workers when the primary process is killed", async () => {
  const server = start();
  const address = await addressOf(server);
  server.child.kill("SIGKILL");
  await server.ended;
  await expect
    .poll(() =>
      send(`${address}/healthz`).then(
        () => "answered",
        () => "closed",
      ),
    )
    .toBe("closed");
});

it("prints the link for the first administrator once, which every worker accepts", async () => {
  const server = start();
  const [, link = ""] = await server.until(/(http:\S+\/-\/first-administrator\?token=\S+)\n/);
  for (let reader = 0; reader < 4; reader += 1) expect((await send(link)).status).toBe(200);
  server.child.kill("SIGTERM");
  expect(await server.ended).toEqual([0, null]);
  expect(server.written().match(/first-administrator/g)).toHaveLength(1);
});

it("prints one error if its port is in use", async () => {
  const blocker = createServer().listen(0, "127.0.0.1");
  await once(blocker, "listening");
  const { port } = blocker.address() as { port: number };
  const server = start("--port", String(port));
  expect(await server.ended).toEqual([1, null]);
  expect(server.written().match(/Port \d+ of 127\.0\.0\.1 is in use/g)).toHaveLength(1);
  expect(server.written()).toContain("A worker ended before it was ready (exit code 1).");
  blocker.close();
});
