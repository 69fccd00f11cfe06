import type { SumsBackend } from "./sample-view.ts";
import { CASE_TIMEOUT_MS, type TestRunner } from "./test-runner.ts";
import { operatorCases } from "./view-contract/operators.ts";
import { rebuildCases } from "./view-contract/rebuilds.ts";
import { runnerCases } from "./view-contract/runners.ts";
import { storeCases } from "./view-contract/stores.ts";
import type { ViewStoreCase, ViewStoreUnderTest } from "./view-contract/view-case.ts";

/** Every case of the contract of view stores and of a `ProjectionRunner` on them. */
export const viewStoreContractCases: readonly ViewStoreCase[] = [
  ...storeCases,
  ...runnerCases,
  ...operatorCases,
  ...rebuildCases,
];

/** How `viewStoreContract` registers its cases. */
export interface ViewStoreContractOptions<Change> extends TestRunner {
  /** The changes of a small view, in the store's own form; `sqlSums` for a store that takes SQL. */
  readonly sums: SumsBackend<Change>;
}

/**
 * Registers the contract of view stores, and of a `ProjectionRunner` on them, with a test runner: one `describe`, with
 * one `it` per case. Call it at the top level of a test file, as `recorderContract`.
 *
 * @param create opens an empty database; called once per case, before it
 */
export function viewStoreContract<Change>(
  name: string,
  { describe, it, sums }: ViewStoreContractOptions<Change>,
  create: () => Promise<ViewStoreUnderTest<Change>>,
): void {
  describe(name, () => {
    for (const { name, run } of viewStoreContractCases) {
      it(
        name,
        async () => {
          const subject = await create();
          try {
            await run(subject, sums);
          } finally {
            await subject.dispose();
          }
        },
        CASE_TIMEOUT_MS,
      );
    }
  });
}
