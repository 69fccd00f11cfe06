import type { ClockAheadError } from "../errors.ts";
import type { ClockOptions } from "../recorder/clock-guard.ts";
import { clockCases } from "./contract/clock.ts";
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
import { CASE_TIMEOUT_MS, type TestRunner } from "./test-runner.ts";

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
  ...clockCases,
  ...snapshotCases,
  ...closingCases,
];

/** How `recorderContract` registers its cases. */
export interface RecorderContractOptions extends TestRunner {
  /** False for a recorder whose database does not outlive it: leaves out the cases that open it twice. Default: true. */
  readonly reopens?: boolean;
}

/**
 * Registers the contract of recorders with a test runner: one `describe`, with one `it` per case. Call it at the top
 * level of a test file. A recorder that passes keeps promises R1 to R12, R14 and R15, which each title names.
 *
 * ```ts
 * import { describe, it } from "node:test"; // or from vitest, or Jest's globals
 * import { recorderContract } from "@palimpsest/eventsourcing/testing";
 *
 * recorderContract("my recorder", { describe, it }, async (clock) => {
 *   const folder = await mkdtemp(join(tmpdir(), "my-recorder-"));
 *   const handles: Recorder[] = [];
 *   const open = async () => {
 *     const handle = await myRecorder({ folder, clock });
 *     handles.push(handle);
 *     return handle;
 *   };
 *   return {
 *     recorder: await open(),
 *     reopen: open,
 *     dispose: async () => {
 *       for (const handle of handles) await handle.close();
 *       await rm(folder, { recursive: true });
 *     },
 *   };
 * });
 * ```
 *
 * To write a recorder, begin with `{ reopens: false }`, make R1 to R3 pass, then R4 and R7 to R9, and take the rest
 * in the order of failures. `reopen` comes last: it shows what the recorder keeps in memory and should not.
 *
 * @param create opens an empty database, with a clock that the case sets; called once per case, before it
 */
export function recorderContract(
  name: string,
  { describe, it, reopens = true }: RecorderContractOptions,
  create: (clock: ClockOptions) => Promise<RecorderUnderTest>,
): void {
  describe(name, () => {
    for (const contractCase of recorderContractCases) {
      if (contractCase.reopens && !reopens) continue;
      const title = `${contractCase.promise} ${contractCase.name}`;
      it(title, () => runCase(contractCase, create), CASE_TIMEOUT_MS);
    }
  });
}

/** Runs one case on a fresh recorder, and rejects as the case does. */
export async function runCase(
  contractCase: RecorderContractCase,
  create: (clock: ClockOptions) => Promise<RecorderUnderTest>,
): Promise<void> {
  const warnings: ClockAheadError[] = [];
  let now: Date | undefined;
  let monotonic: number | undefined;
  const subject = await create({
    ...contractCase.clock,
    now: () => now ?? new Date(),
    monotonicMs: () => monotonic ?? performance.now(),
    onWarning: (warning) => warnings.push(warning),
  });
  const setClock = (instant: Date, monotonicMs = monotonic) => {
    now = instant;
    monotonic = monotonicMs;
  };
  try {
    await contractCase.run({ ...subject, setClock, warnings });
  } finally {
    await subject.dispose();
  }
}
