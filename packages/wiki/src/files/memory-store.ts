import { readFile } from "node:fs/promises";
import type { ByteRange } from "../application/files.ts";
import type { BlobStore, ListedBlob } from "./blob-store.ts";

/** Keeps objects in memory, for a wiki that stores nothing. */
export class MemoryStore implements BlobStore {
  readonly name = "memory";
  readonly #objects = new Map<string, { readonly content: Uint8Array; readonly modifiedAt: Date }>();

  async put(key: string, path: string): Promise<void> {
    this.#objects.set(key, { content: await readFile(path), modifiedAt: new Date() });
  }

  async copy(from: string, to: string): Promise<boolean> {
    const object = this.#objects.get(from);
    if (object !== undefined) this.#objects.set(to, { ...object, modifiedAt: new Date() });
    return object !== undefined;
  }

  async get(key: string, { start, end }: ByteRange = { start: 0, end: Number.POSITIVE_INFINITY }) {
    const content = this.#objects.get(key)?.content;
    return content && onePart(content.subarray(start, end));
  }

  async size(key: string): Promise<number | undefined> {
    return this.#objects.get(key)?.content.length;
  }

  async delete(key: string): Promise<void> {
    this.#objects.delete(key);
  }

  async *list(prefix: string): AsyncIterable<ListedBlob> {
    for (const [key, { content, modifiedAt }] of this.#objects)
      if (key.startsWith(prefix)) yield { key, bytes: content.length, modifiedAt };
  }
}

async function* onePart(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
