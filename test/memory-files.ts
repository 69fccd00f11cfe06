import { tmpdir } from "node:os";
import { join } from "node:path";
import { ContentManagement } from "../packages/wiki/src/application/content-management.ts";
import { openSqlDatabase } from "../packages/wiki/src/database/open-sql-database.ts";
import { FileTable } from "../packages/wiki/src/files/file-table.ts";
import { MemoryStore } from "../packages/wiki/src/files/memory-store.ts";
import { StoredFiles } from "../packages/wiki/src/files/stored-files.ts";

/** Returns the pages of a wiki in memory, which stores files. */
export async function contentWithFiles(maxBytes = 1_000_000): Promise<ContentManagement> {
  const table = await FileTable.open(await openSqlDatabase({ kind: "memory" }, "files"));
  const files = new StoredFiles(new MemoryStore(), table, join(tmpdir(), "palimpsest-files"));
  return new ContentManagement({ files, fileLimits: { maxBytes, types: undefined } });
}
