// The projections in a thread of their own, which runs the built program.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asUser } from "@palimpsest/eventsourcing";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Config } from "../packages/wiki/src/config.ts";
import { createWiki, type Wiki } from "../packages/wiki/src/create-wiki.ts";
import { SYSTEM } from "../packages/wiki/src/domain/user.ts";
import { ProjectionThread } from "../packages/wiki/src/processes/projection-thread.ts";
import { searchPages } from "../packages/wiki/src/projections/search.ts";
import { configFrom } from "./config.ts";
import { dropSchemas, newSchema } from "./postgres-schemas.ts";

const CRASHING = new URL("fixtures/crashing-projections.mjs", import.meta.url);

let folder: string;
let wiki: Wiki | undefined;
const errors: string[] = [];
const schemas: ReturnType<typeof newSchema>[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "palimpsest-test-"));
});
afterEach(async () => {
  await wiki?.close();
  wiki = undefined;
  errors.length = 0;
  await dropSchemas(schemas.splice(0));
  await rm(folder, { recursive: true });
});

function configOn(database: "SQLite" | "PostgreSQL"): Config {
  const env = { PALIMPSEST_DATA_DIR: folder };
  if (database === "SQLite") return configFrom(env);
  const schema = newSchema();
  schemas.push(schema);
  return configFrom({
    ...env,
    PALIMPSEST_DATABASE_URL: schema.url,
    PALIMPSEST_DATABASE_SCHEMA: schema.schema,
  });
}

async function open(config: Config, program?: URL): Promise<Wiki> {
  const onError = (message: string) => void errors.push(message);
  const host = new ProjectionThread(config, program === undefined ? { onError } : { program, onError });
  wiki = await createWiki(config, host);
  return wiki;
}

async function addPage({ content }: Wiki, title: string, body: string): Promise<number> {
  return (await asUser(SYSTEM, () => content.addPage({ title, body }))).position;
}

function waitForViews({ views }: Wiki, position: number): Promise<void> {
  return views.runner.waitFor(undefined, position, { timeoutMs: 60_000 });
}

async function found({ views }: Wiki, word: string): Promise<readonly string[]> {
  return (await searchPages(views.search, word)).hits.map(({ page }) => page.slug);
}

it.each(["SQLite", "PostgreSQL"] as const)("updates and rebuilds the views on %s", async (database) => {
  const opened = await open(configOn(database));
  const { runner } = opened.views;
  await addPage(opened, "Before", "A quokka.");
  expect((await runner.status()).map(({ state }) => state)).toEqual(["idle", "idle", "idle"]);
  runner.start();
  await waitForViews(opened, await addPage(opened, "After", "A quokka, too."));
  expect(await found(opened, "quokka")).toEqual(["before", "after"]);
  const status = await runner.status();
  expect(status.map((view) => [view.name, view.runner, view.state, view.lag])).toEqual(
    ["search", "site", "recent_changes"].map((name) => [name, "here", "running", 0]),
  );
  await runner.rebuild("search");
  expect(await found(opened, "quokka")).toEqual(["before", "after"]);
  await runner.stop();
  expect((await runner.status()).map((view) => view.runner)).toEqual(["none", "none", "none"]);
  expect(errors).toEqual([]);
});

it("starts again after a crash, which status and metrics report", async () => {
  const opened = await open(configOn("SQLite"), CRASHING);
  const position = await addPage(opened, "Page", "A numbat.");
  opened.views.runner.start();
  await expect.poll(() => errors).toHaveLength(1);
  expect(errors[0]).toMatch(/^The thread of the projections ended: the first thread fails\. It starts again/);
  const [search] = await opened.views.runner.status();
  expect(search).toMatchObject({ state: "retrying", error: errors[0] });
  await waitForViews(opened, position);
  expect(await found(opened, "numbat")).toEqual(["page"]);
  expect((await opened.views.runner.status())[0]).toMatchObject({ state: "running", runner: "here" });
  expect(opened.projectionHost?.report.crashes).toBe(1);
});

it("stops while it waits to start again", async () => {
  const opened = await open(configOn("SQLite"), new URL("fixtures/missing.mjs", import.meta.url));
  opened.views.runner.start();
  await expect.poll(() => errors).not.toHaveLength(0);
  await opened.close();
  const count = errors.length;
  await opened.projectionHost?.stop();
  expect(errors).toHaveLength(count);
});

it("reports the event at which a view stops, and continues after a retry", async () => {
  const config = configOn("SQLite");
  const opened = await open(config);
  opened.views.runner.start();
  await waitForViews(opened, await addPage(opened, "First", "A dunnart."));
  const database = new Database(join(folder, "palimpsest-views.db"));
  const [table] = database
    .prepare(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'site\\_\\_pages%' ESCAPE '\\'",
    )
    .pluck()
    .all();
  const trigger = (sql: string) => database.exec(sql);
  trigger(
    `CREATE TRIGGER full BEFORE INSERT ON "${table}" BEGIN SELECT RAISE(ABORT, 'the disk is full'); END`,
  );
  const position = await addPage(opened, "Second", "A potoroo.");
  await expect(waitForViews(opened, position)).rejects.toThrow("It is stopped at");
  await expect.poll(() => errors).toHaveLength(1);
  expect(errors[0]).toContain('Projection "site": ');
  expect(errors[0]).toContain("the disk is full");
  trigger("DROP TRIGGER full");
  database.close();
  await opened.views.runner.retry("site");
  await waitForViews(opened, position);
});
