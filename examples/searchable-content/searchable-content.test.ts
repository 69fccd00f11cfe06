import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type SqlViewStore, ViewBehindError } from "@palimpsest/eventsourcing";
import { postgresViewStore } from "@palimpsest/eventsourcing/postgres";
import { sqliteViewStore } from "@palimpsest/eventsourcing/sqlite";
import { afterEach, expect, it } from "vitest";
import { dropSchemas, newSchema } from "../../test/postgres-schemas.ts";
import { onEachRecorder } from "../../test/recorders.ts";
import { ContentManagement } from "../content-management/application.ts";
import { Search } from "./search.ts";

const cleanUp: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});

async function sqliteViews(): Promise<SqlViewStore> {
  const folder = await mkdtemp(join(tmpdir(), "palimpsest-test-"));
  cleanUp.push(() => rm(folder, { recursive: true }));
  return sqliteViewStore({ path: join(folder, "views.db") });
}

async function postgresViews(): Promise<SqlViewStore> {
  const schema = newSchema();
  cleanUp.push(() => dropSchemas([schema]));
  return postgresViewStore(schema);
}

onEachRecorder("searchable content", (create, kind) => {
  const open = async ({ start = true } = {}) => {
    const recorder = await create();
    const pages = new ContentManagement({ recorder });
    const views = await (kind === "PostgreSQL" ? postgresViews() : sqliteViews());
    cleanUp.push(() => views.close());
    const search = new Search(pages, recorder, views);
    cleanUp.push(() => search.runner.stop());
    if (start) search.runner.start();
    const titles = async (query: string) =>
      (await search.find(query, { after: await pages.notificationLog.maxId() })).map(({ title }) => title);
    return { recorder, pages, views, search, titles };
  };

  it("finds pages by the words of their titles and bodies", async () => {
    const { pages, titles } = await open();
    for (const name of ["Cats", "Dogs", "Fish"]) await pages.createPage(name, name.toLowerCase());
    await pages.updateBody("cats", "A small animal.\nIt hunts MICE.");
    await pages.updateBody("dogs", "A large animal.");
    expect(await titles("animal")).toEqual(["Cats", "Dogs"]);
    expect(await titles("mice animal")).toEqual(["Cats"]);
    expect(await titles("fish")).toEqual(["Fish"]);
    expect(await titles("mammoth")).toEqual([]);
  });

  it("finds the current text and not the text before it", async () => {
    const { pages, search } = await open();
    await pages.createPage("Cats", "cats");
    const recordings = await pages.updateBody("cats", "They hunt mice.");
    const after = recordings.at(-1)?.notification.id ?? 0;
    expect(await search.find("mice", { after })).toMatchObject([{ slug: "cats", title: "Cats" }]);
    await pages.updateBody("cats", "They hunt rats.");
    await pages.updateSlug("cats", "felines");
    const last = (await pages.updateTitle("felines", "Felines")).at(-1)?.notification.id ?? 0;
    expect(await search.find("mice", { after: last })).toEqual([]);
    expect(await search.find("cats", { after: last })).toEqual([]);
    expect(await search.find("rats felines", { after: last })).toMatchObject([{ slug: "felines" }]);
  });

  it("finds nothing for a query without words, and treats no character as a pattern", async () => {
    const { pages, titles } = await open();
    await pages.createPage("Cats", "cats");
    for (const query of ["", "  ", "%", "_", "' OR 1=1 --", "c%", "ca_s"])
      expect(await titles(query)).toEqual([]);
  });

  it("includes pages created before the view, and finds the same after a rebuild", async () => {
    const { pages, search, titles } = await open({ start: false });
    await pages.createPage("Cats", "cats");
    await pages.updateBody("cats", "They hunt mice.");
    search.runner.start();
    expect(await titles("mice")).toEqual(["Cats"]);
    await search.runner.rebuild("search");
    expect(await titles("mice")).toEqual(["Cats"]);
  });

  it("rejects with ViewBehindError if no runner updates the view", async () => {
    const { recorder, pages, views, search } = await open();
    await pages.createPage("Cats", "cats");
    await search.find("cats", { after: await pages.notificationLog.maxId() });
    await search.runner.stop();
    const other = new Search(pages, recorder, views);
    expect(await other.find("cats")).toHaveLength(1);
    await expect(other.runner.waitFor(["search"], 1_000, { timeoutMs: 1 })).rejects.toThrow(ViewBehindError);
  });
});
