import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { Recorder } from "@palimpsest/eventsourcing";
import { ContentManagement } from "./application/content-management.ts";
import type { FileStorage } from "./application/files.ts";
import type { Config } from "./config.ts";
import { openFiles } from "./files/open-files.ts";
import type { WorkerPool } from "./workers/worker-pool.ts";

export interface OpenContent {
  readonly recorder: Recorder;
  readonly content: ContentManagement;
  /** Undefined with `onlyReads`. */
  readonly files: FileStorage | undefined;
}

interface ContentOptions {
  /** Computes merges and differences of large texts, and parses long pages. Default: this thread does. */
  readonly workers?: WorkerPool;
  /** Saves nothing but snapshots, which may block this thread. */
  readonly onlyReads?: boolean;
}

/** Opens the events of a wiki. Creates the database if it does not exist. Loads only the driver that it needs. */
export async function openContent(
  config: Config,
  { workers, onlyReads = false }: ContentOptions = {},
): Promise<OpenContent> {
  const recorder = await openRecorder(config, onlyReads);
  const files = onlyReads
    ? undefined
    : await openFiles(config).catch(async (error: unknown) => {
        await recorder.close();
        throw error;
      });
  const content = new ContentManagement({
    recorder,
    ...(files === undefined ? {} : { files, fileLimits: config.files }),
    ...(workers === undefined ? {} : { workers }),
    compression: config.compression,
    cipherKeys: config.cipherKeys,
    snapshots: { Page: { every: config.snapshotInterval } },
    cacheSize: config.cacheSize,
  });
  return { recorder, content, files };
}

async function openRecorder(
  { database, clock }: Pick<Config, "database" | "clock">,
  onlyReads: boolean,
): Promise<Recorder> {
  switch (database.kind) {
    case "memory": {
      const { memoryRecorder } = await import("@palimpsest/eventsourcing/memory");
      return memoryRecorder({ clock });
    }
    case "sqlite": {
      const { sqliteRecorder } = await import("@palimpsest/eventsourcing/sqlite");
      await mkdir(dirname(database.path), { recursive: true });
      // A blocking recorder starts no thread that writes.
      return sqliteRecorder({ path: database.path, clock, blocking: onlyReads });
    }
    case "postgres": {
      const { postgresRecorder } = await import("@palimpsest/eventsourcing/postgres");
      return postgresRecorder({ url: database.url, schema: database.schema, clock });
    }
  }
}
