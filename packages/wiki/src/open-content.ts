import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { Recorder } from "@palimpsest/eventsourcing";
import { ContentManagement } from "./application/content-management.ts";
import type { Config } from "./config.ts";
import type { WorkerPool } from "./workers/worker-pool.ts";

export interface OpenContent {
  readonly recorder: Recorder;
  readonly content: ContentManagement;
}

/**
 * Opens the events of a wiki. Creates the database if it does not exist. Loads only the driver that it needs.
 * @param workers compute merges and differences of large texts; default: this thread
 */
export async function openContent(config: Config, workers?: WorkerPool): Promise<OpenContent> {
  const recorder = await openRecorder(config);
  const content = new ContentManagement({
    recorder,
    ...(workers === undefined ? {} : { workers }),
    compression: config.compression,
    cipherKeys: config.cipherKeys,
    snapshots: { Page: { every: config.snapshotInterval } },
    cacheSize: config.cacheSize,
  });
  return { recorder, content };
}

async function openRecorder({ database, clock }: Pick<Config, "database" | "clock">): Promise<Recorder> {
  switch (database.kind) {
    case "memory": {
      const { memoryRecorder } = await import("@palimpsest/eventsourcing/memory");
      return memoryRecorder({ clock });
    }
    case "sqlite": {
      const { sqliteRecorder } = await import("@palimpsest/eventsourcing/sqlite");
      await mkdir(dirname(database.path), { recursive: true });
      return sqliteRecorder({ path: database.path, clock });
    }
    case "postgres": {
      const { postgresRecorder } = await import("@palimpsest/eventsourcing/postgres");
      return postgresRecorder({ url: database.url, schema: database.schema, clock });
    }
  }
}
