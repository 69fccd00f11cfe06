import {
  type ByteRange,
  FileBytesMissingError,
  type FileCounts,
  type FileStorage,
  type ReceivedBytes,
  type StoredFile,
  UNATTACHED_HOURS,
} from "../application/files.ts";
import type { PageFile } from "../domain/page-files.ts";
import type { BlobStore } from "./blob-store.ts";
import type { FileTable } from "./file-table.ts";
import { deleteOldTemporaryFiles, type ReceivedFileBytes, receiveBytes } from "./receive-bytes.ts";

const UNATTACHED_MS = UNATTACHED_HOURS * 3_600_000;
/** Files are deleted so long after they can no longer be attached, so that no command that attaches one still runs. */
const MARGIN_MS = 3_600_000;

/** Under its SHA-256, content is never deleted. Under the id of a file, it is until the file expires. */
const CONTENTS = "sha256/";
const UPLOADS = "uploads/";
const BATCH = 500;

/** Files whose bytes are in a `BlobStore`, with an index in the wiki's database. */
export class StoredFiles implements FileStorage {
  readonly #blobs: BlobStore;
  readonly #table: FileTable;
  readonly #temporaryFolder: string;
  readonly #now: () => number;

  /** @param temporaryFolder receives bytes before they are stored */
  constructor(blobs: BlobStore, table: FileTable, temporaryFolder: string, now: () => number = Date.now) {
    this.#blobs = blobs;
    this.#table = table;
    this.#temporaryFolder = temporaryFolder;
    this.#now = now;
  }

  receive(source: AsyncIterable<Uint8Array>, maxBytes: number): Promise<ReceivedBytes> {
    return receiveBytes(this.#temporaryFolder, source, maxBytes);
  }

  async addToPage(file: PageFile, received: ReceivedBytes, userId: string, pageId: string): Promise<void> {
    const key = contentKey(file);
    if ((await this.#blobs.size(key)) !== file.bytes)
      await this.#blobs.put(key, (received as ReceivedFileBytes).path, file);
    await this.#table.insert({ file, userId, pageId, uploadedAt: new Date(this.#now()) });
  }

  async addUnattached(file: PageFile, received: ReceivedBytes, userId: string): Promise<void> {
    await this.#blobs.put(UPLOADS + file.id, (received as ReceivedFileBytes).path, file);
    await this.#table.insert({ file, userId, pageId: null, uploadedAt: new Date(this.#now()) });
  }

  async claim(ids: readonly string[], userId: string, pageId: string): Promise<readonly PageFile[]> {
    const files: PageFile[] = [];
    for (const id of ids) {
      const stored = await this.#table.claim(id, userId, pageId, new Date(this.#now() - UNATTACHED_MS));
      if (stored === undefined) continue;
      const { file } = stored;
      const key = contentKey(file);
      const exists = (await this.#blobs.size(key)) === file.bytes;
      if (!exists && !(await this.#blobs.copy(UPLOADS + id, key))) {
        await this.#table.release(id, pageId);
        throw new FileBytesMissingError(file);
      }
      files.push(file);
    }
    return files;
  }

  async release(ids: readonly string[], pageId: string): Promise<void> {
    for (const id of ids) await this.#table.release(id, pageId);
  }

  find(id: string): Promise<StoredFile | undefined> {
    return this.#table.get(id);
  }

  async read({ file, pageId }: StoredFile, range?: ByteRange): Promise<AsyncIterable<Uint8Array>> {
    const bytes = await this.#blobs.get(pageId === null ? UPLOADS + file.id : contentKey(file), range);
    if (bytes === undefined) throw new FileBytesMissingError(file);
    return bytes;
  }

  async deleteExpired(): Promise<number> {
    const before = new Date(this.#now() - UNATTACHED_MS - MARGIN_MS);
    const count = await this.#table.removeUnattached(before);
    for await (const { key, modifiedAt } of this.#blobs.list(UPLOADS))
      if (modifiedAt < before) await this.#blobs.delete(key);
    await deleteOldTemporaryFiles(this.#temporaryFolder, before);
    return count;
  }

  counts(): Promise<FileCounts> {
    return this.#table.counts();
  }

  async *missingBytes(): AsyncIterable<StoredFile> {
    const sizes = new Map<string, number>();
    for await (const { key, bytes } of this.#blobs.list(CONTENTS)) sizes.set(key, bytes);
    let last: StoredFile | undefined;
    for (;;) {
      const batch = await this.#table.attached(last, BATCH);
      for (const stored of batch) if (sizes.get(contentKey(stored.file)) !== stored.file.bytes) yield stored;
      last = batch.at(-1);
      if (last === undefined) return;
    }
  }

  async attachedFiles({
    before,
    limit,
  }: {
    readonly before?: string | undefined;
    readonly limit: number;
  }): Promise<readonly StoredFile[]> {
    const last = before === undefined ? undefined : await this.#table.get(before);
    return before !== undefined && last === undefined ? [] : this.#table.attached(last, limit);
  }

  close(): Promise<void> {
    return this.#table.close();
  }
}

/** Two levels of folders, so that none has too many entries. */
export function contentKey({ sha256 }: PageFile): string {
  return `${CONTENTS}${sha256.slice(0, 2)}/${sha256}`;
}
