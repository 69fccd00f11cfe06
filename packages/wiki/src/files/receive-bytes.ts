import { createHash, randomUUID } from "node:crypto";
import { mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { LimitExceededError } from "@palimpsest/eventsourcing";
import { FileStorageError, type ReceivedBytes } from "../application/files.ts";
import { FILE_HEAD_BYTES } from "../content/file-type.ts";

export interface ReceivedFileBytes extends ReceivedBytes {
  readonly path: string;
}

/**
 * Writes bytes to a temporary file as they arrive, with their SHA-256 and length. The file is synced.
 * @throws LimitExceededError, FileStorageError, and the errors of `source`; the file is deleted
 */
export async function receiveBytes(
  folder: string,
  source: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<ReceivedFileBytes> {
  await stored(() => mkdir(folder, { recursive: true }));
  const path = join(folder, randomUUID());
  const handle = await stored(() => open(path, "wx"));
  const discard = () => rm(path, { force: true });
  const hash = createHash("sha256");
  const heads: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of source) {
      if (bytes < FILE_HEAD_BYTES) heads.push(chunk.slice(0, FILE_HEAD_BYTES - bytes));
      bytes += chunk.length;
      if (bytes > maxBytes) throw new LimitExceededError("bytes of the file", bytes, maxBytes);
      hash.update(chunk);
      await stored(() => writeAll(handle, chunk));
    }
    await stored(() => handle.sync());
    await handle.close();
  } catch (error) {
    await handle.close();
    await discard();
    throw error;
  }
  return { path, sha256: hash.digest("hex"), bytes, head: Buffer.concat(heads), discard };
}

async function writeAll(handle: Awaited<ReturnType<typeof open>>, chunk: Uint8Array): Promise<void> {
  for (let offset = 0; offset < chunk.length; ) offset += (await handle.write(chunk, offset)).bytesWritten;
}

async function stored<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw new FileStorageError("The file cannot be stored", error);
  }
}

/** Deletes temporary files that a process left when it was killed. */
export async function deleteOldTemporaryFiles(folder: string, before: Date): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const path = join(folder, name);
    const facts = await stat(path).catch(() => undefined);
    if (facts !== undefined && facts.mtime < before) await rm(path, { force: true });
  }
}
