import type { Dirent } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { InvalidImportError } from "./errors.ts";

/** A message about a file or folder. The path is relative to the imported folder. */
export interface Remark {
  readonly path: string;
  readonly text: string;
}

export interface MarkdownFiles {
  /** With "/" between segments, sorted. */
  readonly paths: readonly string[];
  readonly refused: readonly Remark[];
  readonly warnings: readonly Remark[];
}

/**
 * Finds the `.md` and `.markdown` files below `folder`. Skips names that begin with a dot, and `node_modules`. Does not
 * follow links to folders, and follows links to files only within `folder`.
 * @throws InvalidImportError if `folder` is not a folder, cannot be read, or has no Markdown files
 */
export async function findMarkdownFiles(folder: string): Promise<MarkdownFiles> {
  const search = new Search(await rootOf(folder));
  await search.enter("");
  if (search.paths.length + search.refused.length === 0) {
    throw new InvalidImportError(`The folder ${folder} has no .md or .markdown files.`);
  }
  return { paths: search.paths.sort(), refused: search.refused, warnings: search.warnings };
}

async function rootOf(folder: string): Promise<string> {
  try {
    if (!(await stat(folder)).isDirectory())
      throw new InvalidImportError(`${folder} is a file; expected a folder.`);
    return await realpath(folder);
  } catch (error) {
    if (error instanceof InvalidImportError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR")
      throw new InvalidImportError(`The folder ${folder} does not exist.`);
    throw unreadable(folder, error);
  }
}

class Search {
  readonly paths: string[] = [];
  readonly refused: Remark[] = [];
  readonly warnings: Remark[] = [];
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async enter(path: string): Promise<void> {
    let entries: Dirent[];
    try {
      entries = await readdir(join(this.#root, path), { withFileTypes: true });
    } catch (error) {
      if (path === "") throw unreadable(this.#root, error);
      this.refused.push({ path, text: `the folder cannot be read (${codeOf(error)})` });
      return;
    }
    for (const entry of entries) {
      if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
      const below = path === "" ? entry.name : `${path}/${entry.name}`;
      if (entry.isDirectory()) await this.enter(below);
      else if (entry.isSymbolicLink()) await this.#followLink(below);
      else if (entry.isFile() && isMarkdown(below)) this.paths.push(below);
    }
  }

  /** Refuses files outside of the folder, since an import can make them public. */
  async #followLink(path: string): Promise<void> {
    try {
      const target = await realpath(join(this.#root, path));
      const about = await stat(target);
      if (about.isDirectory()) {
        this.warnings.push({ path, text: "is a link to a folder and was not followed" });
      } else if (about.isFile() && isMarkdown(path)) {
        if (target.startsWith(this.#root.replace(/[/\\]$/, "") + sep)) this.paths.push(path);
        else this.refused.push({ path, text: "is a link to a file outside of the folder" });
      }
    } catch (error) {
      if (isMarkdown(path)) this.refused.push({ path, text: `is a broken link (${codeOf(error)})` });
    }
  }
}

function isMarkdown(path: string): boolean {
  return /\.(?:md|markdown)$/i.test(path);
}

function unreadable(folder: string, error: unknown): InvalidImportError {
  return new InvalidImportError(`The folder ${folder} cannot be read (${codeOf(error)}).`, { cause: error });
}

export function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
