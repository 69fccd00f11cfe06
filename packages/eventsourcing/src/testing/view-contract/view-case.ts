import { setTimeout } from "node:timers/promises";
import type { ViewStore } from "../../projections/view-store.ts";
import type { SumsBackend } from "../sample-view.ts";
import { type RunnerOf, stoppingRunners } from "./view-runners.ts";

/** A store of views on a database of its own, as the contract suite wants it: empty and open. */
export interface ViewStoreUnderTest<Change> {
  readonly store: ViewStore<Change>;
  /** Opens the same database once more, as another process would; in memory it is the same store again. */
  reopen(): Promise<ViewStore<Change>>;
  /** Does `work` while another connection is reading `table`, the full name of one of the store; in memory nobody can. */
  whileRead(table: string, work: () => Promise<void>): Promise<void>;
  /** Sets the clock that leases go by back, or has those that there are end so much later, which is the same. */
  setClockBack(ms: number): Promise<void>;
  /** Closes every handle, those of `reopen` included, and removes the database. */
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

/** Resolves once `condition` holds, which it is asked again and again. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + UNTIL_MS; !(await condition()); await setTimeout(5))
    if (Date.now() > deadline) throw new Error(`It never came true: ${condition}`);
}
