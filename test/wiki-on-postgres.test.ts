// The built program: several processes on one PostgreSQL database.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { open } from "./accounts.ts";
import { type PostgresServer, startPostgres } from "./postgres-server.ts";

const program = fileURLToPath(new URL("../packages/wiki/bin/palimpsest.js", import.meta.url));
const SECRET = "the same on every machine, and long enough";
const SCHEMA = "The wiki's";
const PROCESSES = 4;
/** Connections of the tests, and of killed processes until the server detects that. */
const FOR_OTHERS = 10;

interface ServerProcess {
  readonly process: ChildProcess;
  readonly address: string;
  /** Its standard output until it was ready. */
  readonly output: string;
}

interface Page {
  readonly slug: string;
  readonly body: string;
  readonly version: number;
  readonly position: number;
}

let folder = "";
let postgres: PostgresServer;
let url = "";
let token = "";
let served: ServerProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "palimpsest-on-postgres-"));
  const room = PROCESSES * (await connectionsOfOneProcess()) + FOR_OTHERS;
  postgres = await startPostgres({ settings: { max_connections: String(room) } });
  url = await postgres.createDatabase();
  // All start at the same time, on an empty database.
  served = await Promise.all(Array.from({ length: PROCESSES }, (_, machine) => serve(machine)));
  const accounts = await open({ kind: "postgres", url, schema: SCHEMA }, { secret: SECRET });
  const person = { email: "ada@example.org", name: "Ada", password: "long enough", role: "admin" } as const;
  token = (await accounts.createToken((await accounts.addUser(person)).id, { name: "tests" })).token;
  await accounts.close();
});

afterAll(async () => {
  await Promise.all(served.map(end));
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Returns the documented maximum. The database server refuses connections beyond it. */
async function connectionsOfOneProcess(): Promise<number> {
  const documentation = await readFile(new URL("../docs/configuration.md", import.meta.url), "utf8");
  const [, count] = /each process opens at most (\d+)/.exec(documentation) ?? [];
  if (count === undefined) throw new Error("docs/configuration.md does not name the number of connections.");
  return Number(count);
}

/** Starts a process with its own data folder, as on another machine. */
async function serve(machine: number): Promise<ServerProcess> {
  const child = spawn(process.execPath, [program, "serve", "--port", "0"], {
    env: {
      PATH: process.env.PATH,
      PALIMPSEST_DATABASE_URL: url,
      PALIMPSEST_DATABASE_SCHEMA: SCHEMA,
      PALIMPSEST_DATA_DIR: join(folder, String(machine)),
      PALIMPSEST_SECRET: SECRET,
      PALIMPSEST_LOG_LEVEL: "error",
    },
    stdio: ["ignore", "pipe", "ignore"],
  });
  let output = "";
  for await (const chunk of child.stdout) {
    output += chunk;
    const address = /^Palimpsest is at (\S+)$/m.exec(output)?.[1];
    if (address !== undefined) return { process: child, address, output };
  }
  throw new Error(`The process ended with ${child.exitCode}: ${output}`);
}

async function end({ process: child }: ServerProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill();
  await ended;
}

function request(server: ServerProcess, method: string, path: string, content?: object, headers?: object) {
  return fetch(server.address + path, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers },
    ...(content === undefined ? {} : { body: JSON.stringify(content) }),
  });
}

async function pageOf(answer: Response, status: number): Promise<Page> {
  const content = await answer.json();
  if (answer.status !== status) throw new Error(`${answer.status}: ${JSON.stringify(content)}`);
  return content as Page;
}

const create = async (server: ServerProcess, slug: string, body: string) =>
  pageOf(await request(server, "POST", "/api/pages", { title: slug, slug, body }), 201);

async function edit(server: ServerProcess, slug: string, body: string): Promise<Page> {
  const { headers } = await request(server, "GET", `/api/pages/${slug}`);
  const ifMatch = { "if-match": headers.get("etag") ?? "" };
  return pageOf(await request(server, "PATCH", `/api/pages/${slug}`, { body }, ifMatch), 200);
}

const read = async (server: ServerProcess, slug: string) =>
  pageOf(await request(server, "GET", `/api/pages/${slug}`), 200);

it("processes that start together on an empty database print one link for the first administrator", () => {
  const links = served.map(({ output }) => /first-administrator\?token=(\S+)/.exec(output)?.[1]);
  expect(new Set(links).size).toBe(1);
  expect(links[0]).toMatch(/^[\w-]{43}$/);
});

it("every process reads a write of any other at once", async () => {
  await create(served[0] as ServerProcess, "shared", "line 0\n");
  for (let turn = 1; turn <= 12; turn++) {
    const body = `line ${turn}\n`;
    const written = await edit(served[turn % PROCESSES] as ServerProcess, "shared", body);
    expect(written.version).toBe(turn + 1);
    const seen = await Promise.all(served.map((server) => read(server, "shared")));
    expect(seen.map((page) => [page.version, page.body])).toEqual(Array(PROCESSES).fill([turn + 1, body]));
  }
});

it("gives a slug to one of several processes that claim it", async () => {
  for (let round = 0; round < 8; round++) {
    const slug = `claimed-${round}`;
    const claim = (server: ServerProcess) => request(server, "POST", "/api/pages", { title: "Mine", slug });
    const answers = await Promise.all(served.map(claim));
    const problems = await Promise.all(answers.filter(({ status }) => status !== 201).map((a) => a.json()));
    expect(problems.map((problem) => (problem as { code: string }).code)).toEqual(
      Array(PROCESSES - 1).fill("slug-conflict"),
    );
  }
});

async function find(server: ServerProcess, word: string, position: number): Promise<string[]> {
  const answer = await request(server, "GET", `/api/search?q=${word}&after=${position}`);
  const found = (await answer.json()) as { items: { page: { slug: string } }[] };
  if (answer.status !== 200) throw new Error(`${answer.status}: ${JSON.stringify(found)}`);
  return found.items.map(({ page }) => page.slug);
}

async function writesViews(server: ServerProcess): Promise<boolean> {
  return /^palimpsest_view_runs_here\{view="search"\} 1$/m.test(
    await (await request(server, "GET", "/metrics")).text(),
  );
}

it("every process finds a new page, also after the process that writes the views is killed", async () => {
  const { position } = await create(served[0] as ServerProcess, "seen-by-all", "A quokka.\n");
  expect(await Promise.all(served.map((server) => find(server, "quokka", position)))).toEqual(
    Array(PROCESSES).fill(["seen-by-all"]),
  );

  const writers = await Promise.all(served.map(writesViews));
  expect(writers.filter(Boolean)).toHaveLength(1);
  const writer = served[writers.indexOf(true)] as ServerProcess;
  writer.process.kill("SIGKILL");
  const others = served.filter((server) => server !== writer);
  const later = await create(others[0] as ServerProcess, "after-the-kill", "A numbat.\n");
  await expect.poll(async () => (await Promise.all(others.map(writesViews))).includes(true)).toBe(true);
  expect(await find(others[1] as ServerProcess, "numbat", later.position)).toEqual(["after-the-kill"]);
  served = [await serve(PROCESSES + 1), ...others];
});

it("loses no acknowledged write when a process is killed under load", async () => {
  const [victim, ...others] = served as [ServerProcess, ...ServerProcess[]];
  const acknowledged = new Map<string, Page>();
  let acknowledgedByVictim = 0;
  let acknowledgedSinceKill = 0;
  let isKilled = false;

  const write = async (server: ServerProcess, writer: string): Promise<void> => {
    for (let turn = 0; acknowledgedSinceKill < 100; turn++) {
      const slug = `load-${writer}-${turn}`;
      for (const save of [create, edit]) {
        acknowledged.set(slug, await save(server, slug, `${save.name} ${slug}\n`));
        if (server === victim) acknowledgedByVictim += 1;
        else if (isKilled) acknowledgedSinceKill += 1;
      }
      if (server === victim && acknowledgedByVictim >= 40 && !isKilled) {
        isKilled = true;
        victim.process.kill("SIGKILL");
      }
    }
  };
  const writers = [0, 1, 2].map((n) => n.toString());
  const ends = await Promise.allSettled([
    ...others.flatMap((server, index) => writers.map((n) => write(server, `${index}-${n}`))),
    ...writers.map((n) => write(victim, `victim-${n}`)),
  ]);
  const failed = ends.map(({ status }) => status === "rejected");
  expect(failed).toEqual([...Array(9).fill(false), true, true, true]);
  expect(victim.process.killed).toBe(true);
  served = [await serve(PROCESSES), ...served.filter((server) => server !== victim)];

  // The new process takes part: its cache is empty.
  let next = 0;
  for (const [slug, page] of acknowledged) {
    const found = await read(served[next++ % PROCESSES] as ServerProcess, slug);
    // The victim may have stored an edit that it was killed before acknowledging.
    if (found.version === page.version) expect(found.body).toBe(page.body);
    else expect(found).toMatchObject({ version: page.version + 1, body: `edit ${slug}\n` });
  }
  const positions = await allPositions(served[0] as ServerProcess);
  expect(positions).toEqual(positions.map((_, index) => index + 1));
  expect(positions.length).toBeGreaterThanOrEqual(
    Math.max(...[...acknowledged.values()].map((p) => p.position)),
  );
});

async function allPositions(server: ServerProcess): Promise<number[]> {
  const positions: number[] = [];
  for (;;) {
    const answer = await request(server, "GET", `/api/notifications?start=${positions.length + 1}&limit=200`);
    const { items } = (await answer.json()) as { items: { id: number }[] };
    if (items.length === 0) return positions;
    positions.push(...items.map(({ id }) => id));
  }
}

it("every process survives a restart of the database server", async () => {
  await postgres.shutDown();
  await postgres.start();
  for (const [index, server] of served.entries()) {
    const { version } = await edit(server, "shared", `after the restart ${index}\n`);
    expect((await read(served[0] as ServerProcess, "shared")).version).toBe(version);
  }
});
