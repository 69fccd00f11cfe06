import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AnyProjection, asUser, ProjectionRunner, type ViewStore } from "@palimpsest/eventsourcing";
import { memoryRecorder, memoryViewStore } from "@palimpsest/eventsourcing/memory";
import { postgresViewStore } from "@palimpsest/eventsourcing/postgres";
import { sqliteViewStore } from "@palimpsest/eventsourcing/sqlite";
import { afterEach, describe } from "vitest";
import { ContentManagement } from "../packages/wiki/src/application/content-management.ts";
import { SYSTEM } from "../packages/wiki/src/domain/user.ts";
import type { LinksView } from "../packages/wiki/src/projections/links.ts";
import * as memoryLinks from "../packages/wiki/src/projections/memory/links.ts";
import * as memoryChanges from "../packages/wiki/src/projections/memory/recent-changes.ts";
import * as memorySearch from "../packages/wiki/src/projections/memory/search.ts";
import type { LoadPage } from "../packages/wiki/src/projections/page-events.ts";
import * as postgresLinks from "../packages/wiki/src/projections/postgres/links.ts";
import * as postgresChanges from "../packages/wiki/src/projections/postgres/recent-changes.ts";
import * as postgresSearch from "../packages/wiki/src/projections/postgres/search.ts";
import type { RecentChangesView } from "../packages/wiki/src/projections/recent-changes.ts";
import type { SearchIndex } from "../packages/wiki/src/projections/search.ts";
import * as sqliteLinks from "../packages/wiki/src/projections/sqlite/links.ts";
import * as sqliteChanges from "../packages/wiki/src/projections/sqlite/recent-changes.ts";
import * as sqliteSearch from "../packages/wiki/src/projections/sqlite/search.ts";
import { dropSchemas, newSchema } from "./postgres-schemas.ts";

/** A wiki in memory, whose views are on one of the backends. */
export interface WikiWithViews {
  readonly wiki: ContentManagement;
  readonly search: SearchIndex;
  readonly links: LinksView;
  readonly recentChanges: RecentChangesView;
  /** Runs commands as the system, one after another, and resolves when the views have followed. */
  written<T>(commands: () => Promise<T>): Promise<T>;
  /** From now on the page is not to be shown; the views hear of it with its next event. */
  hide(pageId: string): void;
  /** Builds every view again. */
  rebuild(): Promise<void>;
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
    return openWiki(closing, store, (loadPage) => ({
      projections: [
        memorySearch.searchProjection(loadPage),
        memoryLinks.linksProjection(loadPage),
        memoryChanges.recentChangesProjection(),
      ],
      search: memorySearch.searchIndex(store),
      links: memoryLinks.linksView(store),
      recentChanges: memoryChanges.recentChangesView(store),
    }));
  },
  SQLite: async (closing) => {
    const folder = await mkdtemp(join(tmpdir(), "palimpsest-views-"));
    closing.push(() => rm(folder, { recursive: true }));
    const store = await sqliteViewStore({ path: join(folder, "views.db") });
    return openWiki(closing, store, (loadPage) => ({
      projections: [
        sqliteSearch.searchProjection(loadPage),
        sqliteLinks.linksProjection(loadPage),
        sqliteChanges.recentChangesProjection(),
      ],
      search: sqliteSearch.searchIndex(store),
      links: sqliteLinks.linksView(store),
      recentChanges: sqliteChanges.recentChangesView(store),
    }));
  },
  PostgreSQL: async (closing) => {
    const schema = newSchema();
    closing.push(() => dropSchemas([schema]));
    const store = await postgresViewStore(schema);
    return openWiki(closing, store, (loadPage) => ({
      projections: [
        postgresSearch.searchProjection(loadPage),
        postgresLinks.linksProjection(loadPage),
        postgresChanges.recentChangesProjection(),
      ],
      search: postgresSearch.searchIndex(store),
      links: postgresLinks.linksView(store),
      recentChanges: postgresChanges.recentChangesView(store),
    }));
  },
};

interface Views<Change> extends Pick<WikiWithViews, "search" | "links" | "recentChanges"> {
  readonly projections: readonly AnyProjection<Change>[];
}

async function openWiki<Change>(
  closing: Closing,
  store: ViewStore<Change>,
  viewsOf: (loadPage: LoadPage) => Views<Change>,
): Promise<WikiWithViews> {
  const recorder = memoryRecorder();
  const wiki = new ContentManagement({ recorder });
  const hidden = new Set<string>();
  const { projections, ...views } = viewsOf(async (id) =>
    hidden.has(id) ? undefined : wiki.getPageById(id),
  );
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
    hide: (pageId) => hidden.add(pageId),
    rebuild: async () => {
      for (const { name } of projections) await runner.rebuild(name);
    },
  };
}
