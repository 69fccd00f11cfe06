// Pages of large batches, computed in threads that run the built program.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asUser } from "@palimpsest/eventsourcing";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { ContentManagement } from "../packages/wiki/src/application/content-management.ts";
import type { Config } from "../packages/wiki/src/config.ts";
import { SYSTEM } from "../packages/wiki/src/domain/user.ts";
import { openContent } from "../packages/wiki/src/open-content.ts";
import { PageReaderThreads } from "../packages/wiki/src/processes/page-reader-threads.ts";
import { PAGE_EVENTS, type ProjectedPageEvent } from "../packages/wiki/src/projections/page-events.ts";
import { PageReader } from "../packages/wiki/src/projections/page-reader.ts";
import { configFrom } from "./config.ts";
import { dropSchemas, newSchema } from "./postgres-schemas.ts";

const UNLIMITED = Number.MAX_SAFE_INTEGER;

let folder: string;
const closing: (() => Promise<void>)[] = [];
const schemas: ReturnType<typeof newSchema>[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "palimpsest-test-"));
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await dropSchemas(schemas.splice(0));
  await rm(folder, { recursive: true });
});

async function open(
  database: "SQLite" | "PostgreSQL",
): Promise<{ config: Config; content: ContentManagement }> {
  const env: Record<string, string> = { PALIMPSEST_DATA_DIR: folder };
  if (database === "PostgreSQL") {
    const schema = newSchema();
    schemas.push(schema);
    env.PALIMPSEST_DATABASE_URL = schema.url;
    env.PALIMPSEST_DATABASE_SCHEMA = schema.schema;
  }
  const config = configFrom(env);
  const { content } = await openContent(config);
  closing.push(() => content.close());
  return { config, content };
}

/** Creates pages, and edits, renames, archives and unarchives random ones. */
async function writeRandomHistory(content: ContentManagement, commands: number): Promise<void> {
  const random = (below: number) => Math.floor(Math.random() * below);
  const words = (count: number) => Array.from({ length: count }, () => `word${random(200)}`).join(" ");
  const body = () =>
    `# ${words(2)}\n\n${words(30)}\n\n- [[page ${random(40)}]]\n- [next](../page-${random(40)})\n`;
  const ids: string[] = [];
  const change = async (id: string, number: number): Promise<void> => {
    const { archived } = await content.getPageById(id);
    if (archived) await content.unarchivePage(id, { slug: `back-${number}` });
    else if (random(8) === 0) await content.archivePage(id);
    else if (random(4) === 0) await content.editPage(id, { slug: `folder-${random(3)}/moved-${number}` });
    else await content.editPage(id, { title: words(3), body: body() });
  };
  await asUser(SYSTEM, async () => {
    for (let number = 0; number < commands; number += 1) {
      const id = number % 5 === 0 ? undefined : ids[random(ids.length)];
      if (id !== undefined) await change(id, number);
      else
        ids.push((await content.addPage({ title: words(2), slug: `page-${number}`, body: body() })).page.id);
    }
  });
}

async function eventsOf(content: ContentManagement): Promise<readonly ProjectedPageEvent[]> {
  const topics = PAGE_EVENTS.map(({ topic }) => topic);
  const found = await content.notificationLog.select({ start: 1, limit: 10_000, topics });
  return found.map((notification) => ({
    ...content.mapper.toDomainEvent(notification),
    notificationId: notification.id,
    recordedAt: notification.recordedAt,
  })) as unknown as readonly ProjectedPageEvent[];
}

function readersOf(config: Config, content: ContentManagement, program?: URL) {
  const local = () =>
    new PageReader((id, version) => content.getPageById(id, version), config.publicOrigin, 1_000_000);
  const options = { config, cachedUnits: 100_000, count: 3, local: local() };
  const threads = new PageReaderThreads(program === undefined ? options : { ...options, program });
  closing.push(() => threads.close());
  return { threads, local: local() };
}

it.each(["SQLite", "PostgreSQL"] as const)("compute the same pages as one thread on %s", async (database) => {
  const { config, content } = await open(database);
  await writeRandomHistory(content, 400);
  const events = await eventsOf(content);
  const { threads, local } = readersOf(config, content);
  // The first events, and a batch that continues pages of an earlier one.
  for (const batch of [events, events.slice(100), events.slice(-250), events.slice(0, 300)]) {
    const maxUnits = Math.floor(Math.random() * 100_000);
    expect(await threads.sizes(batch, UNLIMITED)).toEqual(await local.sizes(batch, UNLIMITED));
    expect(await threads.sizes(batch, maxUnits)).toEqual(await local.sizes(batch, maxUnits));
    expect(await threads.read(batch)).toEqual(await local.read(batch));
  }
});

it("page reader threads throw the error of an event with its class", async () => {
  const { config, content } = await open("SQLite");
  await writeRandomHistory(content, 250);
  const events = await eventsOf(content);
  const { threads } = readersOf(config, content);
  // Without its first event, the first page would begin with an edit of version 1.
  const [first, ...others] = events;
  const broken = { ...(first as ProjectedPageEvent), type: "Page.Archived" } as ProjectedPageEvent;
  await expect(threads.read([broken, ...others])).rejects.toThrow(TypeError);
  expect(await threads.read(events)).toHaveLength(new Set(events.map((event) => event.originatorId)).size);
});

it("page reader threads that cannot start are replaced by the calling thread", async () => {
  const { config, content } = await open("SQLite");
  await writeRandomHistory(content, 250);
  const events = await eventsOf(content);
  const { threads, local } = readersOf(config, content, new URL("fixtures/missing.mjs", import.meta.url));
  expect(await threads.sizes(events, UNLIMITED)).toEqual(await local.sizes(events, UNLIMITED));
  expect(await threads.read(events)).toEqual(await local.read(events));
});
