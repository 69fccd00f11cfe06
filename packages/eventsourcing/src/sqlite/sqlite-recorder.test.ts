import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "vitest";
import type { Recorder } from "../recorder/recorder.ts";
import { recorderContract } from "../testing/recorder-contract.ts";
import { sqliteRecorder } from "./index.ts";

recorderContract("SQLite recorder", { describe, it }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "palimpsest-"));
  let now: Date | undefined;
  const opened: Recorder[] = [];
  const open = async () => {
    const recorder = await sqliteRecorder({
      path: join(folder, "events.db"),
      clock: () => now ?? new Date(),
    });
    opened.push(recorder);
    return recorder;
  };
  return {
    recorder: await open(),
    reopen: open,
    setClock(instant) {
      now = instant;
    },
    async dispose() {
      await Promise.all(opened.map((recorder) => recorder.close()));
      await rm(folder, { recursive: true });
    },
  };
});
