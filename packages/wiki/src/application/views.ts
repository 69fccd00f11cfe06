import type { ProjectionRunner } from "@palimpsest/eventsourcing";
import type { RECENT_CHANGES, RecentChangesView } from "../projections/recent-changes.ts";
import type { SEARCH, SearchIndex } from "../projections/search.ts";
import type { SITE, SiteView } from "../projections/site.ts";

/** What is read beside the pages themselves: made of the events, and always a moment behind them. */
export interface Views {
  readonly search: SearchIndex;
  readonly site: SiteView;
  readonly recentChanges: RecentChangesView;
  /** Keeps them up to date, once started; in one process, whichever of them it is. */
  readonly runner: Pick<
    ProjectionRunner<never>,
    "start" | "stop" | "waitFor" | "rebuild" | "status" | "retry" | "skip"
  >;
  close(): Promise<void>;
}

/** How long a reader is let wait for what was written: in the log, or in the views. */
export const READ_WAIT_MS = 5_000;
/** How long they wait who did not ask for it, for what they wrote themselves. */
export const OWN_WAIT_MS = 2_000;

/** What the runner calls a view. */
export type ViewName = typeof SEARCH | typeof SITE | typeof RECENT_CHANGES;

/**
 * Resolves when the view that is to be read knows what stands at `position`, at once if that was left out. The others
 * are not waited for: whatever became of them, this one can be read.
 * @throws ViewBehindError when it does not get there in `timeoutMs`, five seconds unless said, or is stopped before it
 */
export async function viewReached(
  views: Views,
  view: ViewName,
  position: number | undefined,
  timeoutMs = READ_WAIT_MS,
): Promise<void> {
  if (position !== undefined) await views.runner.waitFor([view], position, { timeoutMs });
}
