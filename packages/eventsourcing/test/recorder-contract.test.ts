import { describe, expect, it } from "vitest";
import type { RecorderPromise } from "../src/testing/contract-case.ts";
import { recorderContract, recorderContractCases, runCase } from "../src/testing/recorder-contract.ts";
import { brokenRecorders } from "./broken-recorders.ts";
import { ModelRecorder, modelUnderTest } from "./model-recorder.ts";

recorderContract("the recorder contract holds for the model", { describe, it }, (clock) =>
  modelUnderTest(ModelRecorder, clock),
);

/** Leaves out a case that takes a third of the time and detects none of the faults. */
const CASES = recorderContractCases.filter(({ name }) => name !== "records a state of the maximum size");

describe("the recorder contract detects a recorder in which", () => {
  it.each(brokenRecorders)("$fault", async ({ breaks, Handle }) => {
    const broken = new Set<RecorderPromise>();
    for (const contractCase of CASES) {
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
