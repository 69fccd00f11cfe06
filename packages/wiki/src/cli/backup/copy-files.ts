import { rm } from "node:fs/promises";
import { join } from "node:path";
import { FileBytesMissingError, type StoredFile } from "../../application/files.ts";
import type { Config } from "../../config.ts";
import { FolderStore } from "../../files/folder-store.ts";
import { openFiles } from "../../files/open-files.ts";
import { receiveBytes } from "../../files/receive-bytes.ts";
import { contentKey } from "../../files/stored-files.ts";

export interface CopiedFiles {
  readonly folder: string;
  /** The number of different contents in the folder, and their bytes. */
  readonly contents: number;
  readonly bytes: number;
  /** The names of files whose bytes are missing, or have another SHA-256. */
  readonly missing: readonly string[];
}

const BATCH = 200;

/** Copies the bytes of all attached files into a folder, which can be used as the store of files. Verifies their hashes. */
export async function copyFiles(
  config: Pick<Config, "database" | "dataDir" | "files">,
  folder: string,
): Promise<CopiedFiles> {
  const source = await openFiles(config);
  const target = new FolderStore(folder);
  const temporary = join(folder, "temporary");
  const copied = new Map<string, number>();
  const missing: string[] = [];
  const copy = async (stored: StoredFile): Promise<void> => {
    const { file } = stored;
    const key = contentKey(file);
    if (copied.has(key)) return;
    if ((await target.size(key)) !== file.bytes) {
      const received = await receiveBytes(temporary, await source.read(stored), Number.POSITIVE_INFINITY);
      try {
        if (received.sha256 !== file.sha256) throw new FileBytesMissingError(file);
        await target.put(key, received.path);
      } finally {
        await received.discard();
      }
    }
    copied.set(key, file.bytes);
  };
  try {
    let last: StoredFile | undefined;
    for (;;) {
      const batch = await source.attachedFiles({ before: last?.file.id, limit: BATCH });
      for (const stored of batch) {
        await copy(stored).catch((error: unknown) => {
          if (!(error instanceof FileBytesMissingError)) throw error;
          missing.push(stored.file.name);
        });
      }
      last = batch.at(-1);
      if (last === undefined) break;
    }
  } finally {
    await rm(temporary, { recursive: true, force: true });
    await source.close();
  }
  const bytes = [...copied.values()].reduce((sum, size) => sum + size, 0);
  return { folder, contents: copied.size, bytes, missing };
}
