import { createReadStream, type Dirent, type Stats } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { InvalidImportError } from "./errors.ts";
import {
  byPath,
  type ImportSource,
  isPageFile,
  isSkippedFolder,
  type Remark,
  type SourceFile,
} from "./source.ts";

/**
 * Lists the files below a folder. Does not follow links to folders, and follows links to files only within the folder.
 * @param name by default the real path of the folder
 * @throws InvalidImportError if `folder` is not a folder or cannot be read
 */
export async function folderSource(folder: string, name?: string): Promise<ImportSource> {
  const root = await rootOf(folder);
  const listing = new Listing(root);
  await listing.enter("");
  return {
    name: name ?? root,
    files: listing.files.sort(byPath),
    refused: listing.refused,
    warnings: listing.warnings,
    open: async (path) => createReadStream(join(root, path)),
    close: async () => {},
  };
}

async function rootOf(folder: string): Promise<string> {
  try {
    const root = await realpath(folder);
    if ((await stat(root)).isDirectory()) return root;
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT" || code === "ENOTDIR") {
      throw new InvalidImportError(`The folder ${folder} does not exist.`);
    }
    throw unreadable(folder, error);
  }
  throw new InvalidImportError(`${folder} is a file; expected a folder or a ZIP archive.`);
}

class Listing {
  readonly files: SourceFile[] = [];
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
      const below = path === "" ? entry.name : `${path}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!isSkippedFolder(entry.name)) await this.enter(below);
      } else if (entry.isSymbolicLink()) await this.#followLink(below);
      else if (entry.isFile()) this.#add(below, await stat(join(this.#root, below)));
    }
  }

  /** Refuses files outside of the folder, since an import can make them public. */
  async #followLink(path: string): Promise<void> {
    try {
      const target = await realpath(join(this.#root, path));
      const about = await stat(target);
      if (about.isDirectory()) {
        this.warnings.push({ path, text: "is a link to a folder and was not followed" });
      } else if (!about.isFile()) return;
      else if (target.startsWith(this.#root.replace(/[/\\]$/, "") + sep)) this.#add(path, about);
      else this.#refuse(path, "is a link to a file outside of the folder");
    } catch (error) {
      this.#refuse(path, `is a broken link (${codeOf(error)})`);
    }
  }

  #add(path: string, { size }: Stats): void {
    this.files.push({ path, bytes: size });
  }

  /** Other files matter only if a page links to them, which is reported then. */
  #refuse(path: string, text: string): void {
    if (isPageFile(path)) this.refused.push({ path, text });
  }
}

function unreadable(folder: string, error: unknown): InvalidImportError {
  return new InvalidImportError(`The folder ${folder} cannot be read (${codeOf(error)}).`, { cause: error });
}

export function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
