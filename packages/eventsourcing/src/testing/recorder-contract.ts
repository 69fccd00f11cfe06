import { describe, it } from "vitest";
import { closingCases } from "./contract/closing.ts";
import { concurrencyCases } from "./contract/concurrency.ts";
import { durabilityCases } from "./contract/durability.ts";
import { identityCases } from "./contract/identity.ts";
import { instantCases } from "./contract/instants.ts";
import { logCases } from "./contract/logs.ts";
import { notificationCases } from "./contract/notifications.ts";
import { snapshotCases } from "./contract/snapshots.ts";
import { stateCases } from "./contract/states.ts";
import { subscriptionCases } from "./contract/subscriptions.ts";
import { trackingCases } from "./contract/tracking.ts";
import { versionCases } from "./contract/versions.ts";
import { watchingCases } from "./contract/watching.ts";
import type { RecorderContractCase, RecorderUnderTest } from "./contract-case.ts";

/** Every case of the contract, in the order of the promises as far as subjects allow. */
export const recorderContractCases: readonly RecorderContractCase[] = [
  ...stateCases,
  ...versionCases,
  ...notificationCases,
  ...watchingCases,
  ...subscriptionCases,
  ...durabilityCases,
  ...identityCases,
  ...trackingCases,
  ...logCases,
  ...concurrencyCases,
  ...instantCases,
  ...snapshotCases,
  ...closingCases,
];

const CASE_TIMEOUT_MS = 60_000;

/**
 * Registers the contract with vitest: one `describe` of `name`, one `it` for each promise that the recorder can
 * be asked for, each on a database of its own from `create`. Call it at the top level of a test file.
 */
export function recorderContract(name: string, create: () => Promise<RecorderUnderTest>): void {
  describe(name, async () => {
    const reopens = await canReopen(create);
    for (const contractCase of recorderContractCases) {
      if (contractCase.reopens && !reopens) continue;
      it(
        `${contractCase.promise} ${contractCase.name}`,
        () => runCase(contractCase, create),
        CASE_TIMEOUT_MS,
      );
    }
  });
}

/** Runs one case on a fresh recorder, and rejects as the case does. */
export async function runCase(
  contractCase: RecorderContractCase,
  create: () => Promise<RecorderUnderTest>,
): Promise<void> {
  const subject = await create();
  try {
    await contractCase.run(subject);
  } finally {
    await subject.dispose();
  }
}

async function canReopen(create: () => Promise<RecorderUnderTest>): Promise<boolean> {
  const subject = await create();
  await subject.dispose();
  return subject.reopen !== undefined;
}
