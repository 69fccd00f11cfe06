import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type AnyProjection,
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
import { ContentManagement } from "../packages/wiki/src/application/content-management.ts";
import { SYSTEM } from "../packages/wiki/src/domain/user.ts";
import * as memoryChanges from "../packages/wiki/src/projections/memory/recent-changes.ts";
import * as memorySearch from "../packages/wiki/src/projections/memory/search.ts";
import * as memorySite from "../packages/wiki/src/projections/memory/site.ts";
import { PageSections } from "../packages/wiki/src/projections/page-sections.ts";
import * as postgresChanges from "../packages/wiki/src/projections/postgres/recent-changes.ts";
import * as postgresSearch from "../packages/wiki/src/projections/postgres/search.ts";
import * as postgresSite from "../packages/wiki/src/projections/postgres/site.ts";
import type { RecentChangesView } from "../packages/wiki/src/projections/recent-changes.ts";
import type { SearchIndex } from "../packages/wiki/src/projections/search.ts";
import type { SiteView } from "../packages/wiki/src/projections/site.ts";
import * as sqliteChanges from "../packages/wiki/src/projections/sqlite/recent-changes.ts";
import * as sqliteSearch from "../packages/wiki/src/projections/sqlite/search.ts";
import * as sqliteSite from "../packages/wiki/src/projections/sqlite/site.ts";
import { dropSchemas, newSchema } from "./postgres-schemas.ts";

/** A wiki in memory, whose views are on one of the backends. */
export interface WikiWithViews {
  readonly wiki: ContentManagement;
  readonly search: SearchIndex;
  readonly site: SiteView;
  readonly recentChanges: RecentChangesView;
  /** Runs commands as the system, one after another, and resolves when the views have followed. */
  written<T>(commands: () => Promise<T>): Promise<T>;
  /** Builds every view again. */
  rebuild(): Promise<void>;
  /** All rows of the views but the words of the present, in an order of their own. */
  rows(): Promise<readonly string[]>;
}

/** What is kept of the past, by view and table. */
const KEPT = [
  ["site", "pages"],
  ["site", "slugs"],
  ["site", "links"],
  ["site", "archived"],
  ["recent_changes", "changes"],
  ["recent_changes", "pages"],
  ["search", "former_words"],
] as const;

/** Pages have numbers in the search of SQLite, in the order of their coming, which sections decide. */
const FORMER_WORDS_BY_ID = (table: TableName) =>
  `SELECT word, page_id FROM ${table("former_words")} JOIN ${table("pages")} USING (number)`;

async function sqlRows(
  store: SqlViewStore,
  formerWords?: typeof FORMER_WORDS_BY_ID,
): Promise<readonly string[]> {
  const rows = KEPT.map(async ([view, name]) => {
    const query = name === "former_words" ? formerWords : undefined;
    const read = await store.read(view, (table) => ({
      sql: query?.(table) ?? `SELECT * FROM ${table(name)}`,
    }));
    return read.map((row) => `${view}.${name} ${JSON.stringify(row)}`);
  });
  return (await Promise.all(rows)).flat().sort();
}

async function memoryRows(store: MemoryViewStore): Promise<readonly string[]> {
  const rows = KEPT.map(([view, name]) =>
    store.read(view, (tables) =>
      [...tables(name)].map((row) => `${view}.${name} ${JSON.stringify(sorted(row))}`),
    ),
  );
  return (await Promise.all(rows)).flatMap((found) => found ?? []).sort();
}

/** Words of a page have no order. */
function sorted([key, row]: readonly [string, unknown]): unknown {
  const words = (row as { readonly words?: readonly string[] }).words;
  return [key, words === undefined ? row : [...words].sort()];
}

/** Runs `tests` once for each backend of views; `open` gives an empty wiki, closed when the test has ended. */
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
    return openWiki(closing, store, (sections) => ({
      projections: [
        memorySearch.searchProjection(sections),
        memorySite.siteProjection(sections),
        memoryChanges.recentChangesProjection(),
      ],
      search: memorySearch.searchIndex(store),
      site: memorySite.siteView(store),
      recentChanges: memoryChanges.recentChangesView(store),
      rows: () => memoryRows(store),
    }));
  },
  SQLite: async (closing) => {
    const folder = await mkdtemp(join(tmpdir(), "palimpsest-views-"));
    closing.push(() => rm(folder, { recursive: true }));
    const store = await sqliteViewStore({ path: join(folder, "views.db") });
    return openWiki(closing, store, (sections) => ({
      projections: [
        sqliteSearch.searchProjection(sections),
        sqliteSite.siteProjection(sections),
        sqliteChanges.recentChangesProjection(),
      ],
      search: sqliteSearch.searchIndex(store),
      site: sqliteSite.siteView(store),
      recentChanges: sqliteChanges.recentChangesView(store),
      rows: () => sqlRows(store, FORMER_WORDS_BY_ID),
    }));
  },
  PostgreSQL: async (closing) => {
    const schema = newSchema();
    closing.push(() => dropSchemas([schema]));
    const store = await postgresViewStore(schema);
    return openWiki(closing, store, (sections) => ({
      projections: [
        postgresSearch.searchProjection(sections),
        postgresSite.siteProjection(sections),
        postgresChanges.recentChangesProjection(),
      ],
      search: postgresSearch.searchIndex(store),
      site: postgresSite.siteView(store),
      recentChanges: postgresChanges.recentChangesView(store),
      rows: () => sqlRows(store),
    }));
  },
};

interface Views<Change> extends Pick<WikiWithViews, "search" | "site" | "recentChanges" | "rows"> {
  readonly projections: readonly AnyProjection<Change>[];
}

async function openWiki<Change>(
  closing: Closing,
  store: ViewStore<Change>,
  viewsOf: (sections: PageSections) => Views<Change>,
): Promise<WikiWithViews> {
  const recorder = memoryRecorder();
  const wiki = new ContentManagement({ recorder });
  const { projections, ...views } = viewsOf(new PageSections((id, version) => wiki.getPageById(id, version)));
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
    written: async (commands) => {
      const result = await asUser(SYSTEM, commands);
      await runner.waitFor(undefined, await wiki.position(), { timeoutMs: 20_000 });
      return result;
    },
    rebuild: async () => {
      for (const { name } of projections) await runner.rebuild(name);
    },
  };
}
