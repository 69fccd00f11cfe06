import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FileStorage } from "../application/files.ts";
import type { Config, FilesConfig } from "../config.ts";
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
export async function openFiles({
  database,
  dataDir,
  files,
}: Pick<Config, "database" | "dataDir" | "files">): Promise<FileStorage> {
  const opened = await openSqlDatabase(database, "files");
  try {
    const blobs = database.kind === "memory" ? new MemoryStore() : await openBlobStore(files.store);
    const temporary =
      database.kind === "memory"
        ? join(tmpdir(), "palimpsest-files")
        : join(files.store.kind === "folder" ? files.store.path : join(dataDir, "files"), "temporary");
    return new StoredFiles(blobs, await FileTable.open(opened), temporary);
  } catch (error) {
    await opened.close();
    throw error;
  }
}

async function openBlobStore(store: FilesConfig["store"]): Promise<BlobStore> {
  if (store.kind === "folder") return new FolderStore(store.path);
  const { S3Store } = await import("./s3-store.ts");
  return new S3Store(store);
}
