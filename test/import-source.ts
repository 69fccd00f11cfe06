import { Readable } from "node:stream";
import type { ImportSource } from "../packages/wiki/src/import/source.ts";

/** Returns a source of files in memory, by path. */
export function memorySource(
  files: Readonly<Record<string, string | Uint8Array>>,
  name = "test",
): ImportSource {
  return {
    name,
    files: Object.entries(files)
      .map(([path, content]) => ({ path, bytes: Buffer.byteLength(content) }))
      .sort((a, b) => (a.path < b.path ? -1 : 1)),
    refused: [],
    warnings: [],
    open: async (path) => Readable.from([Buffer.from(files[path] ?? "")]),
    close: async () => {},
  };
}
