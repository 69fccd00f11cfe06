import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { asUser, type Recorder } from "@palimpsest/eventsourcing";
import { memoryRecorder } from "@palimpsest/eventsourcing/memory";
import { postgresRecorder } from "@palimpsest/eventsourcing/postgres";
import { sqliteRecorder } from "@palimpsest/eventsourcing/sqlite";
import { attributionsOf } from "../../packages/wiki/dist/application/attributions.js";
import { ContentManagement } from "../../packages/wiki/dist/application/content-management.js";
import type { Views } from "../../packages/wiki/dist/application/views.js";
import type { Database } from "../../packages/wiki/dist/config.js";
import { textDiff } from "../../packages/wiki/dist/content/line-diff.js";
import { openViews } from "../../packages/wiki/dist/open-views.js";
import { startPostgres } from "../../test/postgres-server.ts";
import { type Contender, interleaved, type Measured, spreadOf, timesAsFast } from "../measure.ts";
import type { Measurement, Suite } from "../measurement.ts";
import { prose } from "../note.ts";
import { inTemporaryFolder } from "../temporary.ts";

const SHORT = 10;
const LONG = 5_000;
const ROUNDS = 15;
/** The short page has no more. */
const CHANGES = 10;
const AIM = 0.5;
const user = randomUUID();
const BATCH_SIZE = 1_000;

/** The word that each edit of a history changes. */
interface History {
  readonly name: string;
  readonly wordAt: (edit: number, words: number) => number;
}

/** With ten places a long history has as few runs of authorship as a short one; otherwise it has thousands. */
const HISTORIES: readonly History[] = [
  { name: "words at ten places", wordAt: (edit, words) => Math.floor(((edit % 10) * words) / 10) },
  { name: "words anywhere", wordAt: (edit, words) => (edit * 1_613) % words },
];

/** A page in one database. */
interface Setup {
  readonly content: ContentManagement;
  readonly views: Views;
  readonly id: string;
  readonly versions: number;
  /** The position of the first version. */
  readonly created: number;
  readonly edit: () => Promise<unknown>;
}

interface Made {
  readonly id: string;
  readonly recorder: Recorder;
  readonly words: string[];
  readonly wordAt: (edit: number) => number;
}

/** Creates a page with `versions` versions in memory, without waiting for a disk. */
async function makeHistory(history: History, versions: number): Promise<Made> {
  const recorder = memoryRecorder();
  const content = new ContentManagement({ recorder });
  const words = prose(20_000).split(" ");
  const wordAt = (edit: number) => history.wordAt(edit, words.length);
  return asUser(user, async () => {
    const { page } = await content.addPage({ title: "A page", slug: "page", body: words.join(" ") });
    for (let edit = 1; edit < versions; edit += 1) {
      words[wordAt(edit)] = wordOf(edit);
      await content.editPage(page.id, { body: words.join(" ") });
    }
    return { id: page.id, recorder, words, wordAt };
  });
}

function wordOf(edit: number): string {
  return `w${edit.toString(36)}`;
}

/** Copies a page with its snapshots to `database`, and opens it without a cache. */
async function setupOn(database: Database, { recorder: source, id, words, wordAt }: Made): Promise<Setup> {
  const recorder = await openRecorder(database);
  const last = await source.maxNotificationId();
  for (let start = 1; start <= last; start += BATCH_SIZE) {
    await recorder.insertEvents(await source.selectNotifications({ start, limit: BATCH_SIZE }));
  }
  for (const snapshot of await source.selectSnapshots(id)) {
    await recorder.insertSnapshot(snapshot, 1);
  }
  const content = new ContentManagement({ recorder, cacheSize: 0 });
  const { version: versions } = await content.getPageById(id);
  const views = await openViews(database, recorder, content);
  views.runner.start();
  await views.runner.waitFor(undefined, last, { timeoutMs: 120_000 });
  // The views do no work during the measurement.
  await views.runner.stop();
  const [first] = await recorder.selectEvents(id, { limit: 1 });
  const own = [...words];
  let edits = versions - 1;
  const edit = () => {
    edits += 1;
    own[wordAt(edits)] = wordOf(edits);
    return asUser(user, () => content.editPage(id, { body: own.join(" ") }));
  };
  return { content, views, id, versions, created: first?.id ?? 0, edit };
}

interface Use {
  readonly name: string;
  readonly round: (setup: Setup, round: number) => Promise<unknown>;
}

/** Returns a version from 1 to `versions`, another in each round, evenly spread. */
function anyVersion({ versions }: Setup, round: number): number {
  // Multiples of the golden ratio are evenly spread.
  return 1 + Math.floor(((round * 0.618_033_988_75) % 1) * versions);
}

async function difference({ content, id }: Setup, from: number, to: number): Promise<unknown> {
  const [before, after] = await Promise.all([content.getPageById(id, from), content.getPageById(id, to)]);
  return textDiff(before.body, after.body);
}

/** Reads the authors and times of all text, as the API does. */
async function authorship({ content, views, id }: Setup, version?: number): Promise<unknown> {
  const { runs } = await content.record.authorship(id, version);
  return attributionsOf(
    content,
    views,
    id,
    runs.map((run) => run.version),
  );
}

const USES: readonly Use[] = [
  { name: "history, first page", round: ({ content, id }) => content.record.history(id, { limit: CHANGES }) },
  {
    name: "history, in the middle",
    round: ({ content, id, versions }) =>
      content.record.history(id, { before: versions / 2 + 1, limit: CHANGES / 2 }),
  },
  { name: "the current page", round: ({ content, id }) => content.getPageById(id) },
  { name: "version 3", round: ({ content, id }) => content.getPageById(id, 3) },
  {
    name: "the version in the middle",
    round: ({ content, id, versions }) => content.getPageById(id, versions / 2),
  },
  {
    name: "any version",
    round: (setup, round) => setup.content.getPageById(setup.id, anyVersion(setup, round)),
  },
  {
    name: "the page at any instant",
    round: (setup, round) => setup.content.getPageAt(setup.id, setup.created - 1 + anyVersion(setup, round)),
  },
  {
    name: "difference of two versions, 3 edits apart",
    round: (setup, round) => {
      const to = Math.max(4, anyVersion(setup, round));
      return difference(setup, to - 3, to);
    },
  },
  {
    name: "difference of the first and the last",
    round: (setup) => difference(setup, 1, setup.versions),
  },
  { name: "authorship, runs alone", round: ({ content, id }) => content.record.authorship(id) },
  {
    name: "authorship of any version, runs alone",
    round: (setup, round) => setup.content.record.authorship(setup.id, anyVersion(setup, round)),
  },
  { name: "authorship, with authors and times", round: (setup) => authorship(setup) },
  {
    name: "authorship of any version, with authors and times",
    round: (setup, round) => authorship(setup, anyVersion(setup, round)),
  },
  // Last, since it adds to the histories.
  { name: "an edit of a word", round: ({ edit }) => edit() },
];

function contenderOf({ round }: Use, setup: Setup): Contender {
  let rounds = 0;
  return {
    name: `${setup.versions.toLocaleString("en-GB")} versions`,
    round: async () => {
      rounds += 1;
      await round(setup, rounds);
      return 1;
    },
  };
}

async function measure(
  database: string,
  history: History,
  short: Setup,
  long: Setup,
): Promise<Measurement[]> {
  const rows: Measurement[] = [];
  for (const use of USES) {
    const contenders = [contenderOf(use, short), contenderOf(use, long)];
    const [first, second] = await interleaved(contenders, { rounds: ROUNDS, warmups: 3 });
    if (first === undefined || second === undefined) continue;
    const work = `${database}, ${history.name}: ${use.name}`;
    const row = (measured: Measured): Measurement => ({
      work,
      contender: measured.name,
      unit: "ms",
      value: spreadOf(measured.seconds.map((seconds) => seconds * 1_000)),
    });
    const ratio = { to: first.name, value: timesAsFast(second, first).median, aim: AIM };
    rows.push(row(first), { ...row(second), ratio });
  }
  return rows;
}

async function openRecorder(database: Database): Promise<Recorder> {
  if (database.kind === "memory") return memoryRecorder();
  return database.kind === "sqlite" ? sqliteRecorder(database) : postgresRecorder(database);
}

export const record: Suite = {
  name: "record",
  title: "The record of a long history",
  note: `A page of 20 KB with ${LONG.toLocaleString("en-GB")} versions beside one with ${SHORT}, read in a running application without a cache. The ratio compares the long one with the short one: 100 % means that the length of the history does not matter. The aim is that the long one takes at most twice as long. With edits anywhere, nearly every word of the long page has a version of its own, so that there is more to read.`,
  run: () =>
    inTemporaryFolder(async (folder) => {
      const server = await startPostgres();
      const databases: readonly (readonly [string, () => Promise<Database>])[] = [
        ["SQLite", async () => ({ kind: "sqlite", path: join(folder, `${randomUUID()}.db`) })],
        [
          "PostgreSQL",
          async () => ({ kind: "postgres", url: await server.createDatabase(), schema: "wiki" }),
        ],
      ];
      try {
        const rows: Measurement[] = [];
        for (const history of HISTORIES) {
          const [few, many] = [await makeHistory(history, SHORT), await makeHistory(history, LONG)];
          for (const [database, make] of databases) {
            const short = await setupOn(await make(), few);
            const long = await setupOn(await make(), many);
            rows.push(...(await measure(database, history, short, long)));
            for (const { views, content } of [short, long]) {
              await views.close();
              await content.close();
            }
          }
        }
        return rows;
      } finally {
        await server.stop();
      }
    }),
};
