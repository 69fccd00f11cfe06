import { describe, it } from "vitest";
import { recorderContract } from "../testing/recorder-contract.ts";
import { memoryRecorder } from "./index.ts";

recorderContract("memory recorder", { describe, it, reopens: false }, async () => {
  let now: Date | undefined;
  const recorder = memoryRecorder({ clock: () => now ?? new Date() });
  return {
    recorder,
    setClock(instant) {
      now = instant;
    },
    dispose: () => recorder.close(),
  };
});
