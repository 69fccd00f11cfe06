import { nameKey } from "../domain/page-files.ts";

/** The most bytes of a path's segment with its extension, below the limit of file systems, 255. */
const MAX_SEGMENT_BYTES = 230;

// Windows opens devices by these names, with any extension.
const DEVICE = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;
/** Names that an import skips or reads as something else. */
const SKIPPED = /^(?:node_modules|__macosx)$/i;

/** Chooses paths of files that every file system accepts and distinguishes. Slugs and names are not derived from them. */
export class FilePaths {
  readonly #used = new Set<string>();

  /** Returns the path of a page's file. */
  ofPage(slug: string): string {
    const segments = slug.split("/");
    const name = safeName(segments.pop() ?? "");
    const folder = segments.map(
      (segment) => `${safeName(segment).replace(/\.(md|mdx|markdown|files)$/i, "$&_")}/`,
    );
    return `${this.#unique(folder.join("") + name)}.md`;
  }

  /** Returns the name of an attached file in `folder`, which has a "/" at its end. */
  ofFile(folder: string, name: string): string {
    const [, stem = "", extension = ""] = /^(.+?)(\.[^.]*)?$/su.exec(safeName(name)) ?? [];
    return this.#unique(folder + stem, extension).slice(folder.length);
  }

  /** Returns the path with the extension, and with a number if it is in use. */
  #unique(path: string, extension = ""): string {
    let unique = path + extension;
    for (let number = 2; this.#used.has(keyOf(unique)); number += 1) unique = `${path}~${number}${extension}`;
    this.#used.add(keyOf(unique));
    return unique;
  }
}

/** File systems may ignore case and Unicode form, each by rules of its own. */
function keyOf(path: string): string {
  return nameKey(path.normalize("NFKC").toUpperCase());
}

function safeName(name: string): string {
  const safe = truncated(name.replace(/[<>:"|?*\\/\p{Cc}]/gu, "_")).replace(/[. ]$/, "_");
  return safe.startsWith(".") || DEVICE.test(safe) || SKIPPED.test(safe) ? `_${safe}` : safe;
}

function truncated(name: string): string {
  let result = "";
  let bytes = 0;
  for (const character of name) {
    bytes += Buffer.byteLength(character);
    if (bytes > MAX_SEGMENT_BYTES) break;
    result += character;
  }
  return result;
}
