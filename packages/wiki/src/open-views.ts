import { dirname, join, parse } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { ProjectionRunner, type Recorder, type ViewStore } from "@palimpsest/eventsourcing";
import type { ContentManagement } from "./application/content-management.ts";
import type { Views } from "./application/views.ts";
import type { Database } from "./config.ts";
import { PageBatches } from "./projections/page-batches.ts";
import type { ProjectedViews } from "./projections/projected-views.ts";

/**
 * Opens the views of a wiki beside its database. Loads the modules and drivers of that database only.
 * @param origin the origin of the wiki, whose absolute addresses are links within the wiki
 */
export async function openViews(
  database: Database,
  recorder: Recorder,
  content: ContentManagement,
  origin?: string,
): Promise<Views> {
  const batches = new PageBatches((pageId, version) => content.getPageById(pageId, version), origin);
  switch (database.kind) {
    case "memory": {
      const { memoryViewStore } = await import("@palimpsest/eventsourcing/memory");
      const { memoryViews } = await import("./projections/memory/views.ts");
      const store = memoryViewStore();
      return viewsOn(store, recorder, content, memoryViews(store, batches));
    }
    case "sqlite": {
      const { sqliteViewStore } = await import("@palimpsest/eventsourcing/sqlite");
      const { sqliteViews } = await import("./projections/sql/views.ts");
      const store = await sqliteViewStore({ path: viewsPath(database.path) });
      return viewsOn(store, recorder, content, sqliteViews(store, batches));
    }
    case "postgres": {
      const { postgresViewStore } = await import("@palimpsest/eventsourcing/postgres");
      const { postgresViews } = await import("./projections/sql/views.ts");
      const store = await postgresViewStore({ url: database.url, schema: `${database.schema}_views` });
      return viewsOn(store, recorder, content, postgresViews(store, batches));
    }
  }
}

/** The longest time that `close` waits for running batches. Without it, `close` would hang if the database does not answer. */
const STOP_MS = 3_000;

function viewsOn<Change>(
  store: ViewStore<Change>,
  recorder: Recorder,
  content: ContentManagement,
  { projections, ...views }: ProjectedViews<Change>,
): Views {
  const runner = new ProjectionRunner({ recorder, mapper: content.mapper, store, projections });
  return {
    ...views,
    runner,
    async close() {
      const stopped = new AbortController();
      const stopping = runner.stop().then(() => stopped.abort());
      await Promise.race([stopping, pause(STOP_MS, undefined, { signal: stopped.signal }).catch(() => {})]);
      await store.close();
    },
  };
}

/** Returns the path of the views' file: `wiki.db` has its views in `wiki-views.db`. */
function viewsPath(path: string): string {
  const { name, ext } = parse(path);
  return join(dirname(path), `${name}-views${ext}`);
}
