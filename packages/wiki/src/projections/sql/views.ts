import type { SqlViewStore, Statement } from "@palimpsest/eventsourcing";
import type { PageBatches } from "../page-batches.ts";
import type { ProjectedViews } from "../projected-views.ts";
import { type Dialect, POSTGRES, SQLITE } from "./dialect.ts";
import { tsvectorSearch } from "./postgres-search.ts";
import { recentChangesProjection, recentChangesView } from "./recent-changes.ts";
import { type SearchEngine, searchIndex, searchProjection } from "./search.ts";
import { siteProjection, siteView } from "./site.ts";
import { fts5Search } from "./sqlite-search.ts";

export function sqliteViews(store: SqlViewStore, batches: PageBatches): ProjectedViews<Statement> {
  return viewsOn(store, batches, SQLITE, fts5Search);
}

export function postgresViews(store: SqlViewStore, batches: PageBatches): ProjectedViews<Statement> {
  return viewsOn(store, batches, POSTGRES, tsvectorSearch);
}

function viewsOn(
  store: SqlViewStore,
  batches: PageBatches,
  dialect: Dialect,
  engine: SearchEngine,
): ProjectedViews<Statement> {
  return {
    projections: [
      searchProjection(engine, batches),
      siteProjection(dialect, batches),
      recentChangesProjection(dialect),
    ],
    search: searchIndex(engine, store),
    site: siteView(dialect, store),
    recentChanges: recentChangesView(dialect, store),
  };
}
