import { Readable } from "node:stream";
import type { ContentManagement } from "../application/content-management.ts";
import { FileBytesMissingError } from "../application/files.ts";
import type { PageFile } from "../domain/page-files.ts";
import { LinkTargets } from "../import/link-targets.ts";
import type { Remark } from "../import/source.ts";
import { filesFolderOf } from "../import/source-tree.ts";
import { type ExportedPaths, exportedText } from "./exported-page.ts";
import { FilePaths } from "./file-paths.ts";

/** Where the files of an export are written, one after another. */
export interface ExportTarget {
  write(path: string, content: Readable, modifiedAt: Date): Promise<void>;
}

export interface ExportReport {
  readonly pages: number;
  /** The number of attached files. */
  readonly files: number;
  /** The number of attached files whose bytes are missing. */
  readonly missingFiles: number;
  readonly warnings: readonly Remark[];
}

export interface ExportOptions {
  /** The position at which the wiki is read. Default: the current one. */
  readonly at?: number | undefined;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Writes all pages that are not archived as Markdown, with their files, in a form that an import takes back unchanged. All
 * pages are read at the same position. Memory does not grow with their texts.
 */
export async function exportPages(
  content: ContentManagement,
  target: ExportTarget,
  { at, onProgress = () => {} }: ExportOptions = {},
): Promise<ExportReport> {
  const position = at ?? (await content.position());
  const { pages, paths } = await listPages(content, position);
  const warnings: Remark[] = [];
  let files = 0;
  let missingFiles = 0;
  for (const [index, { id, version, path }] of pages.entries()) {
    const page = await content.getPageById(id, version);
    const { text, warnings: texts } = exportedText(page, path, paths);
    warnings.push(...texts.map((warning) => ({ path, text: warning })));
    await target.write(path, Readable.from([Buffer.from(text)]), page.modifiedAt);
    for (const file of page.files) {
      const filePath = paths.pathOfFile.get(file.id);
      const bytes = await bytesOf(content, file);
      if (bytes === undefined || filePath === undefined) {
        warnings.push({ path, text: `the bytes of the file ${file.name} are missing` });
        missingFiles += 1;
        continue;
      }
      await target.write(filePath, bytes, page.modifiedAt);
      files += 1;
    }
    onProgress(index + 1, pages.length);
  }
  return { pages: pages.length, files, missingFiles, warnings };
}

interface ExportedPage {
  readonly id: string;
  readonly version: number;
  readonly path: string;
}

async function listPages(
  content: ContentManagement,
  position: number,
): Promise<{ readonly pages: readonly ExportedPage[]; readonly paths: ExportedPaths }> {
  const names = new FilePaths();
  const pages: ExportedPage[] = [];
  const slugs: [path: string, slug: string][] = [];
  const pathOfSlug = new Map<string, string>();
  const pathOfFile = new Map<string, string>();
  for await (const { id, version, slug, files } of content.getPages({ at: position })) {
    const path = names.ofPage(slug);
    pages.push({ id, version, path });
    slugs.push([path, slug]);
    pathOfSlug.set(slug, path);
    const folder = filesFolderOf(path);
    for (const file of files) pathOfFile.set(file.id, folder + names.ofFile(folder, file.name));
  }
  const targets = new LinkTargets(slugs, pathOfFile.values());
  return { pages, paths: { pathOfSlug, pathOfFile, targets } };
}

async function bytesOf(content: ContentManagement, file: PageFile): Promise<Readable | undefined> {
  const stored = await content.files.find(file.id);
  if (stored === undefined) return undefined;
  try {
    return Readable.from(await content.files.read(stored));
  } catch (error) {
    if (error instanceof FileBytesMissingError) return undefined;
    throw error;
  }
}
