import type { ProjectionRunner } from "@palimpsest/eventsourcing";
import type { RECENT_CHANGES, RecentChangesView } from "../projections/recent-changes.ts";
import type { SEARCH, SearchIndex } from "../projections/search.ts";
import type { SITE, SiteView } from "../projections/site.ts";

/** The read models. Projections update them from the events, after a short delay. */
export interface Views {
  readonly search: SearchIndex;
  readonly site: SiteView;
  readonly recentChanges: RecentChangesView;
  /** Updates the views once started. One process at a time updates a view. */
  readonly runner: Pick<
    ProjectionRunner<never>,
    "start" | "stop" | "waitFor" | "rebuild" | "status" | "retry" | "skip"
  >;
  /** Resolves to the generations that queries read. */
  activeViews(): Promise<readonly ActiveView[]>;
  /** Resolves to the names of files of views that were renamed because they could not be used. */
  replacedFiles(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** The generation of a view that queries read, and the last notification that it has processed. */
export interface ActiveView {
  readonly name: string;
  readonly generation: number;
  readonly position: number;
}

/** How long a request waits for a position that it names, in the notification log or in a view. */
export const READ_WAIT_MS = 5_000;
/** How long a request waits for the last write of the same person, if it names no position. */
export const OWN_WRITE_WAIT_MS = 2_000;

/** The name of a view in the runner. */
export type ViewName = typeof SEARCH | typeof SITE | typeof RECENT_CHANGES;

/**
 * Resolves when the view has processed `position`, or at once without one. Other views are not waited for, because they
 * may have failed.
 * @throws ViewBehindError after `timeoutMs` (5,000), or if the view is stopped before `position`
 */
export async function waitForView(
  views: Views,
  view: ViewName,
  position: number | undefined,
  timeoutMs = READ_WAIT_MS,
): Promise<void> {
  if (position !== undefined) await views.runner.waitFor([view], position, { timeoutMs });
}
