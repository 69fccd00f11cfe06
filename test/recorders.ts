import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Recorder } from "@palimpsest/eventsourcing";
import { memoryRecorder } from "@palimpsest/eventsourcing/memory";
import { sqliteRecorder } from "@palimpsest/eventsourcing/sqlite";
import { afterAll, afterEach, describe } from "vitest";

/** Runs `tests` once on each recorder; `create` gives an empty one, closed when the test has ended. */
export function onEachRecorder(name: string, tests: (create: () => Promise<Recorder>) => void): void {
  for (const [kind, open] of Object.entries(BACKENDS)) {
    describe(`${name}, on ${kind}`, () => {
      const opened: Recorder[] = [];
      const folders: string[] = [];
      afterEach(async () => {
        for (const recorder of opened.splice(0)) await recorder.close();
      });
      afterAll(async () => {
        for (const folder of folders) await rm(folder, { recursive: true });
      });
      tests(async () => {
        const recorder = await open(async () => {
          const folder = await mkdtemp(join(tmpdir(), "palimpsest-test-"));
          folders.push(folder);
          return folder;
        });
        opened.push(recorder);
        return recorder;
      });
    });
  }
}

const BACKENDS: Record<string, (folder: () => Promise<string>) => Promise<Recorder>> = {
  memory: async () => memoryRecorder(),
  SQLite: async (folder) => sqliteRecorder({ path: join(await folder(), "events.db") }),
};
