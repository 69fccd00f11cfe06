import type { AnyProjection } from "@palimpsest/eventsourcing";
import type { RecentChangesView } from "./recent-changes.ts";
import type { SearchIndex } from "./search.ts";
import type { SiteView } from "./site.ts";

/** The wiki's views on one store, and the projections that write them. */
export interface ProjectedViews<Change> {
  readonly projections: readonly AnyProjection<Change>[];
  readonly search: SearchIndex;
  readonly site: SiteView;
  readonly recentChanges: RecentChangesView;
}
