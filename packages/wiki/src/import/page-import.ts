import { CodedError, NAMESPACE_URL, uuid5 } from "@palimpsest/eventsourcing";
import type { ContentManagement } from "../application/content-management.ts";
import { PageNotFoundError } from "../application/errors.ts";
import type { PageDetails } from "../application/pages.ts";
import { asEdit } from "../domain/edit.ts";
import { BodyUpdated, PageCreated, TitleUpdated } from "../domain/page.ts";
import type { ExportedPage } from "./front-matter.ts";

/** The page that a file becomes. */
export interface ImportedPage {
  readonly path: string;
  readonly slug: string;
  readonly title: string;
  readonly body: string;
  readonly exported: ExportedPage | undefined;
}

export type FileOutcome =
  | { readonly kind: "created" | "updated" | "unchanged" }
  | { readonly kind: "leftAlone" | "failed"; readonly reason: string };

type Plan =
  | FileOutcome
  | { readonly kind: "create" }
  | { readonly kind: "update"; readonly page: PageDetails; readonly title?: string; readonly body?: string };

export interface PageImportOptions {
  /** Whether the file replaces text that was written in the wiki. */
  readonly overwrite: boolean;
  readonly dryRun: boolean;
}

type Fields = Pick<PageDetails, "title" | "body">;
type Identity = Pick<ImportedPage, "path" | "slug" | "exported">;

/** The page of a file, or the page of others that has its slug. */
type Found =
  | { readonly kind: "own" | "other"; readonly page: PageDetails }
  | { readonly kind: "none"; readonly page?: undefined };

/**
 * Imports single files by a three-way comparison of file, page and last import. A field that changed on one side is taken
 * from that side.
 *
 * A page is created with an id derived from the source and the path of its file, and all events of an import carry this id
 * (decision 041). So both are found again, also if another person imports or the slug was changed.
 */
export class PageImport {
  readonly #sourceName: string;
  readonly #content: ContentManagement;
  readonly #options: PageImportOptions;

  /** @param sourceName the name of the `ImportSource` */
  constructor(sourceName: string, content: ContentManagement, options: PageImportOptions) {
    this.#sourceName = sourceName;
    this.#content = content;
    this.#options = options;
  }

  /** Resolves to true if a page that is not from the file has its slug. */
  async isSlugOfOther(file: Identity): Promise<boolean> {
    return (await this.#find(file)).kind === "other";
  }

  /** Resolves to why the file cannot have its slug; undefined if it can. */
  async collisionReason(file: ImportedPage): Promise<string | undefined> {
    const found = await this.#find(file);
    return found.kind === "other" && !isSame(file, found.page)
      ? `page "${found.page.title}" has this slug and is not from this file; --overwrite replaces its text`
      : undefined;
  }

  /** Must be called with a current user. */
  async import(file: ImportedPage): Promise<FileOutcome> {
    try {
      return await this.#carryOut(file, await this.#plan(file));
    } catch (error) {
      if (error instanceof CodedError && PAGE_ERRORS.has(error.code))
        return { kind: "failed", reason: error.message };
      throw error;
    }
  }

  async #carryOut(file: ImportedPage, plan: Plan): Promise<FileOutcome> {
    if (plan.kind !== "create" && plan.kind !== "update") return plan;
    const outcome = plan.kind === "create" ? "created" : "updated";
    if (this.#options.dryRun) return { kind: outcome };
    const source = this.#sourceId(file);
    const summary = summaryOf(file);
    await asEdit({ source }, async () => {
      if (plan.kind === "create") {
        const { title, slug, body } = file;
        return this.#content.addPage({ id: source, title, slug, body, summary });
      }
      const { kind: _kind, page, ...fields } = plan;
      return this.#content.editPage(page.id, { ...fields, summary, baseVersion: page.version });
    });
    return { kind: outcome };
  }

  async #plan(file: ImportedPage): Promise<Plan> {
    const { kind, page } = await this.#find(file);
    if (kind === "none") return { kind: "create" };
    if (kind === "own" && page.archived) {
      return { kind: "leftAlone", reason: "the page was archived in the wiki" };
    }
    if (isSame(file, page)) return { kind: "unchanged" };
    if (this.#options.overwrite) return { kind: "update", page, title: file.title, body: file.body };
    const reason = kind === "other" ? await this.collisionReason(file) : undefined;
    if (reason !== undefined) return { kind: "failed", reason };
    return threeWayPlan(file, page, await this.#lastImported(file, page));
  }

  async #find(file: Identity): Promise<Found> {
    const { slug, exported } = file;
    const own = (await this.#pageById(exported?.pageId)) ?? (await this.#pageById(this.#sourceId(file)));
    if (own !== undefined) return { kind: "own", page: own };
    const found = await this.#content.resolveSlug(slug);
    if (found.kind === "nothing") return { kind: "none" };
    const { page } = found;
    const versions = await this.#importedVersions(file, page.id);
    if (versions.title + versions.body > 0) return { kind: "own", page };
    return found.kind === "page" ? { kind: "other", page } : { kind: "none" };
  }

  async #pageById(id: string | undefined): Promise<PageDetails | undefined> {
    if (id === undefined) return undefined;
    try {
      return await this.#content.getPageById(id);
    } catch (error) {
      if (error instanceof PageNotFoundError) return undefined;
      throw error;
    }
  }

  /** Resolves to the fields as last imported or exported. */
  async #lastImported(file: ImportedPage, page: PageDetails): Promise<Fields> {
    const { exported } = file;
    const isOfExport = exported !== undefined && exported.pageId === page.id;
    const versions = await this.#importedVersions(file, page.id, isOfExport ? exported.version : 0);
    const { title } = await this.#content.getPageById(page.id, versions.title || 1);
    const { body } = await this.#content.getPageById(page.id, versions.body || 1);
    return { title, body };
  }

  /** Resolves to the last versions after `first` that this file wrote, or else `first`. */
  async #importedVersions(
    file: Identity,
    pageId: string,
    first = 0,
  ): Promise<{ readonly title: number; readonly body: number }> {
    const source = this.#sourceId(file);
    const versions = { title: first, body: first };
    for (const event of await this.#content.events.get(pageId, { gt: first })) {
      if ((event.data as { source?: string }).source !== source) continue;
      if (PageCreated.matches(event) || TitleUpdated.matches(event)) versions.title = event.originatorVersion;
      if (PageCreated.matches(event) || BodyUpdated.matches(event)) versions.body = event.originatorVersion;
    }
    return versions;
  }

  /** Returns the id of the file in this source. Stored permanently, as the id of its page and in events. */
  #sourceId({ path }: Identity): string {
    return uuid5(NAMESPACE_URL, `/imports/${JSON.stringify([this.#sourceName, path.normalize("NFC")])}`);
  }
}

function isSame(file: Fields, page: Fields): boolean {
  return file.title === page.title && file.body === page.body;
}

function threeWayPlan(file: ImportedPage, page: PageDetails, imported: Fields): Plan {
  const names = ["title", "body"] as const;
  const different = names.filter((name) => file[name] !== page[name]);
  const changedInFile = different.filter((name) => file[name] !== imported[name]);
  const conflicts = changedInFile.filter((name) => page[name] !== imported[name]);
  if (conflicts.length > 0) {
    return {
      kind: "failed",
      reason: `the ${conflicts.join(" and ")} changed in the file and in the wiki; the page was left alone`,
    };
  }
  if (changedInFile.length > 0) {
    return { kind: "update", page, ...Object.fromEntries(changedInFile.map((name) => [name, file[name]])) };
  }
  return {
    kind: "leftAlone",
    reason: `the ${different.join(" and ")} changed only in the wiki`,
  };
}

const MAX_PATH_IN_SUMMARY = 400;

function summaryOf({ path }: ImportedPage): string {
  const characters = [...path.normalize("NFC")];
  const start = characters.length > MAX_PATH_IN_SUMMARY ? "…" : "";
  return `Imported from ${start}${characters.slice(-MAX_PATH_IN_SUMMARY).join("")}`;
}

/** Errors that concern a single page. All others end the import. */
const PAGE_ERRORS: ReadonlySet<string> = new Set([
  "slug-conflict",
  "edit-conflict",
  "base-version-unknown",
  "invalid-title",
  "limit-exceeded",
  "page-archived",
  "version-conflict",
]);
