import { stat } from "node:fs/promises";
import { folderSource } from "./folder-source.ts";
import type { ImportSource } from "./source.ts";
import { zipSource } from "./zip-source.ts";

/**
 * Opens a folder, or any file as a ZIP archive.
 * @param name see `ImportSource`; by default the real path
 * @throws InvalidImportError
 */
export async function openSource(path: string, name?: string): Promise<ImportSource> {
  const isFile = await stat(path).then(
    (about) => about.isFile(),
    () => false,
  );
  return isFile ? zipSource(path, name) : folderSource(path, name);
}
