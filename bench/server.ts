/** Requests to `palimpsest serve` and to a bare fastify with the same rows, from this machine. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { HttpClient } from "./http-client.ts";
import { machine } from "./machine.ts";
import { type Contender, interleaved, type Measured, rateOf, timesAsFast } from "./measure.ts";
import { prose } from "./note.ts";
import { percent, spread, table } from "./table.ts";
import { inTemporaryFolder } from "./temporary.ts";

const ROUNDS = 9;
const CLIENTS = [1, 16];
/** One page for each client, so that no edits conflict. */
const PAGES = 16;
const BODIES = Array.from({ length: PAGES }, (_, page) => prose(5_000, page + 1));
const PROGRAM = fileURLToPath(new URL("../packages/wiki/bin/palimpsest.js", import.meta.url));
const BARE = fileURLToPath(new URL("./bare-server.ts", import.meta.url));

/** A server to measure, and the parts of requests to it. */
interface Served {
  readonly name: string;
  readonly address: string;
  clients: readonly HttpClient[];
  readonly headers: Record<string, string>;
  /** The ETag of each page's current version. */
  readonly etags: string[];
}

type Request = (served: Served, client: HttpClient, page: number, turn: number) => Promise<void>;

function expectStatus(status: number, body: string): void {
  if (status !== 200 && status !== 201)
    throw new Error(`The server answered ${status}: ${body.slice(0, 500)}`);
}

async function get(client: HttpClient, path: string): Promise<void> {
  const { status, body } = await client.request("GET", path);
  expectStatus(status, body);
}

async function patch(
  { headers, etags }: Served,
  client: HttpClient,
  page: number,
  turn: number,
): Promise<void> {
  const { status, head, body } = await client.request(
    "PATCH",
    `/api/pages/page-${page}`,
    { ...headers, "content-type": "application/json", "if-match": etags[page] ?? "" },
    JSON.stringify({ body: (BODIES[page] ?? "").replace(/ \w+/, ` edit-${turn}`) }),
  );
  expectStatus(status, body);
  etags[page] = /\r\netag: *([^\r]+)/i.exec(head)?.[1] ?? "";
}

const REQUESTS: readonly { name: string; perClient: (clients: number) => number; request: Request }[] = [
  {
    name: "GET /api/pages/{slug}",
    perClient: (clients) => Math.ceil(800 / clients),
    request: (_served, client, page) => get(client, `/api/pages/page-${page}`),
  },
  {
    name: "GET /{slug}, a page to read",
    perClient: (clients) => Math.ceil(400 / clients),
    request: (_served, client, page) => get(client, `/page-${page}`),
  },
  { name: "PATCH with If-Match", perClient: (clients) => Math.ceil(160 / clients), request: patch },
];

let turns = 0;

function contenderOf(served: Served, clients: number, perClient: number, request: Request): Contender {
  const requestAll = async (client: HttpClient, page: number): Promise<void> => {
    for (let done = 0; done < perClient; done += 1) {
      turns += 1;
      await request(served, client, page, turns);
    }
  };
  return {
    name: served.name,
    round: async () => {
      await Promise.all(served.clients.slice(0, clients).map(requestAll));
      return clients * perClient;
    },
  };
}

/** Starts a program that prints its address. */
async function start(words: readonly string[]): Promise<{ child: ChildProcess; address: string }> {
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const address = await new Promise<string>((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`${words.join(" ")} ended with ${code}: ${output}`)));
    child.stderr.on("data", (chunk) => {
      output += chunk;
    });
    child.stdout.on("data", (chunk) => {
      output += chunk;
      const found = /\bat (http:\S+)/.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
  return { child, address };
}

async function stop(child: ChildProcess): Promise<void> {
  const exit = once(child, "exit");
  child.kill("SIGTERM");
  await exit;
}

/** Runs a command of the wiki and resolves to its output. */
async function palimpsest(words: readonly string[], input = ""): Promise<string> {
  const child = spawn(process.execPath, [PROGRAM, ...words], { stdio: ["pipe", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  child.stdin.end(input);
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`palimpsest ${words.join(" ")} ended with ${code}.`);
  return output.trim();
}

function connectAll(address: string): Promise<HttpClient[]> {
  return Promise.all(Array.from({ length: PAGES }, () => HttpClient.connect(address)));
}

/** Opens new connections, since servers close those that were idle for a while. */
async function reconnect(served: Served): Promise<void> {
  for (const client of served.clients) client.close();
  served.clients = await connectAll(served.address);
}

async function serveOurs(folder: string): Promise<{ child: ChildProcess; served: Served }> {
  const data = ["--data-dir", join(folder, "wiki")];
  const account = ["user", "add", "bench@example.org", "--name", "Bench", "--role", "editor"];
  await palimpsest([...account, "--password-stdin", ...data], "a password only for this run\n");
  const token = await palimpsest(["token", "create", "bench@example.org", ...data]);
  const { child, address } = await start([PROGRAM, "serve", "--port", "0", "--log-level", "error", ...data]);
  const clients = await connectAll(address);
  const headers = { authorization: `Bearer ${token}` };
  const etags: string[] = [];
  for (const [page, client] of clients.entries()) {
    const draft = { title: `Page ${page}`, slug: `page-${page}`, body: BODIES[page] };
    const created = await client.request(
      "POST",
      "/api/pages",
      { ...headers, "content-type": "application/json" },
      JSON.stringify(draft),
    );
    expectStatus(created.status, created.body);
    etags.push(/\r\netag: *([^\r]+)/i.exec(created.head)?.[1] ?? "");
  }
  return { child, served: { name: "palimpsest serve", address, clients, headers, etags } };
}

async function serveBare(folder: string): Promise<{ child: ChildProcess; served: Served }> {
  // With the flags of this process, which load TypeScript.
  const { child, address } = await start([...process.execArgv, BARE, join(folder, "bare.db"), String(PAGES)]);
  const etags = Array.from({ length: PAGES }, () => '"1"');
  const clients = await connectAll(address);
  return { child, served: { name: "bare fastify", address, clients, headers: {}, etags } };
}

function rowsOf(what: string, measured: readonly Measured[]): string[][] {
  const [bare] = measured;
  return measured.map((each) => [
    each === bare ? what : "",
    each.name,
    spread(rateOf(each)),
    bare === undefined || each === bare ? "" : percent(timesAsFast(each, bare)),
  ]);
}

async function measureAll(bare: Served, ours: Served): Promise<string[][]> {
  const rows: string[][] = [];
  for (const { name, perClient, request } of REQUESTS) {
    for (const clients of CLIENTS) {
      await Promise.all([bare, ours].map(reconnect));
      const contenders = [bare, ours].map((served) =>
        contenderOf(served, clients, perClient(clients), request),
      );
      const what = `${name}, ${clients} ${clients === 1 ? "client" : "clients"}`;
      rows.push(...rowsOf(what, await interleaved(contenders, { rounds: ROUNDS })));
    }
  }
  return rows;
}

console.log(machine());
const rows = await inTemporaryFolder(async (folder) => {
  const children: ChildProcess[] = [];
  try {
    const bare = await serveBare(folder);
    children.push(bare.child);
    const ours = await serveOurs(folder);
    children.push(ours.child);
    const measured = await measureAll(bare.served, ours.served);
    for (const client of [...bare.served.clients, ...ours.served.clients]) client.close();
    return measured;
  } finally {
    await Promise.all(children.map(stop));
  }
});
console.log("\nRequests per second, pages of 5 KB, medians (quartiles)\n");
console.log(table(["", "", "requests/s", "of the bare server"], rows));
