import { PassThrough, type Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { ZipFile } from "yazl";
import type { ExportTarget } from "./export-pages.ts";

/** Formats that are compressed already. */
const COMPRESSED = /\.(?:avif|gif|gz|heic|jpe?g|mp[34]|ogg|png|webm|webp|woff2?|zip|7z)$/i;

/**
 * Writes a ZIP archive with the files that `write` writes. The stream of the archive fails if `write` fails; if the stream is
 * destroyed, `write` ends with an error.
 */
export function zipArchive(write: (target: ExportTarget) => Promise<unknown>): Readable {
  const zip = new ZipFile();
  const archive = new PassThrough();
  // Rejects when the reader of the archive leaves.
  const end = finished(archive, { readable: false });
  end.catch(() => {});
  zip.on("error", (error: Error) => archive.destroy(error));
  zip.outputStream.on("error", (error: Error) => archive.destroy(error));
  zip.outputStream.pipe(archive);
  const target: ExportTarget = {
    async write(path, content, modifiedAt) {
      zip.addReadStream(content, path, {
        mtime: modifiedAt,
        mode: 0o100644,
        compress: !COMPRESSED.test(path),
      });
      // The next file is opened when this one was read, so that only one is open.
      try {
        await Promise.race([finished(content, { writable: false }), end]);
      } finally {
        content.destroy();
      }
    },
  };
  write(target).then(
    () => zip.end(),
    (error: Error) => archive.destroy(error),
  );
  return archive;
}
