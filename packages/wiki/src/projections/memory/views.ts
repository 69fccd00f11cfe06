import type { MemoryChange, MemoryViewStore } from "@palimpsest/eventsourcing/memory";
import type { PageBatches } from "../page-batches.ts";
import type { ProjectedViews } from "../projected-views.ts";
import { recentChangesProjection, recentChangesView } from "./recent-changes.ts";
import { searchIndex, searchProjection } from "./search.ts";
import { siteProjection, siteView } from "./site.ts";

export function memoryViews(store: MemoryViewStore, batches: PageBatches): ProjectedViews<MemoryChange> {
  return {
    projections: [searchProjection(batches), siteProjection(batches), recentChangesProjection()],
    search: searchIndex(store),
    site: siteView(store),
    recentChanges: recentChangesView(store),
  };
}
