import { CodedError } from "@palimpsest/eventsourcing";
import type { ContentManagement } from "../application/content-management.ts";
import type { PageDetails } from "../application/pages.ts";
import { BodyUpdated, PageCreated, TitleUpdated } from "../domain/page.ts";
import type { FilePage } from "./file-page.ts";

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

/**
 * Imports single files by a three-way comparison of file, page and last import. The summaries of events identify the
 * events of earlier imports, also if another person imports or the slug was changed. A field that changed on one side
 * is taken from that side.
 */
export class PageImport {
  readonly #content: ContentManagement;
  readonly #options: PageImportOptions;

  constructor(content: ContentManagement, options: PageImportOptions) {
    this.#content = content;
    this.#options = options;
  }

  async import(file: FilePage): Promise<FileOutcome> {
    try {
      return await this.#carryOut(file, await this.#plan(file));
    } catch (error) {
      if (error instanceof CodedError && PAGE_ERRORS.has(error.code))
        return { kind: "failed", reason: error.message };
      throw error;
    }
  }

  async #carryOut(file: FilePage, plan: Plan): Promise<FileOutcome> {
    const summary = summaryOf(file);
    if (plan.kind === "create") {
      const { title, slug, body } = file;
      if (!this.#options.dryRun) await this.#content.addPage({ title, slug, body, summary });
      return { kind: "created" };
    }
    if (plan.kind === "update") {
      const { kind: _kind, page, ...fields } = plan;
      const edit = { ...fields, summary, baseVersion: page.version };
      if (!this.#options.dryRun) await this.#content.editPage(page.id, edit);
      return { kind: "updated" };
    }
    return plan;
  }

  async #plan(file: FilePage): Promise<Plan> {
    const found = await this.#content.resolveSlug(file.slug);
    if (found.kind === "nothing") return { kind: "create" };
    const { page } = found;
    const sameAs = (fields: Fields): boolean => file.title === fields.title && file.body === fields.body;
    if (found.kind === "page" && sameAs(page)) return { kind: "unchanged" };
    const imported = await this.#lastImported(page.id, summaryOf(file));
    if (found.kind === "archived" && imported !== undefined) {
      return { kind: "leftAlone", reason: "the page was archived in the wiki" };
    }
    if (imported === undefined) {
      if (found.kind !== "page") return { kind: "create" };
      if (!this.#options.overwrite) {
        const reason = `the slug "${file.slug}" belongs to a page that was not imported from this file`;
        return { kind: "failed", reason: `${reason}; --overwrite replaces its text` };
      }
    } else if (!this.#options.overwrite) {
      return threeWayPlan(file, page, imported);
    }
    return sameAs(page)
      ? { kind: "unchanged" }
      : { kind: "update", page, title: file.title, body: file.body };
  }

  /** Returns the fields as last imported, or undefined if no event of the page is from this file. */
  async #lastImported(pageId: string, summary: string): Promise<Fields | undefined> {
    const events = await this.#content.events.get(pageId);
    const version = { title: 0, body: 0 };
    for (const event of events) {
      if ((event.data as { summary?: string }).summary !== summary) continue;
      if (PageCreated.matches(event) || TitleUpdated.matches(event)) version.title = event.originatorVersion;
      if (PageCreated.matches(event) || BodyUpdated.matches(event)) version.body = event.originatorVersion;
    }
    if (version.title + version.body === 0) return undefined;
    const { title } = await this.#content.getPageById(pageId, version.title || 1);
    const { body } = await this.#content.getPageById(pageId, version.body || 1);
    return { title, body };
  }
}

function threeWayPlan(file: FilePage, page: PageDetails, imported: Fields): Plan {
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
  if (different.length === 0) return { kind: "unchanged" };
  return {
    kind: "leftAlone",
    reason: `the ${different.join(" and ")} changed only in the wiki`,
  };
}

/** The summary of imported events, which also identifies them in the next import. */
function summaryOf({ path }: FilePage): string {
  return `Imported from ${path.normalize("NFC")}`;
}

/** Errors that concern a single page. All others end the import. */
const PAGE_ERRORS: ReadonlySet<string> = new Set([
  "slug-conflict",
  "edit-conflict",
  "base-version-unknown",
  "invalid-title",
  "limit-exceeded",
  "version-conflict",
]);
