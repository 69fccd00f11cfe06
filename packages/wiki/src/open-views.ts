import { dirname, join, parse } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import {
  type AnyProjection,
  ProjectionRunner,
  type Recorder,
  type ViewStore,
} from "@palimpsest/eventsourcing";
import type { ContentManagement } from "./application/content-management.ts";
import type { Views } from "./application/views.ts";
import type { Database } from "./config.ts";
import { PageSections } from "./projections/page-sections.ts";
import type { RecentChangesView } from "./projections/recent-changes.ts";
import type { SearchIndex } from "./projections/search.ts";
import type { SiteView } from "./projections/site.ts";

/** What each backend has for the wiki's views, under the same names. */
interface Backend<Store, Change> {
  readonly store: Store;
  readonly search: {
    searchProjection(sections: PageSections): AnyProjection<Change>;
    searchIndex(store: Store): SearchIndex;
  };
  readonly site: {
    siteProjection(sections: PageSections): AnyProjection<Change>;
    siteView(store: Store): SiteView;
  };
  readonly changes: {
    recentChangesProjection(): AnyProjection<Change>;
    recentChangesView(store: Store): RecentChangesView;
  };
}

/**
 * Opens the views of a wiki where its database is; their files and drivers are loaded only when they are used. Absolute
 * addresses of `origin` are links within the wiki.
 */
export async function openViews(
  database: Database,
  recorder: Recorder,
  content: ContentManagement,
  origin?: string,
): Promise<Views> {
  const sections = new PageSections((pageId, version) => content.getPageById(pageId, version), origin);
  switch (database.kind) {
    case "memory": {
      const { memoryViewStore } = await import("@palimpsest/eventsourcing/memory");
      return viewsOn(recorder, content, sections, {
        store: memoryViewStore(),
        search: await import("./projections/memory/search.ts"),
        site: await import("./projections/memory/site.ts"),
        changes: await import("./projections/memory/recent-changes.ts"),
      });
    }
    case "sqlite": {
      const { sqliteViewStore } = await import("@palimpsest/eventsourcing/sqlite");
      return viewsOn(recorder, content, sections, {
        store: await sqliteViewStore({ path: viewsPath(database.path) }),
        search: await import("./projections/sqlite/search.ts"),
        site: await import("./projections/sqlite/site.ts"),
        changes: await import("./projections/sqlite/recent-changes.ts"),
      });
    }
    case "postgres": {
      const { postgresViewStore } = await import("@palimpsest/eventsourcing/postgres");
      return viewsOn(recorder, content, sections, {
        store: await postgresViewStore({ url: database.url, schema: `${database.schema}_views` }),
        search: await import("./projections/postgres/search.ts"),
        site: await import("./projections/postgres/site.ts"),
        changes: await import("./projections/postgres/recent-changes.ts"),
      });
    }
  }
}

function viewsOn<Store extends ViewStore<Change>, Change>(
  recorder: Recorder,
  content: ContentManagement,
  sections: PageSections,
  { store, search, site, changes }: Backend<Store, Change>,
): Views {
  const projections = [
    search.searchProjection(sections),
    site.siteProjection(sections),
    changes.recentChangesProjection(),
  ];
  const runner = new ProjectionRunner({ recorder, mapper: content.mapper, store, projections });
  return {
    search: search.searchIndex(store),
    site: site.siteView(store),
    recentChanges: changes.recentChangesView(store),
    runner,
    async close() {
      const stopped = new AbortController();
      const stopping = runner.stop().then(() => stopped.abort());
      await Promise.race([stopping, pause(STOP_MS, undefined, { signal: stopped.signal }).catch(() => {})]);
      await store.close();
    },
  };
}

/** How long sections under way are let end. A database that is silent would hold them up for longer. */
const STOP_MS = 3_000;

/** The views' own file, beside that of the events: `wiki.db` has its views in `wiki-views.db`. */
function viewsPath(path: string): string {
  const { name, ext } = parse(path);
  return join(dirname(path), `${name}-views${ext}`);
}
