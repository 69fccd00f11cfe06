import { asUser } from "@palimpsest/eventsourcing";
import type { ContentManagement } from "../application/content-management.ts";
import { parseSlug } from "../content/slug.ts";
import { InvalidImportError } from "./errors.ts";
import { inParallel } from "./in-parallel.ts";
import { type FileOutcome, type ImportedPage, PageImport, type PageImportOptions } from "./page-import.ts";
import { type PageText, pageText } from "./page-text.ts";
import { byPath, type ImportSource, type Remark } from "./source.ts";
import type { SourcePage } from "./source-page.ts";
import { type ListedPage, readPage, readTree, refusalReason, type SourceTree } from "./source-tree.ts";

export interface ImportReport {
  /** The number of Markdown files. */
  readonly files: number;
  readonly created: readonly FileOfPage[];
  readonly updated: readonly FileOfPage[];
  readonly unchanged: readonly FileOfPage[];
  /** Pages that changed only in the wiki. */
  readonly leftAlone: readonly (FileOfPage & { readonly reason: string })[];
  readonly failed: readonly { readonly path: string; readonly reason: string }[];
  /** Files that would get the slug of another file or page. If there are any, nothing was imported. */
  readonly collisions: readonly Collision[];
  readonly warnings: readonly Remark[];
}

interface FileOfPage {
  readonly path: string;
  readonly slug: string;
}

interface Collision {
  readonly slug: string;
  readonly paths: readonly string[];
  readonly reason: string;
}

export interface ImportOptions extends PageImportOptions {
  readonly userId: string;
  /** The slug below which all pages are created. Default: none. */
  readonly under?: string | undefined;
  readonly onProgress: (done: number, total: number) => void;
}

/** This many saves share a commit and its sync. More were not faster. */
const FILES_AT_ONCE = 32;

/**
 * Imports the Markdown files of a source. Without `content` (no wiki exists yet), only reports what an import would do.
 * Nothing is written if several files, or a file and a page that is not from it, have the same slug. Saves start in the
 * order of paths, and so do the new entries of the page log. Memory does not grow with the texts of the files.
 * @throws InvalidImportError if the source has no Markdown files, InvalidSlugError if `under` is invalid
 */
export async function importFiles(
  source: ImportSource,
  content: ContentManagement | undefined,
  options: ImportOptions,
): Promise<ImportReport> {
  const tree = await readTree(source, options.under);
  if (tree.pages.length + tree.refused.length === 0) {
    throw new InvalidImportError(`${source.name} has no .md, .mdx or .markdown files.`);
  }
  return asUser(options.userId, () => new Import(tree, content, options).run());
}

interface ReadPage {
  readonly kind: "read";
  readonly file: SourcePage;
  readonly text: PageText;
}

interface Failure {
  readonly kind: "failed";
  readonly reason: string;
}

function importedPage({ path, slug }: ListedPage, { file, text }: ReadPage): ImportedPage {
  return { path, slug, title: file.title, exported: file.exported, body: text.body, files: text.files };
}

class Import {
  readonly #tree: SourceTree;
  readonly #content: ContentManagement | undefined;
  readonly #options: ImportOptions;
  readonly #pages: PageImport | undefined;
  readonly #warnings: Remark[];
  readonly #outcomes = new Map<string, FileOutcome>();

  constructor(tree: SourceTree, content: ContentManagement | undefined, options: ImportOptions) {
    this.#tree = tree;
    this.#content = content;
    this.#options = options;
    this.#pages = content && new PageImport(tree.source, content, options);
    this.#warnings = [...tree.warnings];
  }

  async run(): Promise<ImportReport> {
    const collisions = [
      ...this.#tree.collisions.map((collision) => ({ ...collision, reason: "several files have this slug" })),
      ...(await this.#pagesOfOthers()),
    ];
    if (collisions.length === 0) await this.#importAll();
    return this.#report(collisions);
  }

  /** Finds the files whose slug belongs to a page that is not from them. */
  async #pagesOfOthers(): Promise<readonly Collision[]> {
    const collisions: Collision[] = [];
    if (this.#pages === undefined || this.#options.overwrite) return collisions;
    const pages = this.#pages;
    await inParallel(this.#tree.pages, FILES_AT_ONCE, async (listed) => {
      if (!(await pages.isSlugOfOther(listed))) return;
      // The same text is not worth a refusal.
      const page = await this.#read(listed);
      const reason =
        page.kind === "read" ? await pages.collisionReason(importedPage(listed, page)) : undefined;
      if (reason !== undefined) collisions.push({ slug: listed.slug, paths: [listed.path], reason });
    });
    return collisions.sort((a, b) => Number(a.slug > b.slug) || -1);
  }

  async #importAll(): Promise<void> {
    const { pages } = this.#tree;
    let lastStart = Promise.resolve();
    await inParallel(pages, FILES_AT_ONCE, async (listed) => {
      const previousStart = lastStart;
      let start = () => {};
      lastStart = new Promise((resolve) => {
        start = resolve;
      });
      try {
        const page = await this.#read(listed);
        await previousStart;
        const importing = this.#import(listed, page);
        start();
        this.#outcomes.set(listed.path, await importing);
      } finally {
        start();
      }
      this.#options.onProgress(this.#outcomes.size, pages.length);
    });
  }

  /** Reads a file again. It may have changed since it was listed. */
  async #read({ path }: ListedPage): Promise<ReadPage | Failure> {
    try {
      const file = await readPage(this.#tree.source, path);
      return { kind: "read", file, text: pageText(file, this.#tree) };
    } catch (error) {
      return { kind: "failed", reason: refusalReason(error) };
    }
  }

  async #import(listed: ListedPage, page: ReadPage | Failure): Promise<FileOutcome> {
    if (page.kind === "failed") return page;
    const { path } = listed;
    const { text } = page;
    this.#warnings.push(...text.warnings.map((warning) => ({ path, text: warning })));
    for (const { destination } of await this.#missingSlugs(text)) {
      this.#warnings.push({
        path,
        text: `link to ${destination}, which is neither a file nor a page of the wiki`,
      });
    }
    const imported = importedPage(listed, page);
    const outcome = (await this.#pages?.import(imported)) ?? { kind: "created", refusedFiles: [] };
    if (!("refusedFiles" in outcome)) return outcome;
    for (const { path: file, text: reason } of outcome.refusedFiles) {
      this.#warnings.push({ path, text: `${file} was not attached: ${reason}` });
    }
    return outcome;
  }

  async #missingSlugs({ unresolved }: PageText): Promise<PageText["unresolved"]> {
    const slugOf = ({ slug }: { readonly slug: string }) => parseSlug(slug) ?? "";
    const slugs = new Set(unresolved.map(slugOf).filter((slug) => slug !== ""));
    const existing = slugs.size === 0 ? undefined : await this.#content?.slugHolders(slugs);
    return unresolved.filter((link) => !existing?.has(slugOf(link)));
  }

  #report(collisions: readonly Collision[]): ImportReport {
    const { pages, refused } = this.#tree;
    const all = pages.map(({ path, slug }) => ({ path, slug, outcome: this.#outcomes.get(path) }));
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
      files: pages.length + refused.length,
      created: pagesOfKind("created"),
      updated: pagesOfKind("updated"),
      unchanged: pagesOfKind("unchanged"),
      leftAlone: allOf("leftAlone"),
      failed: [
        ...refused.map(({ path, text }) => ({ path, reason: text })),
        ...allOf("failed").map(({ path, reason }) => ({ path, reason })),
      ],
      collisions,
      warnings: this.#warnings.sort(byPath),
    };
  }
}
