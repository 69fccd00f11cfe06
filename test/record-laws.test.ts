/** Property tests of the record: laws that hold for any commands on any texts. */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DomainEvent, Notification } from "@palimpsest/eventsourcing";
import { memoryRecorder } from "@palimpsest/eventsourcing/memory";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ContentManagement } from "../packages/wiki/src/application/content-management.ts";
import { PageNotFoundError } from "../packages/wiki/src/application/errors.ts";
import type { PageDetails } from "../packages/wiki/src/application/pages.ts";
import { READ_WAIT_MS } from "../packages/wiki/src/application/views.ts";
import { currentWiki, type WikiReader, wikiAt } from "../packages/wiki/src/application/wiki-reading.ts";
import type { Database } from "../packages/wiki/src/config.ts";
import { applyDiff, type BodyDiff } from "../packages/wiki/src/content/diff.ts";
import { canonicalSlug } from "../packages/wiki/src/content/slug.ts";
import { titleKey } from "../packages/wiki/src/content/title-key.ts";
import { openViews } from "../packages/wiki/src/open-views.ts";
import {
  type CommandRun,
  commandsUpTo,
  runCommands,
  SLUGS,
  TITLES,
  WORDS,
} from "./fixtures/wiki-commands.ts";
import { dropSchemas, newSchema } from "./postgres-schemas.ts";

/** The fields of page events that change the body. */
interface BodyData {
  readonly body?: string;
  readonly diff?: BodyDiff;
}

/** Returns the body after each event of a page, computed from the events alone. */
function bodiesAfter(events: readonly DomainEvent[]): readonly string[] {
  let text = "";
  return events.map(({ data }) => {
    const { body, diff } = data as BodyData;
    text = body ?? (diff === undefined ? text : applyDiff(text, diff));
    return text;
  });
}

/** Returns the text that an event inserted into the body. */
function insertedText({ data }: DomainEvent): string {
  const { body = "", diff } = data as BodyData;
  return body + (diff?.hunks ?? []).map(([, , inserted]) => inserted).join("");
}

/** Returns the number of subsequences of `inserted` that `text` is a concatenation of. */
function subsequencesOf(inserted: string, text: string): number {
  let subsequences = 1;
  let next = 0;
  for (const unit of text.split("")) {
    let found = inserted.indexOf(unit, next);
    if (found < 0) {
      subsequences += 1;
      found = inserted.indexOf(unit);
    }
    if (found < 0) return Number.POSITIVE_INFINITY;
    next = found + 1;
  }
  return subsequences;
}

/**
 * Returns the maximum of these subsequences. The text of a version keeps its order, but each restore or undo may insert
 * parts of it before and after the parts that remained.
 */
function maxSubsequences(events: readonly DomainEvent[]): number {
  return 1 + 2 * events.filter(({ type }) => type === "Page.Restored" || type === "Page.Undone").length;
}

async function checkVersions(content: ContentManagement, id: string): Promise<void> {
  const events = await content.events.get(id);
  for (const [index, body] of bodiesAfter(events).entries()) {
    const version = index + 1;
    expect((await content.getPageById(id, version)).body).toBe(body);
    const authored = await content.record.authorship(id, version);
    expect(authored.version).toBe(version);
    expect(authored.runs.map(({ text }) => text).join("")).toBe(body);
    for (const { text, version: by } of authored.runs) {
      expect(text).not.toBe("");
      expect(by).toBeLessThanOrEqual(version);
      const event = events[by - 1];
      const subsequences =
        event === undefined ? Number.POSITIVE_INFINITY : subsequencesOf(insertedText(event), text);
      expect(subsequences, `${text} by ${by}`).toBeLessThanOrEqual(maxSubsequences(events.slice(0, version)));
    }
  }
}

/** Checks that the record still has the results of all commands. */
async function checkResults(content: ContentManagement, runs: readonly CommandRun[]): Promise<void> {
  for (const { command, before, result } of runs) {
    const { page } = result;
    expect(await content.getPageById(page.id, page.version)).toEqual(page);
    if (command.kind === "restore" && command.behind === 0 && before !== undefined) {
      const earlier = await content.getPageById(page.id, 1 + (command.version % before.version));
      expect([page.title, page.body]).toEqual([earlier.title, earlier.body]);
      expect(page.slug).toBe(before.slug);
    }
    if (command.kind === "undo" && command.back === 0 && before !== undefined) {
      const edit = await content.record.versionsOfSave(page.id, before.version);
      const { title, slug, body } = await content.getPageById(page.id, (edit?.first ?? 0) - 1);
      expect(page).toMatchObject({ title, slug, body });
    }
  }
}

const pageIdsOf = (runs: readonly CommandRun[]) => [...new Set(runs.map(({ result }) => result.page.id))];

it("has the versions that its events produce, and attributes text to the versions that inserted it", async () => {
  await fc.assert(
    fc.asyncProperty(commandsUpTo(25), async (commands) => {
      const content = new ContentManagement();
      const runs = await runCommands(content, commands);
      for (const id of pageIdsOf(runs)) await checkVersions(content, id);
      await checkResults(content, runs);
    }),
    { numRuns: 100 },
  );
});

/** Words of the texts, as phrases, prefixes, excluded and combined. */
const QUERIES: readonly string[] = [
  ...WORDS,
  ...WORDS.map((word) => `"${word} cat"`),
  ...["ca", "cat", "do", "Stra", "nai", "東", "no", "x", "1", "th"],
  ...[
    "cat -dog",
    "dog -cat",
    '-"cat dog" catalogue',
    "cat OR 東京",
    "naive Straße OR dog",
    "cat dog",
    '"the dog',
  ],
  ...["übung", "猫", "b", "script", "", "-cat", '"'],
];

/** Opens a separate wiki with its views. */
async function openWiki(database: Database, now?: () => Date) {
  const recorder = memoryRecorder(now === undefined ? {} : { clock: { now, onWarning: () => {} } });
  const content = new ContentManagement({ recorder });
  const views = await openViews(database, recorder, content);
  views.runner.start();
  const close = async () => {
    await views.close();
    await content.close();
  };
  return { recorder, content, views, close };
}

async function allOf<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function pageOf(reading: WikiReader, id: string): Promise<PageDetails | undefined> {
  try {
    return await reading.page(id);
  } catch (error) {
    if (error instanceof PageNotFoundError) return undefined;
    throw error;
  }
}

/** Reads everything from a wiki. Sorts search results, because searches of earlier dates have no rank. */
async function readEverything(reading: WikiReader, ids: readonly string[]) {
  const slugs = SLUGS.map(canonicalSlug);
  const range = { limit: 1_000 };
  const search = async (query: string) => {
    const { hits, total } = await reading.search(query, range);
    return [query, total, ...hits.map(({ page }) => `${page.id} ${page.slug} ${page.title}`).sort()];
  };
  const each = <In, Out>(items: readonly In[], read: (item: In) => Promise<Out>) =>
    Promise.all(items.map(read));
  const results: Awaited<ReturnType<typeof search>>[] = [];
  // One by one, because the concurrent searches of earlier dates are limited.
  for (const query of QUERIES) results.push(await search(query));
  return {
    slugs: await each(slugs, (slug) => reading.resolveSlug(slug)),
    slugHolders: await reading.slugHolders(slugs),
    slugHoldersInRecord: await reading.slugHoldersInRecord(slugs),
    titleHolders: await reading.titleHolders(TITLES.map(titleKey)),
    titled: await each(TITLES, (title) => reading.pagesTitled(titleKey(title))),
    pages: await each(ids, (id) => pageOf(reading, id)),
    list: await allOf(reading.pages({})),
    lastTwo: await allOf(reading.pages({ desc: true, limit: 2 })),
    backlinks: await each(ids, (id) => reading.backlinks(id, range)),
    wanted: await reading.wantedPages(range),
    orphans: await reading.orphans(range),
    results,
  };
}

/** Returns the notifications of each save, in order. */
function savesOf(notifications: readonly Notification[]): readonly (readonly Notification[])[] {
  const saves = new Map<number, Notification[]>();
  for (const notification of notifications) {
    const instant = notification.recordedAt.getTime();
    saves.set(instant, [...(saves.get(instant) ?? []), notification]);
  }
  return [...saves.values()];
}

/** Returns a clock that advances by a second per save. */
function ticking(): () => Date {
  let now = 1_600_000_000_000;
  return () => {
    now += 1_000;
    return new Date(now);
  };
}

/** Copies a wiki into another, save by save, and compares each state with the first wiki as of that instant. */
async function checkEachInstant(commands: Parameters<typeof runCommands>[1], open: () => Promise<Database>) {
  const whole = await openWiki(await open(), ticking());
  let instant = new Date(0);
  const copy = await openWiki(await open(), () => instant);
  try {
    const ids = pageIdsOf(await runCommands(whole.content, commands));
    const all = await whole.recorder.selectNotifications({ start: 1, limit: 10_000 });
    await whole.views.runner.waitFor(undefined, all.length, { timeoutMs: READ_WAIT_MS });
    expect(await readEverything(await wikiAt(whole.content, whole.views, new Date(0)), ids)).toEqual(
      await readEverything(currentWiki(copy.content, copy.views), ids),
    );
    for (const save of savesOf(all)) {
      const last = save.at(-1);
      if (last === undefined) continue;
      instant = last.recordedAt;
      await copy.recorder.insertEvents(save);
      await copy.views.runner.waitFor(undefined, last.id, { timeoutMs: READ_WAIT_MS });
      const earlier = await wikiAt(whole.content, whole.views, last.recordedAt);
      expect(earlier.at).toBe(last.id);
      expect(await readEverything(earlier, ids)).toEqual(
        await readEverything(currentWiki(copy.content, copy.views), ids),
      );
    }
  } finally {
    await whole.close();
    await copy.close();
  }
}

describe("the wiki as of an instant equals a wiki that has only the events up to then", () => {
  const check = (numRuns: number, maxLength: number, open: () => Promise<Database>) =>
    fc.assert(
      fc.asyncProperty(commandsUpTo(maxLength), (commands) => checkEachInstant(commands, open)),
      { numRuns },
    );

  it("with its views in memory", () => check(15, 12, async () => ({ kind: "memory" })));

  it("with its views on SQLite", async () => {
    const folder = await mkdtemp(join(tmpdir(), "palimpsest-laws-"));
    const path = () => join(folder, `${randomUUID()}.db`);
    try {
      await check(4, 10, async () => ({ kind: "sqlite", path: path() }));
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("with its views on PostgreSQL", async () => {
    const schemas: { readonly url: string; readonly schema: string }[] = [];
    try {
      await check(2, 8, async () => {
        const { url, schema } = newSchema();
        schemas.push({ url, schema: `${schema}_views` });
        return { kind: "postgres", url, schema };
      });
    } finally {
      await dropSchemas(schemas);
    }
  });
});
