import { createReadStream } from "node:fs";
import { copyFile, link, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type ByteRange, FileStorageError } from "../application/files.ts";
import type { BlobStore, ListedBlob } from "./blob-store.ts";

/** Stores each object as a file. The folder must be shared by all machines that serve the wiki. */
export class FolderStore implements BlobStore {
  readonly name: string;

  constructor(folder: string) {
    this.name = folder;
  }

  async put(key: string, path: string): Promise<void> {
    await this.#store(key, "stored", (temporary) => copyOrLink(path, temporary));
  }

  async copy(from: string, to: string): Promise<boolean> {
    if ((await this.size(from)) === undefined) return false;
    await this.#store(to, "copied", (temporary) => copyOrLink(this.#pathOf(from), temporary));
    return true;
  }

  async get(key: string, range?: ByteRange): Promise<AsyncIterable<Uint8Array> | undefined> {
    if ((await this.size(key)) === undefined) return undefined;
    const options = range === undefined ? {} : { start: range.start, end: range.end - 1 };
    return createReadStream(this.#pathOf(key), { ...options, highWaterMark: 256 * 1024 });
  }

  async size(key: string): Promise<number | undefined> {
    return found(() => stat(this.#pathOf(key)).then(({ size }) => size), `${key} cannot be read`);
  }

  async delete(key: string): Promise<void> {
    await reported(() => rm(this.#pathOf(key), { force: true }), `${key} cannot be deleted`);
  }

  async *list(prefix: string): AsyncIterable<ListedBlob> {
    const names =
      (await found(
        () => readdir(this.#pathOf(prefix), { withFileTypes: true }),
        "The files cannot be listed",
      )) ?? [];
    for (const entry of names) {
      if (entry.isDirectory()) {
        yield* this.list(`${prefix}${entry.name}/`);
        continue;
      }
      const key = prefix + entry.name;
      const facts = await found(() => stat(this.#pathOf(key)), `${key} cannot be read`);
      if (facts !== undefined) yield { key, bytes: facts.size, modifiedAt: facts.mtime };
    }
  }

  /** Writes to a temporary name and renames, so that a file with the key is complete; both are synced. */
  async #store(key: string, action: string, write: (temporary: string) => Promise<void>): Promise<void> {
    const path = this.#pathOf(key);
    const temporary = `${path}.${process.pid}-${Math.random().toString(36).slice(2)}.tmp`;
    await reported(async () => {
      await makeFolder(dirname(path), this.name);
      try {
        await write(temporary);
        await sync(temporary);
        await rename(temporary, path);
        await sync(dirname(path));
      } finally {
        await rm(temporary, { force: true });
      }
    }, `${key} cannot be ${action}`);
  }

  #pathOf(key: string): string {
    return join(this.name, ...key.split("/"));
  }
}

/** Links the file if both names are on one file system that supports it, and else copies it. */
async function copyOrLink(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => copyFile(from, to));
}

/** Creates a folder, and syncs the folders that then have a new entry. */
async function makeFolder(folder: string, root: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  for (
    let created = folder;
    created.length >= Math.min(first.length, root.length);
    created = dirname(created)
  ) {
    await sync(dirname(created));
    if (created === first) return;
  }
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Resolves to undefined if the file does not exist. @throws FileStorageError */
async function found<Result>(work: () => Promise<Result>, failure: string): Promise<Result | undefined> {
  try {
    return await work();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new FileStorageError(failure, error);
  }
}

async function reported<Result>(work: () => Promise<Result>, failure: string): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw new FileStorageError(failure, error);
  }
}
