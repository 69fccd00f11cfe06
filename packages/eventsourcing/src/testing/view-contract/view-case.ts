import { setTimeout } from "node:timers/promises";
import type { ViewStore } from "../../projections/view-store.ts";
import type { SumsBackend } from "../sample-view.ts";
import { type RunnerOf, stoppingRunners } from "./view-runners.ts";

/** An open view store on an empty database of its own. */
export interface ViewStoreUnderTest<Change> {
  readonly store: ViewStore<Change>;
  /** Opens the same database once more, as another process would; in memory, returns the same store. */
  reopen(): Promise<ViewStore<Change>>;
  /** Runs `work` while another connection reads `table`, given by its full name; in memory, just runs it. */
  whileRead(table: string, work: () => Promise<void>): Promise<void>;
  /** Sets the clock of leases back. Moving the end of every lease by as much has the same effect. */
  setClockBack(ms: number): Promise<void>;
  /** Closes every handle, including the handles from `reopen`, and removes the database. */
  dispose(): Promise<void>;
}

interface ViewSubject<Change> extends ViewStoreUnderTest<Change> {
  readonly backend: SumsBackend<Change>;
  readonly runnerOf: RunnerOf;
}

/** One test of the contract, the same for every backend. It passes when `run` resolves. */
export interface ViewStoreCase {
  readonly name: string;
  readonly run: <Change>(subject: ViewStoreUnderTest<Change>, backend: SumsBackend<Change>) => Promise<void>;
}

export function viewPromised(
  name: string,
  run: <Change>(subject: ViewSubject<Change>) => Promise<void>,
): ViewStoreCase {
  return {
    name,
    run: (subject, backend) => stoppingRunners((runnerOf) => run({ ...subject, backend, runnerOf })),
  };
}

const UNTIL_MS = 20_000;

/** Polls `condition` until it holds. @throws Error after 20 seconds */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + UNTIL_MS; !(await condition()); await setTimeout(5))
    if (Date.now() > deadline) throw new Error(`Timed out waiting for ${condition}`);
}
