import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "vitest";
import type { Recorder } from "../recorder/recorder.ts";
import { recorderContract } from "../testing/recorder-contract.ts";
import { sqliteRecorder } from "./index.ts";

recorderContract("SQLite recorder", { describe, it }, async (clock) => {
  const folder = await mkdtemp(join(tmpdir(), "palimpsest-"));
  const opened: Recorder[] = [];
  const open = async () => {
    const recorder = await sqliteRecorder({
      path: join(folder, "events.db"),
      clock,
    });
    opened.push(recorder);
    return recorder;
  };
  return {
    recorder: await open(),
    reopen: open,
    async dispose() {
      await Promise.all(opened.map((recorder) => recorder.close()));
      await rm(folder, { recursive: true });
    },
  };
});
