import { dirname, join, parse } from "node:path";
import {
  type AnyProjection,
  ProjectionRunner,
  type Recorder,
  type ViewStore,
} from "@palimpsest/eventsourcing";
import type { ContentManagement } from "./application/content-management.ts";
import { PageNotFoundError } from "./application/errors.ts";
import type { Views } from "./application/views.ts";
import type { Database } from "./config.ts";
import type { PresentPage } from "./projections/page-events.ts";

/** Opens the views of a wiki where its database is; their files and drivers are loaded only when they are used. */
export async function openViews(
  database: Database,
  recorder: Recorder,
  content: ContentManagement,
): Promise<Views> {
  const loadPage = (pageId: string) => loadIfThere(content, pageId);
  const run = <Change>(store: ViewStore<Change>, projections: readonly AnyProjection<Change>[]) =>
    running(new ProjectionRunner({ recorder, mapper: content.mapper, store, projections }), store);
  switch (database.kind) {
    case "memory": {
      const [{ memoryViewStore }, search, links, changes] = await Promise.all([
        import("@palimpsest/eventsourcing/memory"),
        import("./projections/memory/search.ts"),
        import("./projections/memory/links.ts"),
        import("./projections/memory/recent-changes.ts"),
      ]);
      const store = memoryViewStore();
      return {
        search: search.searchIndex(store),
        links: links.linksView(store),
        recentChanges: changes.recentChangesView(store),
        ...run(store, [
          search.searchProjection(loadPage),
          links.linksProjection(loadPage),
          changes.recentChangesProjection(),
        ]),
      };
    }
    case "sqlite": {
      const [{ sqliteViewStore }, search, links, changes] = await Promise.all([
        import("@palimpsest/eventsourcing/sqlite"),
        import("./projections/sqlite/search.ts"),
        import("./projections/sqlite/links.ts"),
        import("./projections/sqlite/recent-changes.ts"),
      ]);
      const store = await sqliteViewStore({ path: viewsPath(database.path) });
      return {
        search: search.searchIndex(store),
        links: links.linksView(store),
        recentChanges: changes.recentChangesView(store),
        ...run(store, [
          search.searchProjection(loadPage),
          links.linksProjection(loadPage),
          changes.recentChangesProjection(),
        ]),
      };
    }
    case "postgres": {
      const [{ postgresViewStore }, search, links, changes] = await Promise.all([
        import("@palimpsest/eventsourcing/postgres"),
        import("./projections/postgres/search.ts"),
        import("./projections/postgres/links.ts"),
        import("./projections/postgres/recent-changes.ts"),
      ]);
      const store = await postgresViewStore({ url: database.url, schema: `${database.schema}_views` });
      return {
        search: search.searchIndex(store),
        links: links.linksView(store),
        recentChanges: changes.recentChangesView(store),
        ...run(store, [
          search.searchProjection(loadPage),
          links.linksProjection(loadPage),
          changes.recentChangesProjection(),
        ]),
      };
    }
  }
}

/** The views' own file, beside that of the events: `wiki.db` has its views in `wiki-views.db`. */
function viewsPath(path: string): string {
  const { name, ext } = parse(path);
  return join(dirname(path), `${name}-views${ext}`);
}

function running<Change>(
  runner: ProjectionRunner<Change>,
  store: ViewStore<Change>,
): Pick<Views, "runner" | "close"> {
  const close = async (): Promise<void> => {
    await runner.stop();
    await store.close();
  };
  return { runner, close };
}

async function loadIfThere(content: ContentManagement, pageId: string): Promise<PresentPage | undefined> {
  try {
    return await content.getPageById(pageId);
  } catch (error) {
    if (error instanceof PageNotFoundError) return undefined;
    throw error;
  }
}
