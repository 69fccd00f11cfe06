import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  asUser,
  ProjectionRunner,
  type SqlViewStore,
  type TableName,
  type ViewStore,
} from "@palimpsest/eventsourcing";
import { type MemoryViewStore, memoryRecorder, memoryViewStore } from "@palimpsest/eventsourcing/memory";
import { postgresViewStore } from "@palimpsest/eventsourcing/postgres";
import { sqliteViewStore } from "@palimpsest/eventsourcing/sqlite";
import { afterEach, describe } from "vitest";
import type { ContentManagement } from "../packages/wiki/src/application/content-management.ts";
import { SYSTEM } from "../packages/wiki/src/domain/user.ts";
import { memoryViews } from "../packages/wiki/src/projections/memory/views.ts";
import { PageBatches } from "../packages/wiki/src/projections/page-batches.ts";
import { PageReader } from "../packages/wiki/src/projections/page-reader.ts";
import type { ProjectedViews } from "../packages/wiki/src/projections/projected-views.ts";
import { postgresViews, sqliteViews } from "../packages/wiki/src/projections/sql/views.ts";
import { contentWithFiles } from "./memory-files.ts";
import { dropSchemas, newSchema } from "./postgres-schemas.ts";

/** A wiki in memory with views on one backend. */
export interface WikiWithViews extends Omit<ProjectedViews<never>, "projections"> {
  readonly wiki: ContentManagement;
  /** Runs commands as the system. Resolves when the views have processed their events. */
  written<T>(commands: () => Promise<T>): Promise<T>;
  /** Rebuilds every view. */
  rebuild(): Promise<void>;
  /** Resolves to the rows of `HISTORY_TABLES`, sorted. */
  rows(): Promise<readonly string[]>;
}

/** Views and their tables that keep earlier states. In memory, orphans and wanted pages are computed when read. */
const HISTORY_TABLES = [
  ["site", "pages"],
  ["site", "slugs"],
  ["site", "links"],
  ["site", "archived"],
  ["recent_changes", "changes"],
  ["recent_changes", "pages"],
  ["search", "former_words"],
] as const;

const SQL_HISTORY_TABLES = [...HISTORY_TABLES, ["site", "orphans"], ["site", "wanted"]] as const;

// SQLite numbers pages in the order of insertion, which depends on the batches.
const FORMER_WORDS_BY_ID = (table: TableName) =>
  `SELECT word, page_id FROM ${table("former_words")} JOIN ${table("pages")} USING (number)`;

async function sqlRows(
  store: SqlViewStore,
  formerWords?: typeof FORMER_WORDS_BY_ID,
): Promise<readonly string[]> {
  const rows = SQL_HISTORY_TABLES.map(async ([view, name]) => {
    const query = name === "former_words" ? formerWords : undefined;
    const read = await store.read(view, (table) => ({
      sql: query?.(table) ?? `SELECT * FROM ${table(name)}`,
    }));
    return read.map((row) => `${view}.${name} ${JSON.stringify(row)}`);
  });
  return (await Promise.all(rows)).flat().sort();
}

async function memoryRows(store: MemoryViewStore): Promise<readonly string[]> {
  const rows = HISTORY_TABLES.map(([view, name]) =>
    store.read(view, (tables) =>
      [...tables(name)].map((row) => `${view}.${name} ${JSON.stringify(sorted(row))}`),
    ),
  );
  return (await Promise.all(rows)).flatMap((found) => found ?? []).sort();
}

/** Sorts the words of a page. */
function sorted([key, row]: readonly [string, unknown]): unknown {
  const words = (row as { readonly words?: readonly string[] }).words;
  return [key, words === undefined ? row : [...words].sort()];
}

/** Runs `tests` on each backend. `open` resolves to an empty wiki, which is closed when the test ends. */
export function onEachViewStore(name: string, tests: (open: () => Promise<WikiWithViews>) => void): void {
  for (const [kind, openBackend] of Object.entries(BACKENDS)) {
    describe(`${name}, on ${kind}`, () => {
      const closing: (() => Promise<unknown>)[] = [];
      afterEach(async () => {
        for (const close of closing.splice(0).reverse()) await close();
      });
      tests(() => openBackend(closing));
    });
  }
}

type Closing = (() => Promise<unknown>)[];

const BACKENDS: Record<string, (closing: Closing) => Promise<WikiWithViews>> = {
  memory: (closing) => {
    const store = memoryViewStore();
    return openWiki(
      closing,
      store,
      (batches) => memoryViews(store, batches),
      () => memoryRows(store),
    );
  },
  SQLite: async (closing) => {
    const folder = await mkdtemp(join(tmpdir(), "palimpsest-views-"));
    closing.push(() => rm(folder, { recursive: true }));
    const store = await sqliteViewStore({ path: join(folder, "views.db") });
    const rows = () => sqlRows(store, FORMER_WORDS_BY_ID);
    return openWiki(closing, store, (batches) => sqliteViews(store, batches), rows);
  },
  PostgreSQL: async (closing) => {
    const schema = newSchema();
    closing.push(() => dropSchemas([schema]));
    const store = await postgresViewStore(schema);
    return openWiki(
      closing,
      store,
      (batches) => postgresViews(store, batches),
      () => sqlRows(store),
    );
  },
};

/** Returns batches of pages that are computed in this thread. */
function batchesOf(wiki: ContentManagement): PageBatches {
  const load = (id: string, version: number) => wiki.getPageById(id, version);
  return new PageBatches(new PageReader(load, undefined, 1_000_000), 20_000_000);
}

async function openWiki<Change>(
  closing: Closing,
  store: ViewStore<Change>,
  viewsOf: (batches: PageBatches) => ProjectedViews<Change>,
  rows: WikiWithViews["rows"],
): Promise<WikiWithViews> {
  const recorder = memoryRecorder();
  const wiki = await contentWithFiles({ recorder });
  const { projections, ...views } = viewsOf(batchesOf(wiki));
  const runner = new ProjectionRunner({ recorder, mapper: wiki.mapper, store, projections });
  runner.start();
  closing.push(
    () => recorder.close(),
    () => store.close(),
    () => runner.stop(),
  );
  return {
    wiki,
    ...views,
    rows,
    written: async (commands) => {
      const result = await asUser(SYSTEM, commands);
      await runner.waitFor(undefined, await wiki.position(), { timeoutMs: 20_000 });
      return result;
    },
    rebuild: async () => {
      await Promise.all(projections.map(({ name }) => runner.rebuild(name)));
    },
  };
}
