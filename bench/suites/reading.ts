import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { compare } from "../compare.ts";
import { type Answer, Connection, headerOf, type Request, requireStatus } from "../http-load.ts";
import type { Measurement, Scale, Suite } from "../measurement.ts";
import { type Program, startOwn } from "../programs.ts";
import { repeatedRequests } from "../repeated-requests.ts";
import { slugOf, writePages } from "../sample-pages.ts";
import { startTiddlyWiki } from "../servers/tiddlywiki.ts";
import { startWiki, type WikiServer } from "../servers/wiki-server.ts";
import { inTemporaryFolder } from "../temporary.ts";

const CONNECTIONS = 16;
const PAGES = 100;
const BYTES = 20_000;
const OURS = "palimpsest";
const SAME_BYTES = "node:http, the same bytes";
const TABLE = "fastify and one table";
const TIDDLYWIKI = "TiddlyWiki";
const BROWSER = { "accept-encoding": "gzip, deflate, br" };
/** Headers that `node:http` adds itself. */
const OWN_HEADERS = ["connection", "keep-alive", "date", "transfer-encoding"];

interface Read {
  readonly name: string;
  readonly request: (wiki: WikiServer) => Request;
  /** The same read of the table server or the peer. */
  readonly table?: string;
  readonly tiddlyWiki?: string;
  readonly aim?: number;
}

const READS: readonly Read[] = [
  {
    name: "page, anonymous",
    request: () => ({ path: `/${slugOf(7)}` }),
    table: `/${slugOf(7)}`,
    tiddlyWiki: `/${slugOf(7)}`,
    aim: 0.6,
  },
  {
    name: "page, anonymous, compressed",
    request: () => ({ path: `/${slugOf(7)}`, headers: BROWSER }),
    aim: 0.6,
  },
  {
    name: "page, signed in, compressed",
    request: ({ session }) => ({ path: `/${slugOf(7)}`, headers: { ...BROWSER, ...session } }),
    aim: 0.3,
  },
  {
    name: "page by the API",
    request: () => ({ path: `/api/pages/${slugOf(7)}` }),
    table: `/api/pages/${slugOf(7)}`,
    tiddlyWiki: `/recipes/default/tiddlers/${slugOf(7)}`,
    aim: 0.5,
  },
  { name: "changes", request: () => ({ path: "/-/changes" }) },
  { name: "all pages", request: () => ({ path: "/-/pages" }) },
];

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
    const repetition = { connections: CONNECTIONS, seconds: scale === "quick" ? 0.4 : 1 };
    const rows: Measurement[] = [];
    for (const read of READS) {
      const request = read.request(wiki);
      const bytes = await startBytesServer(folder, requireStatus(await sendOnce(wiki.address, request), 200));
      const contenders = [
        repeatedRequests(SAME_BYTES, bytes.address, [request], repetition),
        repeatedRequests(OURS, wiki.address, [request], repetition),
        ...(read.table === undefined
          ? []
          : [repeatedRequests(TABLE, table.address, [{ path: read.table }], repetition)]),
        ...(read.tiddlyWiki === undefined || tiddlyWiki === undefined
          ? []
          : [repeatedRequests(TIDDLYWIKI, tiddlyWiki.address, [{ path: read.tiddlyWiki }], repetition)]),
      ];
      rows.push(
        ...(await compare(read.name, contenders, {
          rounds: scale === "quick" ? 3 : 5,
          warmups: 1,
          aims: read.aim === undefined ? {} : { [OURS]: read.aim },
        })),
      );
      await bytes.stop();
    }
    return rows;
  } finally {
    await Promise.all(started.map((program) => program.stop()));
  }
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
