import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Recorder } from "@palimpsest/eventsourcing";
import { memoryRecorder } from "@palimpsest/eventsourcing/memory";
import { postgresRecorder } from "@palimpsest/eventsourcing/postgres";
import { sqliteRecorder } from "@palimpsest/eventsourcing/sqlite";
import { afterAll, afterEach, describe } from "vitest";
import { dropSchemas, type NewSchema, newSchema } from "./postgres-schemas.ts";

/** Runs `tests` on each kind of recorder. `create` opens an empty one, which is closed after the test. */
export function onEachRecorder(
  name: string,
  tests: (create: () => Promise<Recorder>, kind: string) => void,
): void {
  for (const [kind, backend] of Object.entries(BACKENDS)) {
    describe(`${name}, on ${kind}`, () => {
      const { open, removeAll } = backend();
      const opened: Recorder[] = [];
      afterEach(async () => {
        for (const recorder of opened.splice(0)) await recorder.close();
      });
      afterAll(removeAll);
      tests(async () => {
        const recorder = await open();
        opened.push(recorder);
        return recorder;
      }, kind);
    });
  }
}

interface Backend {
  /** Opens an empty recorder. */
  open(): Promise<Recorder>;
  /** Removes what closed recorders have left. */
  removeAll(): Promise<void>;
}

const BACKENDS: Record<string, () => Backend> = {
  memory: () => ({ open: async () => memoryRecorder(), removeAll: async () => {} }),
  SQLite: () => {
    const folders: string[] = [];
    return {
      async open() {
        const folder = await mkdtemp(join(tmpdir(), "palimpsest-test-"));
        folders.push(folder);
        return sqliteRecorder({ path: join(folder, "events.db") });
      },
      async removeAll() {
        for (const folder of folders) await rm(folder, { recursive: true });
      },
    };
  },
  PostgreSQL: () => {
    const schemas: NewSchema[] = [];
    return {
      async open() {
        const schema = newSchema();
        schemas.push(schema);
        return postgresRecorder(schema);
      },
      removeAll: () => dropSchemas(schemas),
    };
  },
};
