import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FileStorage } from "../application/files.ts";
import type { Config } from "../config.ts";
import { openSqlDatabase } from "../database/open-sql-database.ts";
import type { BlobStore } from "./blob-store.ts";
import { FileTable } from "./file-table.ts";
import { FolderStore } from "./folder-store.ts";
import { MemoryStore } from "./memory-store.ts";
import { StoredFiles } from "./stored-files.ts";

/**
 * Opens the files of a wiki, and creates their table if needed.
 * @throws DatabaseRefusedError if the recorder has not created the database
 */
export async function openFiles(config: Pick<Config, "database" | "dataDir">): Promise<FileStorage> {
  const { database, dataDir } = config;
  const opened = await openSqlDatabase(database, "files");
  try {
    const folder = join(dataDir, "files");
    const blobs: BlobStore = database.kind === "memory" ? new MemoryStore() : new FolderStore(folder);
    const temporary =
      database.kind === "memory" ? join(tmpdir(), "palimpsest-files") : join(folder, "temporary");
    return new StoredFiles(blobs, await FileTable.open(opened), temporary);
  } catch (error) {
    await opened.close();
    throw error;
  }
}
