import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { compare } from "../compare.ts";
import { editOwnPages } from "../edit-own-pages.ts";
import { type Answer, Connection, headerOf, type Request, requireStatus } from "../http-load.ts";
import { spreadOf } from "../measure.ts";
import type { Measurement, Scale, Suite } from "../measurement.ts";
import { type Program, startOwn } from "../programs.ts";
import { repeatedRequests } from "../repeated-requests.ts";
import { slugOf, writePages } from "../sample-pages.ts";
import { startTiddlyWiki } from "../servers/tiddlywiki.ts";
import { startWiki, type WikiServer } from "../servers/wiki-server.ts";
import { inTemporaryFolder } from "../temporary.ts";

const CONNECTIONS = 16;
const PAGES = 100;
/** The edits of the page with a long history. */
const EDITS = 499;
const BYTES = 20_000;
const LONG_HISTORY = 3;
const FIRST_VIEWS = 120;
const OURS = "palimpsest";
const SAME_BYTES = "node:http, the same bytes";
const TABLE = "fastify and one table";
const TIDDLYWIKI = "TiddlyWiki";
const BROWSER = { "accept-encoding": "gzip, deflate, br" };
/** Headers that `node:http` adds itself. */
const OWN_HEADERS = ["connection", "keep-alive", "date", "transfer-encoding"];

interface Read {
  readonly name: string;
  /** The requests, sent in turns. `id` is the id of the page with a long history. */
  readonly requests: (wiki: WikiServer, id: string) => readonly Request[];
  /** Default: 16. */
  readonly connections?: number;
  /** The same read of the table server or the peer. */
  readonly table?: string;
  readonly tiddlyWiki?: string;
  readonly aim?: number;
  /** Whether a quick run measures it. */
  readonly quick?: boolean;
}

const READS: readonly Read[] = [
  {
    name: "page, anonymous",
    requests: () => [{ path: `/${slugOf(7)}` }],
    table: `/${slugOf(7)}`,
    tiddlyWiki: `/${slugOf(7)}`,
    aim: 0.6,
    quick: true,
  },
  {
    name: "page, anonymous, compressed",
    requests: () => [{ path: `/${slugOf(7)}`, headers: BROWSER }],
    aim: 0.6,
  },
  {
    name: "page, signed in, compressed",
    requests: ({ session }) => [{ path: `/${slugOf(7)}`, headers: { ...BROWSER, ...session } }],
    aim: 0.3,
    quick: true,
  },
  {
    name: "page by the API",
    requests: () => [{ path: `/api/pages/${slugOf(7)}` }],
    table: `/api/pages/${slugOf(7)}`,
    tiddlyWiki: `/recipes/default/tiddlers/${slugOf(7)}`,
    aim: 0.5,
    quick: true,
  },
  { name: "changes", requests: () => [{ path: "/-/changes" }] },
  { name: "all pages", requests: () => [{ path: "/-/pages" }] },
  { name: "history of 500", requests: (_wiki, id) => [{ path: `/-/page/${id}/history` }], connections: 8 },
  {
    name: "old versions",
    requests: (_wiki, id) => upTo(EDITS).map((version) => ({ path: `/-/page/${id}?version=${version}` })),
    connections: 8,
    quick: true,
  },
  {
    name: "differences",
    requests: (_wiki, id) =>
      upTo(EDITS).map((version) => ({ path: `/-/page/${id}/diff?from=${version}&to=${version + 1}` })),
    connections: 8,
    quick: true,
  },
];

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

/** Reads over HTTP, each beside `node:http` that sends the same bytes. */
export const reading: Suite = {
  name: "reading",
  title: "Reading over HTTP",
  quick: true,
  note: `Pages of 20 KB, ${CONNECTIONS} connections, client and server on the same machine. The limit is plain \`node:http\` that sends exactly the bytes of our answer. The table server has fastify and one table of rendered pages, without history, accounts, views or compression.`,
  run: (scale) => inTemporaryFolder((folder) => measure(folder, scale)),
};

async function measure(folder: string, scale: Scale): Promise<Measurement[]> {
  const wiki = await startWiki({
    folder: join(folder, "wiki"),
    fill: (content) => writePages(content, { pages: PAGES, bytes: BYTES }),
  });
  const started: Program[] = [wiki];
  try {
    await wiki.viewsUpToDate();
    const page = requireStatus(await sendOnce(wiki.address, { path: `/${slugOf(7)}` }), 200);
    const htmlFile = join(folder, "page.html");
    await writeFile(htmlFile, page.body);
    const table = await startOwn(
      "./servers/table-server.ts",
      `sqlite:${join(folder, "table.db")}`,
      String(PAGES),
      String(BYTES),
      htmlFile,
    );
    started.push(table);
    const tiddlyWiki =
      scale === "quick"
        ? undefined
        : await startTiddlyWiki(join(folder, "tiddlywiki"), { pages: PAGES, bytes: BYTES });
    if (tiddlyWiki) started.push(tiddlyWiki);
    const seconds = scale === "quick" ? 0.4 : 0.7;
    const id = await makeHistory(wiki);
    const rows: Measurement[] = [];
    const reads = scale === "quick" ? READS.filter(({ quick }) => quick === true) : READS;
    for (const read of reads) {
      const requests = read.requests(wiki, id);
      const [first = { path: "/" }] = requests;
      const bytes = await startBytesServer(folder, requireStatus(await sendOnce(wiki.address, first), 200));
      const repetition = { connections: read.connections ?? CONNECTIONS, seconds };
      const contenders = [
        repeatedRequests(SAME_BYTES, bytes.address, [first], repetition),
        repeatedRequests(OURS, wiki.address, requests, repetition),
        ...(read.table === undefined
          ? []
          : [repeatedRequests(TABLE, table.address, [{ path: read.table }], repetition)]),
        ...(read.tiddlyWiki === undefined || tiddlyWiki === undefined
          ? []
          : [repeatedRequests(TIDDLYWIKI, tiddlyWiki.address, [{ path: read.tiddlyWiki }], repetition)]),
      ];
      rows.push(
        ...(await compare(read.name, contenders, {
          rounds: 3,
          warmups: 1,
          aims: read.aim === undefined ? {} : { [OURS]: read.aim },
        })),
      );
      await bytes.stop();
    }
    rows.push(await firstViews(wiki));
    return rows;
  } finally {
    await Promise.all(started.map((program) => program.stop()));
  }
}

/** Edits a page many times, and resolves to its id. */
async function makeHistory(wiki: WikiServer): Promise<string> {
  const connection = await Connection.open(wiki.address);
  const edit = editOwnPages({ pages: PAGES, bytes: BYTES, clients: PAGES, headers: wiki.token });
  for (const turn of upTo(EDITS)) await edit(connection, LONG_HISTORY, turn);
  const answer = await connection.send({ path: `/api/pages/${slugOf(LONG_HISTORY)}` });
  connection.close();
  return (JSON.parse(requireStatus(answer, 200).body.toString()) as { id: string }).id;
}

/** Measures the first view of a page after each edit. */
async function firstViews(wiki: WikiServer): Promise<Measurement> {
  const connection = await Connection.open(wiki.address);
  const edit = editOwnPages({ pages: PAGES, bytes: BYTES, clients: PAGES, headers: wiki.token });
  const times: number[] = [];
  for (const turn of upTo(FIRST_VIEWS)) {
    const page = 10 + (turn % 50);
    await edit(connection, page, turn);
    const start = performance.now();
    requireStatus(await connection.send({ path: `/${slugOf(page)}` }), 200);
    times.push(performance.now() - start);
  }
  connection.close();
  return { work: "first view after an edit", contender: OURS, unit: "ms", value: spreadOf(times.slice(20)) };
}

async function sendOnce(address: string, request: Request): Promise<Answer> {
  const connection = await Connection.open(address);
  const answer = await connection.send(request);
  connection.close();
  return answer;
}

async function startBytesServer(folder: string, answer: Answer): Promise<Program> {
  const names = answer.head
    .split("\r\n")
    .slice(1)
    .map((line) => line.slice(0, line.indexOf(":")).toLowerCase())
    .filter((name) => !OWN_HEADERS.includes(name));
  const headers = {
    ...Object.fromEntries(names.map((name) => [name, headerOf(answer, name) ?? ""])),
    "content-length": String(answer.body.length),
  };
  const file = join(folder, "answer.json");
  await writeFile(file, JSON.stringify({ headers, body: answer.body.toString("base64") }));
  return startOwn("./servers/bytes-server.ts", file);
}
