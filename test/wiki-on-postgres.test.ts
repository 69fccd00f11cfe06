// The built program, as people run it: several processes on one PostgreSQL database.
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
const PROCESSES = 8;
/** Connections for the tests themselves, and those that the server has not yet seen to be dead. */
const FOR_OTHERS = 10;

interface Served {
  readonly process: ChildProcess;
  readonly address: string;
  /** All that it has printed. */
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
let served: Served[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "palimpsest-on-postgres-"));
  const room = PROCESSES * (await connectionsOfOneProcess()) + FOR_OTHERS;
  postgres = await startPostgres({ settings: { max_connections: String(room) } });
  url = await postgres.createDatabase();
  // All at once, on a database in which nothing is.
  served = await Promise.all(Array.from({ length: PROCESSES }, (_, machine) => serve(machine)));
  const accounts = await open({ kind: "postgres", url, schema: SCHEMA }, { secret: SECRET });
  const person = { email: "ada@example.org", name: "Ada", password: "long enough", role: "admin" } as const;
  token = (await accounts.createToken((await accounts.addUser(person)).id, { name: "tests" })).token;
  await accounts.close();
}, 120_000);

afterAll(async () => {
  await Promise.all(served.map(end));
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

/** As the documentation promises it: the server has room for so many, and refuses any more. */
async function connectionsOfOneProcess(): Promise<number> {
  const documentation = await readFile(new URL("../docs/configuration.md", import.meta.url), "utf8");
  return Number(/each process opens at most (\d+)/.exec(documentation)?.[1]);
}

/** Starts a process with a data folder of its own, as another machine has one. */
async function serve(machine: number): Promise<Served> {
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

async function end({ process: child }: Served): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill();
  await ended;
}

function ask(server: Served, method: string, path: string, content?: object, headers?: object) {
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

const create = async (server: Served, slug: string, body: string) =>
  pageOf(await ask(server, "POST", "/api/pages", { title: slug, slug, body }), 201);

async function edit(server: Served, slug: string, body: string): Promise<Page> {
  const { headers } = await ask(server, "GET", `/api/pages/${slug}`);
  const ifMatch = { "if-match": headers.get("etag") ?? "" };
  return pageOf(await ask(server, "PATCH", `/api/pages/${slug}`, { body }, ifMatch), 200);
}

const read = async (server: Served, slug: string) =>
  pageOf(await ask(server, "GET", `/api/pages/${slug}`), 200);

it("processes that start at once on an empty database print one link for the first administrator", () => {
  const links = served.map(({ output }) => /first-administrator\?token=(\S+)/.exec(output)?.[1]);
  expect(new Set(links).size).toBe(1);
  expect(links[0]).toMatch(/^[\w-]{43}$/);
});

it("a write through any process is read through any other at once", async () => {
  const four = served.slice(0, 4);
  await create(four[0] as Served, "shared", "line 0\n");
  for (let turn = 1; turn <= 12; turn++) {
    const body = `line ${turn}\n`;
    const written = await edit(four[turn % 4] as Served, "shared", body);
    expect(written.version).toBe(turn + 1);
    const seen = await Promise.all(four.map((server) => read(server, "shared")));
    expect(seen.map((page) => [page.version, page.body])).toEqual(Array(4).fill([turn + 1, body]));
  }
});

it("of eight processes that claim one slug, one gets it", async () => {
  for (let round = 0; round < 8; round++) {
    const slug = `claimed-${round}`;
    const claim = (server: Served) => ask(server, "POST", "/api/pages", { title: "Mine", slug });
    const answers = await Promise.all(served.map(claim));
    const problems = await Promise.all(answers.filter(({ status }) => status !== 201).map((a) => a.json()));
    expect(problems.map((problem) => (problem as { code: string }).code)).toEqual(
      Array(PROCESSES - 1).fill("slug-conflict"),
    );
  }
});

async function find(server: Served, word: string, position: number): Promise<string[]> {
  const answer = await ask(server, "GET", `/api/search?q=${word}&after=${position}`);
  const found = (await answer.json()) as { items: { page: { slug: string } }[] };
  if (answer.status !== 200) throw new Error(`${answer.status}: ${JSON.stringify(found)}`);
  return found.items.map(({ page }) => page.slug);
}

async function keepsViews(server: Served): Promise<boolean> {
  return /^palimpsest_view_runs_here\{view="search"\} 1$/m.test(
    await (await ask(server, "GET", "/metrics")).text(),
  );
}

it("what one process wrote is found through every other, also when the one that keeps the views is killed", async () => {
  const { position } = await create(served[0] as Served, "seen-by-all", "A quokka.\n");
  expect(await Promise.all(served.map((server) => find(server, "quokka", position)))).toEqual(
    Array(PROCESSES).fill(["seen-by-all"]),
  );

  const keepers = await Promise.all(served.map(keepsViews));
  expect(keepers.filter(Boolean)).toHaveLength(1);
  const keeper = served[keepers.indexOf(true)] as Served;
  keeper.process.kill("SIGKILL");
  const others = served.filter((server) => server !== keeper);
  const later = await create(others[0] as Served, "after-the-kill", "A numbat.\n");
  // A waiting reader gives up after five seconds and the lease ends a little earlier: one of two tries has to do.
  const found = await find(others[1] as Served, "numbat", later.position).catch(() =>
    find(others[1] as Served, "numbat", later.position),
  );
  expect(found).toEqual(["after-the-kill"]);
  served = [await serve(PROCESSES + 1), ...others];
});

it("kill -9 of a process under load loses nothing that was acknowledged", async () => {
  const [victim, ...others] = served.slice(0, 4) as [Served, ...Served[]];
  const acknowledged = new Map<string, Page>();
  let ofVictim = 0;
  let sinceTheDeath = 0;
  let isDead = false;

  const write = async (server: Served, writer: string): Promise<void> => {
    for (let turn = 0; sinceTheDeath < 100; turn++) {
      const slug = `load-${writer}-${turn}`;
      for (const save of [create, edit]) {
        acknowledged.set(slug, await save(server, slug, `${save.name} ${slug}\n`));
        if (server === victim) ofVictim += 1;
        else if (isDead) sinceTheDeath += 1;
      }
      if (server === victim && ofVictim >= 40 && !isDead) {
        isDead = true;
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

  // Also through the process that has just started, and has nothing in its cache.
  const servers = served.slice(0, 4);
  let next = 0;
  for (const [slug, page] of acknowledged) {
    const found = await read(servers[next++ % 4] as Served, slug);
    // The victim may have stored an edit that it did not live to acknowledge.
    if (found.version === page.version) expect(found.body).toBe(page.body);
    else expect(found).toMatchObject({ version: page.version + 1, body: `edit ${slug}\n` });
  }
  const positions = await allPositions(servers[0] as Served);
  expect(positions).toEqual(positions.map((_, index) => index + 1));
  expect(positions.length).toBeGreaterThanOrEqual(
    Math.max(...[...acknowledged.values()].map((p) => p.position)),
  );
});

async function allPositions(server: Served): Promise<number[]> {
  const positions: number[] = [];
  for (;;) {
    const answer = await ask(server, "GET", `/api/notifications?start=${positions.length + 1}&limit=200`);
    const { items } = (await answer.json()) as { items: { id: number }[] };
    if (items.length === 0) return positions;
    positions.push(...items.map(({ id }) => id));
  }
}

it("a restart of the database server is survived by every process", async () => {
  await postgres.shutDown();
  await postgres.start();
  for (const [index, server] of served.entries()) {
    const { version } = await edit(server, "shared", `after the restart ${index}\n`);
    expect((await read(served[0] as Served, "shared")).version).toBe(version);
  }
});
