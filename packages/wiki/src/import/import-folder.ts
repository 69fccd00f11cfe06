import { asUser } from "@palimpsest/eventsourcing";
import type { ContentManagement } from "../application/content-management.ts";
import { inParallel } from "./in-parallel.ts";
import type { Remark } from "./markdown-files.ts";
import { type FileOutcome, PageImport, type PageImportOptions } from "./page-import.ts";
import type { FolderPages } from "./read-files.ts";

export interface ImportReport {
  readonly files: number;
  readonly created: readonly FileOfPage[];
  readonly updated: readonly FileOfPage[];
  readonly unchanged: readonly FileOfPage[];
  /** Pages that changed only in the wiki. */
  readonly leftAlone: readonly (FileOfPage & { readonly reason: string })[];
  readonly failed: readonly { readonly path: string; readonly reason: string }[];
  readonly warnings: readonly Remark[];
}

interface FileOfPage {
  readonly path: string;
  readonly slug: string;
}

export interface ImportOptions extends PageImportOptions {
  readonly userId: string;
  readonly onProgress: (done: number) => void;
}

/** This many saves share a commit and its sync. More were not faster. */
const FILES_AT_ONCE = 32;

/**
 * Imports the pages of a folder. Without `content` (no wiki exists yet), only reports what an import would do. Saves start
 * in the order of paths, and so do the new entries of the page log.
 */
export async function importFolder(
  folder: FolderPages,
  content: ContentManagement | undefined,
  options: ImportOptions,
): Promise<ImportReport> {
  const pageImport = content && new PageImport(content, options);
  const outcomes = new Map<string, FileOutcome>();
  await inParallel(folder.pages, FILES_AT_ONCE, async (file) => {
    const outcome = pageImport && (await asUser(options.userId, () => pageImport.import(file)));
    outcomes.set(file.path, outcome ?? { kind: "created" });
    options.onProgress(outcomes.size);
  });
  return reportOf(folder, outcomes);
}

function reportOf(folder: FolderPages, outcomes: ReadonlyMap<string, FileOutcome>): ImportReport {
  const all = folder.pages.map(({ path, slug }) => ({ path, slug, outcome: outcomes.get(path) }));
  const allOf = (kind: FileOutcome["kind"]) =>
    all
      .filter(({ outcome }) => outcome?.kind === kind)
      .map(({ path, slug, outcome }) => ({
        path,
        slug,
        reason: outcome && "reason" in outcome ? outcome.reason : "",
      }));
  const pagesOfKind = (kind: FileOutcome["kind"]) => allOf(kind).map(({ path, slug }) => ({ path, slug }));
  return {
    files: folder.pages.length + folder.refused.length,
    created: pagesOfKind("created"),
    updated: pagesOfKind("updated"),
    unchanged: pagesOfKind("unchanged"),
    leftAlone: allOf("leftAlone"),
    failed: [
      ...folder.refused.map(({ path, text }) => ({ path, reason: text })),
      ...allOf("failed").map(({ path, reason }) => ({ path, reason })),
    ],
    warnings: folder.warnings,
  };
}
