import type { ProjectionRunner } from "@palimpsest/eventsourcing";
import type { RecentChangesView } from "../projections/recent-changes.ts";
import type { SearchIndex } from "../projections/search.ts";
import type { SiteView } from "../projections/site.ts";

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

/**
 * Resolves when the views know what stands at `position`, at once if it was left out.
 * @throws ViewBehindError when they do not get there in five seconds
 */
export async function viewsReached(views: Views, position: number | undefined): Promise<void> {
  if (position !== undefined) await views.runner.waitFor(undefined, position, { timeoutMs: READ_WAIT_MS });
}
