import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ContentManagement,
  type ContentOptions,
} from "../packages/wiki/src/application/content-management.ts";
import { openSqlDatabase } from "../packages/wiki/src/database/open-sql-database.ts";
import { FileTable } from "../packages/wiki/src/files/file-table.ts";
import { MemoryStore } from "../packages/wiki/src/files/memory-store.ts";
import { StoredFiles } from "../packages/wiki/src/files/stored-files.ts";

/** Returns the pages of a wiki that stores files in memory. Its recorder is in memory by default. */
export async function contentWithFiles(
  options: Pick<ContentOptions, "recorder"> = {},
): Promise<ContentManagement> {
  const table = await FileTable.open(await openSqlDatabase({ kind: "memory" }, "files"));
  const files = new StoredFiles(new MemoryStore(), table, join(tmpdir(), "palimpsest-files"));
  return new ContentManagement({ ...options, files, fileLimits: { maxBytes: 1_000_000, types: undefined } });
}
