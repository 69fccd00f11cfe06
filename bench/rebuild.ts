/**
 * Rebuilds of a wiki's views on SQLite from all its events, and each part of that work alone. Arguments: the number of
 * events (60,000), of pages (5,000) and of rounds (1).
 */
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import type { Notification } from "@palimpsest/eventsourcing";
import { sqliteRecorder } from "@palimpsest/eventsourcing/sqlite";
import { ContentManagement } from "../packages/wiki/dist/application/content-management.js";
import type { Views } from "../packages/wiki/dist/application/views.js";
import { parsePage } from "../packages/wiki/dist/content/parsed-page.js";
import { openViews } from "../packages/wiki/dist/open-views.js";
import { PAGE_EVENTS } from "../packages/wiki/dist/projections/page-events.js";
import { machine } from "./machine.ts";
import { interleaved, spreadOf } from "./measure.ts";
import { milliseconds, number, spread, table } from "./table.ts";
import { inTemporaryFolder } from "./temporary.ts";
import { writeHistory } from "./wiki-history.ts";

const [events = 60_000, pages = 5_000, rounds = 1] = process.argv.slice(2).map(Number);
const MILLION = 1_000_000;
const AIM = "60";
/** The batch size of projections. */
const BATCH_SIZE = 20_000;
const VIEWS = ["search", "site", "recent_changes"];
const ALL = "all views";

interface Work {
  readonly name: string;
  readonly run: () => Promise<unknown>;
}

interface Timed {
  readonly name: string;
  readonly seconds: number[];
  /** The share of that time in which the main thread was busy, from 0 to 1. */
  readonly busy: number[];
}

async function readLog(
  content: ContentManagement,
  use: (batch: readonly Notification[]) => Promise<void> | void,
): Promise<void> {
  const topics = PAGE_EVENTS.map(({ topic }) => topic);
  const last = await content.position();
  for (let start = 1; start <= last; start += BATCH_SIZE) {
    const stop = Math.min(last, start + BATCH_SIZE - 1);
    await use(await content.notificationLog.select({ start, stop, limit: BATCH_SIZE, topics }));
  }
}

function pageIdsIn(batch: readonly Notification[]): Set<string> {
  return new Set(batch.map(({ originatorId }) => originatorId));
}

function worksOn(content: ContentManagement, views: Views): Work[] {
  return [
    { name: "read the log", run: () => readLog(content, () => {}) },
    {
      name: "read and decode",
      run: () =>
        readLog(content, (batch) => {
          for (const notification of batch) content.mapper.toDomainEvent(notification);
        }),
    },
    {
      name: "read, and load its pages",
      run: () =>
        readLog(content, async (batch) => {
          for (const id of pageIdsIn(batch)) await content.getPageById(id);
        }),
    },
    ...VIEWS.map((view) => ({ name: `${view} alone`, run: () => views.runner.rebuild(view) })),
    { name: ALL, run: () => Promise.all(VIEWS.map((view) => views.runner.rebuild(view))) },
  ];
}

/** Runs each work once in each round, so that other load on the machine affects all of them. */
async function time(works: readonly Work[], rounds: number): Promise<Timed[]> {
  const timed = works.map(({ name }): Timed => ({ name, seconds: [], busy: [] }));
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, { run }] of works.entries()) {
      const start = performance.now();
      const before = performance.eventLoopUtilization();
      await run();
      timed[index]?.seconds.push((performance.now() - start) / 1_000);
      timed[index]?.busy.push(performance.eventLoopUtilization(before).utilization);
    }
  }
  return timed;
}

function rowOf({ name, seconds, busy }: Timed, index: number): string[] {
  const taken = spreadOf(seconds);
  const rates = spreadOf(seconds.map((each) => events / each));
  return [
    index === 0 ? `${events.toLocaleString("en-GB")} of ${pages.toLocaleString("en-GB")} pages` : "",
    name,
    spread(taken),
    number(rates.median),
    `${Math.round(spreadOf(busy).median * 100)} %`,
    number((taken.median * MILLION) / events),
    name === ALL ? AIM : "",
  ];
}

async function countLoads(content: ContentManagement): Promise<number> {
  let loads = 0;
  await readLog(content, (batch) => {
    loads += pageIdsIn(batch).size;
  });
  return loads;
}

/** Describes the time to parse a page, and to parse its next version. */
async function textTimes(content: ContentManagement): Promise<string> {
  const texts: string[] = [];
  for await (const { body } of content.getPages({ limit: 200 })) texts.push(body);
  const pages = texts.map((text) => parsePage("A page", text));
  let edits = 0;
  const first = () => texts.map((text) => parsePage("A page", text).joinedWords);
  const edited = () => {
    edits += 1;
    return texts.map((text, index) => {
      const line = text.indexOf("\n", text.length / 2);
      return parsePage("A page", `${text.slice(0, line)} edit ${edits}${text.slice(line)}`, pages[index])
        .parts;
    });
  };
  const measured = await interleaved(
    [
      { name: "for the first version", round: () => first().length },
      { name: "for the next one", round: () => edited().length },
    ],
    { rounds: 5 },
  );
  const parts = measured.map(({ name, seconds }) => `${milliseconds(spreadOf(seconds))} ms ${name}`);
  return `Parsing a page of ${texts[0]?.length} characters takes ${parts.join(", ")}.`;
}

console.log(machine());
await inTemporaryFolder(async (folder) => {
  const path = join(folder, "wiki.db");
  const open = async (cacheSize?: number) => {
    const recorder = await sqliteRecorder({ path });
    return { recorder, content: new ContentManagement({ recorder, cacheSize }) };
  };
  const writing = await open(3 * pages);
  const start = performance.now();
  await writeHistory(writing.content, { pages, events });
  await writing.content.close();
  console.log(`\nThe history was written in ${number((performance.now() - start) / 1_000)} s.`);
  const { recorder, content } = await open();
  const views = await openViews({ kind: "sqlite", path }, recorder, content);
  try {
    const catchUp = {
      name: "all views, at first start",
      run: async () => {
        views.runner.start();
        await views.runner.waitFor(undefined, await content.position(), { timeoutMs: 3_600_000 });
      },
    };
    const timed = [...(await time([catchUp], 1)), ...(await time(worksOn(content, views), rounds))];
    const count = (value: number) => value.toLocaleString("en-GB");
    console.log(
      `\n${count(events)} events of ${count(pages)} pages, in batches with ${count(await countLoads(content))} pages\n`,
    );
    const head = ["events", "", "s", "events/s", "main thread busy", `s for ${count(MILLION)}`, "aim, s"];
    console.log(table(head, timed.map(rowOf)));
    console.log(`\n${await textTimes(content)}`);
  } finally {
    await views.close();
    await content.close();
  }
});
