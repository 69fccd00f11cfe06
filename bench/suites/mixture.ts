import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { compare } from "../compare.ts";
import { editOwnPages } from "../edit-own-pages.ts";
import {
  encodeRequest,
  headerOf,
  keepBusy,
  openConnections,
  requireStatus,
  type Send,
} from "../http-load.ts";
import { type Measurement, once, type Scale, type Suite } from "../measurement.ts";
import { prose } from "../note.ts";
import { palimpsest } from "../programs.ts";
import { repeatedSends } from "../repeated-requests.ts";
import { article, slugOf, writePages } from "../sample-pages.ts";
import { startWiki, type WikiServer } from "../servers/wiki-server.ts";
import { inTemporaryFolder } from "../temporary.ts";

const PAGES = 1_000;
const BYTES = 20_000;
/** One request in this many is an edit. */
const EDIT_EVERY = 20;
const CONNECTIONS = [16, 64, 256];
const LARGE_BYTES = 5_000_000;
const IMPORTED_FILES = 2_000;
const VIEWS = "views alone";
const WITH_EDITS = "views with 5 % edits";

/** Views and edits at the same time, and their latencies while large work is done. */
export const mixture: Suite = {
  name: "mixture",
  title: "Views with edits",
  quick: true,
  note: `Anonymous views of ${PAGES} pages of 20 KB on SQLite; one request in ${EDIT_EVERY} is an edit by the API. Latencies are those of all requests. _Longest block_ is the longest time in which the server's event loop did nothing else. During the busy rows a page of 5 MB is saved and edited, and another process imports ${IMPORTED_FILES} files.`,
  run: (scale) => inTemporaryFolder((folder) => measure(folder, scale)),
};

async function measure(folder: string, scale: Scale): Promise<Measurement[]> {
  const wiki = await startWiki({
    folder: join(folder, "wiki"),
    fill: (content) => writePages(content, { pages: PAGES, bytes: BYTES }),
  });
  try {
    await wiki.viewsUpToDate();
    const rows = await throughput(wiki, scale);
    if (scale === "quick") return rows;
    for (const connections of CONNECTIONS) rows.push(...(await latencies(wiki, connections)));
    for (const connections of CONNECTIONS) {
      const files = join(folder, `files-${connections}`);
      await writeFiles(join(files, `imported-${connections}`));
      rows.push(...(await busyLatencies(wiki, connections, files)));
    }
    return rows;
  } finally {
    await wiki.stop();
  }
}

const viewRequests = Array.from({ length: PAGES }, (_, page) => encodeRequest({ path: `/${slugOf(page)}` }));

const view: Send = async (connection, _index, turn) => {
  const bytes = viewRequests[(turn * 7) % PAGES] ?? Buffer.alloc(0);
  return requireStatus(await connection.send(bytes), 200);
};

function viewsWithEdits(wiki: WikiServer, clients: number): Send {
  const edit = editOwnPages({ pages: PAGES, bytes: BYTES, clients, headers: wiki.token });
  return (connection, index, turn) =>
    turn % EDIT_EVERY === 0 ? edit(connection, index, turn) : view(connection, index, turn);
}

async function throughput(wiki: WikiServer, scale: Scale): Promise<Measurement[]> {
  const repetition = { connections: 16, seconds: scale === "quick" ? 1 : 3 };
  const contenders = [
    repeatedSends(VIEWS, wiki.address, view, repetition),
    repeatedSends(WITH_EDITS, wiki.address, viewsWithEdits(wiki, 16), repetition),
  ];
  return compare("16 connections", contenders, {
    rounds: scale === "quick" ? 3 : 5,
    warmups: 1,
    aims: { [WITH_EDITS]: 0.4 },
  });
}

async function latencies(wiki: WikiServer, count: number, stopped?: AbortSignal): Promise<Measurement[]> {
  const connections = await openConnections(wiki.address, count);
  await wiki.longestDelay();
  const seconds = stopped === undefined ? 5 : 60;
  const load = await keepBusy(connections, viewsWithEdits(wiki, count), {
    seconds,
    ...(stopped === undefined ? {} : { stopped }),
  });
  const longest = await wiki.longestDelay();
  for (const connection of connections) connection.close();
  const work = `${count} connections${stopped === undefined ? "" : ", busy"}`;
  const row = (contender: string, milliseconds: number): Measurement => ({
    work,
    contender,
    unit: "ms",
    value: once(milliseconds),
  });
  return [
    row("half of the answers within", load.latencies.percentile(50) / 1_000),
    row("99 % within", load.latencies.percentile(99) / 1_000),
    row("99.9 % within", load.latencies.percentile(99.9) / 1_000),
    row("longest block", longest),
  ];
}

/** Measures while a large page is saved and edited and files are imported, until both are done. */
async function busyLatencies(wiki: WikiServer, count: number, files: string): Promise<Measurement[]> {
  const stopped = new AbortController();
  const measuring = latencies(wiki, count, stopped.signal);
  await pause(500);
  const slug = `large-${count}`;
  await Promise.all([
    saveLargePage(wiki, slug),
    palimpsest(["import", files, "--as", "bench@example.org", ...wiki.options]),
  ]);
  stopped.abort();
  return measuring;
}

async function saveLargePage(wiki: WikiServer, slug: string): Promise<void> {
  const [connection] = await openConnections(wiki.address, 1);
  if (connection === undefined) return;
  const headers = { ...wiki.token, "content-type": "application/json" };
  const body = prose(LARGE_BYTES);
  const created = JSON.stringify({ title: slug, slug, body });
  const create = { method: "POST", path: "/api/pages", headers, body: created };
  const etag = headerOf(requireStatus(await connection.send(create), 201), "etag") ?? "";
  const edited = JSON.stringify({ body: body.replaceAll("reader", "person who reads") });
  const edit = { method: "PATCH", path: `/api/pages/${slug}`, headers: { ...headers, "if-match": etag } };
  requireStatus(await connection.send({ ...edit, body: edited }), 200);
  requireStatus(await connection.send({ path: `/${slug}` }), 200);
  connection.close();
}

async function writeFiles(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (let file = 0; file < IMPORTED_FILES; file += 1) {
    const text = `# Imported ${file}\n\n${article(file, { pages: IMPORTED_FILES, bytes: 2_000 })}`;
    await writeFile(join(folder, `file-${file}.md`), text);
  }
}
