import { describe, it } from "vitest";
import { recorderContract } from "../testing/recorder-contract.ts";
import { memoryRecorder } from "./index.ts";

recorderContract("memory recorder", { describe, it, reopens: false }, async (clock) => {
  const recorder = memoryRecorder({ clock });
  return {
    recorder,
    dispose: () => recorder.close(),
  };
});
