import type { Readable } from "node:stream";

/** A message about a file or folder. The path is relative to the imported folder. */
export interface Remark {
  readonly path: string;
  readonly text: string;
}

export interface SourceFile {
  /** Relative to the root of the source, with "/" between segments. */
  readonly path: string;
  readonly bytes: number;
}

/** A tree of files: a folder or a ZIP archive. It must be closed. */
export interface ImportSource {
  /** Identifies the tree: pages of another import with the same name and paths are imported again. */
  readonly name: string;
  /** All regular files in the order of paths, except in `.git` and `node_modules`. */
  readonly files: readonly SourceFile[];
  /** Files that cannot be read. */
  readonly refused: readonly Remark[];
  readonly warnings: readonly Remark[];
  /** Opens one of `files`. The stream fails if the file has more bytes than listed. */
  open(path: string): Promise<Readable>;
  close(): Promise<void>;
}

const MARKDOWN = /\.(?:md|mdx|markdown)$/i;

/** Returns true if the path has the extension of a Markdown file. */
function isMarkdown(path: string): boolean {
  return MARKDOWN.test(path);
}

/** Returns true if a file can become a page: Markdown outside of hidden folders. */
export function isPageFile(path: string): boolean {
  return isMarkdown(path) && !/(?:^|\/)\./.test(path);
}

/** Returns true if no import looks into a folder with this name. */
export function isSkippedFolder(name: string): boolean {
  return name === "node_modules" || name === ".git" || name === "__MACOSX";
}

export function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return a.path < b.path ? -1 : Number(a.path > b.path);
}
