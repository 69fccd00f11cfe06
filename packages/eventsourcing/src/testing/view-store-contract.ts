import { describe, it } from "vitest";
import type { SumsBackend } from "./sample-view.ts";
import { operatorCases } from "./view-contract/operators.ts";
import { rebuildCases } from "./view-contract/rebuilds.ts";
import { runnerCases } from "./view-contract/runners.ts";
import { storeCases } from "./view-contract/stores.ts";
import type { ViewStoreCase, ViewStoreUnderTest } from "./view-contract/view-case.ts";

/** Every case of the contract of view stores, and of the runner on them. */
export const viewStoreContractCases: readonly ViewStoreCase[] = [
  ...storeCases,
  ...runnerCases,
  ...operatorCases,
  ...rebuildCases,
];

const CASE_TIMEOUT_MS = 60_000;

/**
 * Registers the contract of view stores with vitest: one `describe` of `name`, one `it` for each promise, each on a
 * database of its own from `create`. `backend` makes the changes of a small view. Call it at the top level.
 */
export function viewStoreContract<Change>(
  name: string,
  backend: SumsBackend<Change>,
  create: () => Promise<ViewStoreUnderTest<Change>>,
): void {
  describe(name, () => {
    for (const { name, run } of viewStoreContractCases) {
      it(
        name,
        async () => {
          const subject = await create();
          try {
            await run({ ...subject, backend });
          } finally {
            await subject.dispose();
          }
        },
        CASE_TIMEOUT_MS,
      );
    }
  });
}
