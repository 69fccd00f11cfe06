import { describe, expect, it } from "vitest";
import type { RecorderPromise } from "../src/testing/contract-case.ts";
import { recorderContract, recorderContractCases, runCase } from "../src/testing/recorder-contract.ts";
import { brokenRecorders } from "./broken-recorders.ts";
import { ModelRecorder, modelUnderTest } from "./model-recorder.ts";

recorderContract("the recorder contract holds for the model", { describe, it }, (clock) =>
  modelUnderTest(ModelRecorder, clock),
);

/** Cases that take long. They run only on recorders that break their promise, because there are many faults. */
const SLOW_CASES: ReadonlySet<string> = new Set([
  "records a state of the maximum size",
  "rejects a save with a state over the maximum size, and names the maximum",
  "finds two thousand events in one call",
  "gives concurrent saves the outcomes of the same saves in sequence",
  "records a thousand originators in one save",
  "delivers every id once and in order to subscriptions that start during a burst",
  "ends a selection with the notification that reaches maxBytes, and returns at least one",
  "records a random save only if each version is the next one",
]);

describe("the recorder contract", () => {
  it("contains the slow cases", () => {
    expect(recorderContractCases.map(({ name }) => name)).toEqual(expect.arrayContaining([...SLOW_CASES]));
  });

  it.each(brokenRecorders)("detects a recorder in which $fault", async ({ breaks, Handle }) => {
    const broken = new Set<RecorderPromise>();
    for (const contractCase of recorderContractCases) {
      if (SLOW_CASES.has(contractCase.name) && !breaks.includes(contractCase.promise)) continue;
      const outcome = await outcomeOf(runCase(contractCase, (clock) => modelUnderTest(Handle, clock)));
      if (outcome !== "kept") broken.add(contractCase.promise);
    }
    expect([...broken].sort()).toEqual([...breaks].sort());
  });
});

async function outcomeOf(work: Promise<void>): Promise<unknown> {
  return work.then(
    () => "kept",
    (error: unknown) => error,
  );
}
