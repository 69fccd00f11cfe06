import { createHash } from "node:crypto";
import { CodedError, NAMESPACE_URL, uuid5 } from "@palimpsest/eventsourcing";
import type { ContentManagement } from "../application/content-management.ts";
import { PageNotFoundError } from "../application/errors.ts";
import type { PageDetails, ReceivedFile } from "../application/pages.ts";
import { asEdit } from "../domain/edit.ts";
import { BodyUpdated, FilesAttached, FilesReplaced, PageCreated, TitleUpdated } from "../domain/page.ts";
import { nameKey } from "../domain/page-files.ts";
import type { ExportedPage } from "./front-matter.ts";
import type { AttachedFile } from "./page-text.ts";
import type { ImportSource, Remark } from "./source.ts";
import { refusalReason } from "./source-tree.ts";

/** The page that a file becomes. */
export interface ImportedPage {
  readonly path: string;
  readonly slug: string;
  readonly title: string;
  readonly body: string;
  readonly exported: ExportedPage | undefined;
  readonly files: readonly AttachedFile[];
}

export type FileOutcome =
  | { readonly kind: "created" | "updated"; readonly refusedFiles: readonly Remark[] }
  | { readonly kind: "unchanged" }
  | { readonly kind: "leftAlone" | "failed"; readonly reason: string };

type Plan =
  | Exclude<FileOutcome, { readonly kind: "created" | "updated" }>
  | { readonly kind: "create" }
  | {
      readonly kind: "update";
      readonly page: PageDetails;
      readonly title?: string;
      readonly body?: string;
      readonly files: readonly AttachedFile[];
    };

export interface PageImportOptions {
  /** Whether the file replaces text that was written in the wiki. */
  readonly overwrite: boolean;
  readonly dryRun: boolean;
}

/** The title, the text, and the SHA-256 of each file by its `nameKey`. */
interface State {
  readonly title: string;
  readonly body: string;
  readonly files: ReadonlyMap<string, string>;
}

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
  readonly #source: Pick<ImportSource, "name" | "open">;
  readonly #content: ContentManagement;
  readonly #options: PageImportOptions;

  constructor(
    source: Pick<ImportSource, "name" | "open">,
    content: ContentManagement,
    options: PageImportOptions,
  ) {
    this.#source = source;
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
    return found.kind === "other" && different(await this.#stateOf(file), stateOfPage(found.page)).length > 0
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
    const kind = plan.kind === "create" ? "created" : "updated";
    if (this.#options.dryRun) return { kind, refusedFiles: [] };
    const source = this.#sourceId(file);
    const summary = summaryOf(file);
    const { received, refused } = await this.#receive(plan.kind === "create" ? file.files : plan.files);
    try {
      await asEdit({ source }, async () => {
        if (plan.kind === "create") {
          const { title, slug, body } = file;
          return this.#content.addPage({ id: source, title, slug, body, summary, files: received });
        }
        const { page, title, body } = plan;
        const fields = { ...(title === undefined ? {} : { title }), ...(body === undefined ? {} : { body }) };
        const files = received.map((each) => ({ ...each, replaces: "same-name" as const }));
        return this.#content.editPage(page.id, { ...fields, files, summary, baseVersion: page.version });
      });
    } finally {
      await Promise.all(received.map((each) => each.received.discard()));
    }
    return { kind, refusedFiles: refused };
  }

  /** Receives the files of a page. A file that cannot be attached does not prevent the import of its page. */
  async #receive(files: readonly AttachedFile[]) {
    const received: ReceivedFile[] = [];
    const refused: Remark[] = [];
    for (const { path, name } of files) {
      try {
        received.push(await this.#content.receiveFile(name, await this.#source.open(path)));
      } catch (error) {
        if (error instanceof CodedError && !FILE_ERRORS.has(error.code)) throw error;
        refused.push({ path, text: refusalReason(error) });
      }
    }
    return { received, refused };
  }

  async #plan(file: ImportedPage): Promise<Plan> {
    const { kind, page } = await this.#find(file);
    if (kind === "none") return { kind: "create" };
    if (kind === "own" && page.archived) {
      return { kind: "leftAlone", reason: "the page was archived in the wiki" };
    }
    const state = await this.#stateOf(file);
    const names = different(state, stateOfPage(page));
    if (names.length === 0) return { kind: "unchanged" };
    if (this.#options.overwrite) return updatePlan(file, page, names);
    const reason = kind === "other" ? await this.collisionReason(file) : undefined;
    if (reason !== undefined) return { kind: "failed", reason };
    return threeWayPlan(file, page, { file: state, imported: await this.#lastImported(file, page) });
  }

  /** Resolves to the state of the page that the file describes. */
  async #stateOf({ title, body, files }: ImportedPage): Promise<State> {
    const hashes = new Map<string, string>();
    for (const { path, name } of files) {
      const hash = createHash("sha256");
      try {
        for await (const chunk of await this.#source.open(path)) hash.update(chunk);
      } catch {
        continue; // Reported when the file is attached.
      }
      hashes.set(nameKey(name), hash.digest("hex"));
    }
    return { title, body, files: hashes };
  }

  async #find(file: Identity): Promise<Found> {
    const { slug, exported } = file;
    const own = (await this.#pageById(exported?.pageId)) ?? (await this.#pageById(this.#sourceId(file)));
    if (own !== undefined) return { kind: "own", page: own };
    const found = await this.#content.resolveSlug(slug);
    if (found.kind === "nothing") return { kind: "none" };
    const { page } = found;
    if ((await this.#importedVersions(file, page.id)).last > 0) return { kind: "own", page };
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

  /** Resolves to the state of the page as last imported or exported. */
  async #lastImported(file: ImportedPage, page: PageDetails): Promise<State> {
    const { exported } = file;
    // A page that was restored from a backup can be older than its export.
    const isBase = exported?.pageId === page.id && exported.version <= page.version;
    const first = isBase ? exported.version : 0;
    const versions = await this.#importedVersions(file, page.id, first);
    const { title, files } = await this.#content.getPageById(page.id, versions.title || 1);
    const { body } = await this.#content.getPageById(page.id, versions.body || 1);
    const exportedFiles = first === 0 ? [] : files;
    return { title, body, files: new Map([...stateOfFiles(exportedFiles), ...versions.files]) };
  }

  /** Resolves to the last versions after `first` in which this file wrote title and body, or else `first`. */
  async #importedVersions(file: Identity, pageId: string, first = 0) {
    const source = this.#sourceId(file);
    const versions = { title: first, body: first, last: first, files: new Map<string, string>() };
    for (const event of await this.#content.events.get(pageId, { gt: first })) {
      if ((event.data as { source?: string }).source !== source) continue;
      versions.last = event.originatorVersion;
      if (PageCreated.matches(event) || TitleUpdated.matches(event)) versions.title = event.originatorVersion;
      if (PageCreated.matches(event) || BodyUpdated.matches(event)) versions.body = event.originatorVersion;
      const files = FilesAttached.matches(event) ? event.data.files : [];
      const replacing = FilesReplaced.matches(event) ? event.data.files.map(({ file }) => file) : [];
      for (const { name, sha256 } of [...files, ...replacing]) versions.files.set(nameKey(name), sha256);
    }
    return versions;
  }

  /** Returns the id of the file in this source. Stored permanently, as the id of its page and in events. */
  #sourceId({ path }: Identity): string {
    return uuid5(NAMESPACE_URL, `/imports/${JSON.stringify([this.#source.name, path.normalize("NFC")])}`);
  }
}

function stateOfPage({ title, body, files }: PageDetails): State {
  return { title, body, files: stateOfFiles(files) };
}

function stateOfFiles(files: PageDetails["files"]): ReadonlyMap<string, string> {
  return new Map(files.map(({ name, sha256 }) => [nameKey(name), sha256]));
}

type Part = "title" | "body" | { readonly file: string };

function valueOfPart(state: State, part: Part): string | undefined {
  return typeof part === "string" ? state[part] : state.files.get(part.file);
}

/** Returns the parts of a page that a file would change. */
function different(file: State, page: State): readonly Part[] {
  const files = [...file.files.keys()].map((key) => ({ file: key }));
  return (["title", "body", ...files] as const).filter(
    (part) => valueOfPart(file, part) !== valueOfPart(page, part),
  );
}

function threeWayPlan(
  file: ImportedPage,
  page: PageDetails,
  states: { readonly file: State; readonly imported: State },
): Plan {
  const current = stateOfPage(page);
  const isSame = (one: State, other: State) => (part: Part) =>
    valueOfPart(one, part) === valueOfPart(other, part);
  const parts = different(states.file, current);
  const changedInFile = parts.filter((part) => !isSame(states.file, states.imported)(part));
  const conflicts = changedInFile.filter((part) => !isSame(current, states.imported)(part));
  if (conflicts.length > 0) {
    const reason = `${listOf(conflicts)} changed in the file and in the wiki; the page was left alone`;
    return { kind: "failed", reason };
  }
  if (changedInFile.length > 0) return updatePlan(file, page, changedInFile);
  return { kind: "leftAlone", reason: `${listOf(parts)} changed only in the wiki` };
}

function updatePlan(file: ImportedPage, page: PageDetails, parts: readonly Part[]): Plan {
  const fields = (["title", "body"] as const).filter((name) => parts.includes(name));
  const keys = new Set(parts.flatMap((part) => (typeof part === "string" ? [] : [part.file])));
  return {
    kind: "update",
    page,
    ...Object.fromEntries(fields.map((name) => [name, file[name]])),
    files: file.files.filter(({ name }) => keys.has(nameKey(name))),
  };
}

function listOf(parts: readonly Part[]): string {
  return parts
    .map((part) => (typeof part === "string" ? `the ${part}` : `the file ${part.file}`))
    .join(" and ");
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
  "file-conflict",
]);

/** Errors that concern a single file of a page. */
const FILE_ERRORS: ReadonlySet<string> = new Set(["invalid-file", "file-type-refused", "limit-exceeded"]);
