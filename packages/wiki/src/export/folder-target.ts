import { createWriteStream } from "node:fs";
import { mkdir, readdir, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { CodedError } from "@palimpsest/eventsourcing";
import type { ExportTarget } from "./export-pages.ts";

/** The folder cannot receive an export. Nothing was written. */
export class InvalidExportError extends CodedError {
  readonly code = "invalid-export";
}

/**
 * Creates a folder, or takes an empty one.
 * @throws InvalidExportError if it is not empty or cannot be created
 */
export async function folderTarget(folder: string): Promise<ExportTarget> {
  let entries: readonly string[];
  try {
    await mkdir(folder, { recursive: true });
    entries = await readdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === "EEXIST" || code === "ENOTDIR" ? "is a file" : `cannot be created (${code})`;
    throw new InvalidExportError(`${folder} ${reason}; expected a new or an empty folder.`, { cause: error });
  }
  if (entries.length > 0) {
    throw new InvalidExportError(
      `The folder ${folder} is not empty; it has ${entries.length} entries. Export to a new folder.`,
    );
  }
  return {
    async write(path, content, modifiedAt) {
      const file = join(folder, path);
      await mkdir(dirname(file), { recursive: true });
      await pipeline(content, createWriteStream(file, { flags: "wx" }));
      await utimes(file, modifiedAt, modifiedAt);
    },
  };
}
