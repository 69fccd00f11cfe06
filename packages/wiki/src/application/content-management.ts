import {
  type ApplicationOptions,
  application,
  EventSourcedLog,
  InvalidArgumentError,
} from "@palimpsest/eventsourcing";
import { memoryRecorder } from "@palimpsest/eventsourcing/memory";
import { LRUCache } from "lru-cache";
import type { NamedPage } from "../content/link-target.ts";
import { canonicalSlug } from "../content/slug.ts";
import { Page } from "../domain/page.ts";
import { PAGE_LOG_ID, PageLogged } from "../domain/page-log.ts";
import { Slug } from "../domain/slug.ts";
import { requireUser } from "../domain/user.ts";
import { inlineTasks, type TaskRunner } from "../workers/task-runner.ts";
import { archivePage, unarchivePage } from "./archive-page.ts";
import { createPage } from "./create-page.ts";
import { attachFile, editPage, editPageBySlug, restorePage, undoEdit } from "./edit-page.ts";
import { PageNotFoundError } from "./errors.ts";
import { type FileStorage, FileTypeRefusedError } from "./files.ts";
import { receiveFile, removeFile, requireStorage } from "./page-files.ts";
import { PageRecord } from "./page-record.ts";
import { detailsOf, PageStore } from "./page-store.ts";
import type {
  ArchiveCommand,
  CommandResult,
  FileCommandResult,
  ListedPage,
  NewFile,
  NewPage,
  PageDetails,
  PageEdit,
  PageRange,
  ReceivedFile,
  RemoveFileCommand,
  SlugResolution,
  UnarchiveCommand,
  VersionCommand,
} from "./pages.ts";
import { resolveClaim, slugHolders } from "./slug-claims.ts";

export interface ContentOptions extends Partial<ApplicationOptions> {
  readonly workers?: TaskRunner;
  /** Where files are stored. Without it, commands with files throw. The caller closes it. */
  readonly files?: FileStorage;
  readonly fileLimits?: FileLimits;
}

export interface FileLimits {
  /** Of one file. */
  readonly maxBytes: number;
  /** Accepted media types, such as "application/pdf" or "image/*"; undefined accepts all. */
  readonly types: readonly string[] | undefined;
}

const DEFAULT_FILE_LIMITS: FileLimits = { maxBytes: 50 * 1024 * 1024, types: undefined };

/** The most text of earlier versions that is cached, in UTF-16 code units: 8 to 16 MB. */
const MAX_CACHED_UNITS = 8 * 1024 * 1024;

/** How often a slug is resolved again because its page moved between two reads. */
const MAX_RESOLVE_ATTEMPTS = 5;

/**
 * Creates, edits, archives, finds and lists pages. Commands need a user (`asUser`), are repeated after version
 * conflicts, and store nothing if they fail.
 */
export class ContentManagement extends application({
  aggregates: [Page, Slug],
  logEvents: [PageLogged],
  snapshots: { Page: { every: 5 } },
  compression: "gzip",
}) {
  /** An entry for each created page. */
  readonly pageLog = new EventSourcedLog(this.events, PAGE_LOG_ID, PageLogged);

  /** Reads the history of pages and slugs. */
  readonly record = new PageRecord(this.events, this.repository, this.notificationLog);

  readonly #store: PageStore;
  /** Computes what may take long. */
  readonly workers: TaskRunner;
  readonly #files: FileStorage | undefined;
  readonly fileLimits: FileLimits;

  /** Versions that were read by number. They never change. */
  readonly #versions = new LRUCache<string, PageDetails>({
    maxSize: MAX_CACHED_UNITS,
    sizeCalculation: ({ title, body, files }) => title.length + body.length + 200 * files.length + 500,
  });

  /**
   * Without a recorder, keeps everything in memory.
   *
   * @param options `workers` compares and merges large texts; by default, the calling thread does
   */
  constructor({
    workers = inlineTasks,
    files,
    fileLimits = DEFAULT_FILE_LIMITS,
    ...options
  }: ContentOptions = {}) {
    super({ recorder: memoryRecorder(), ...options });
    this.workers = workers;
    this.#files = files;
    this.fileLimits = fileLimits;
    this.#store = new PageStore(this, workers, files);
  }

  /** Creates a page; resolves to the last notification id. @throws the errors of `addPage` */
  async createPage(title: string, slug: string, body = ""): Promise<number> {
    return (await this.addPage({ title, slug, body })).position;
  }

  /** Sets the title; resolves to the last notification id. @throws the errors of `editPage` */
  async updateTitle(slug: string, title: string): Promise<number> {
    return (await this.editPageBySlug(slug, { title })).position;
  }

  /** Moves the page to a new slug; resolves to the last notification id. @throws the errors of `editPage` */
  async updateSlug(oldSlug: string, newSlug: string): Promise<number> {
    return (await this.editPageBySlug(oldSlug, { slug: newSlug })).position;
  }

  /** Sets the body; resolves to the last notification id. @throws the errors of `editPage` */
  async updateBody(slug: string, body: string): Promise<number> {
    return (await this.editPageBySlug(slug, { body })).position;
  }

  /**
   * Creates a page, logs it and claims its slug, in one save.
   * @throws SlugConflictError, InvalidSlugError, InvalidTitleError, LimitExceededError, IdempotencyKeyReusedError,
   *   UserRequiredError: nothing is stored
   */
  addPage(newPage: NewPage): Promise<CommandResult> {
    return createPage(this.#store, (pageId) => this.pageLog.triggerEvent({ pageId }), newPage);
  }

  /**
   * Changes the given fields. If `baseVersion` is an older version, later edits are merged; a field conflicts only if
   * both sides changed it differently. An edit that changes nothing stores nothing.
   * @throws EditConflictError, BaseVersionError, PageNotFoundError, PageArchivedError, SlugConflictError,
   *   InvalidSlugError, InvalidTitleError, LimitExceededError, UserRequiredError: nothing is stored
   */
  editPage(pageId: string, edit: PageEdit): Promise<CommandResult> {
    return editPage(this.#store, pageId, edit);
  }

  /** Does the same as `editPage` for the page that has this slug when the command runs. */
  editPageBySlug(slug: string, edit: PageEdit): Promise<CommandResult> {
    return editPageBySlug(this.#store, slug, edit);
  }

  /**
   * Sets title, body and files to those of `version`; the slug stays. Edits since `baseVersion` are kept
   * unless they conflict.
   * @throws the errors of `editPage`
   */
  restorePage(pageId: string, command: VersionCommand): Promise<CommandResult> {
    return restorePage(this.#store, pageId, command);
  }

  /**
   * Undoes the whole edit that created `version`, and keeps later edits. Stores nothing if nothing of the edit is left.
   * @throws UndoRefusedError, EditConflictError if later edits changed the same text, and the errors of `editPage`
   */
  undoEdit(pageId: string, command: VersionCommand): Promise<CommandResult> {
    return undoEdit(this.#store, this.record, pageId, command);
  }

  /**
   * Receives a file, to be attached by `addPage`, `editPage` or `attachFile`, or kept by `keepFile`. A received file that
   * is not used must be discarded.
   * @throws InvalidFileError, FileTypeRefusedError, LimitExceededError, and the errors of `content`: nothing is left
   */
  async receiveFile(name: string, content: AsyncIterable<Uint8Array> | Uint8Array): Promise<ReceivedFile> {
    const { maxBytes, types } = this.fileLimits;
    const received = await receiveFile(this.files, name, content, maxBytes);
    const { type } = received.file;
    const accepts = (accepted: string) =>
      accepted.endsWith("/*") ? type.startsWith(accepted.slice(0, -1)) : accepted === type;
    if (types === undefined || types.some(accepts)) return received;
    await received.received.discard();
    throw new FileTypeRefusedError(received.file.name, type, types);
  }

  /**
   * Attaches a file to the page, or replaces one of its files. Stores nothing if the page has it already. Edits since
   * `baseVersion` never conflict.
   * @throws FileNotFoundError if the file to be replaced does not exist, BaseVersionError, PageNotFoundError,
   *   PageArchivedError, LimitExceededError, UserRequiredError: nothing is attached
   */
  attachFile(
    pageId: string,
    file: NewFile,
    edit: Pick<PageEdit, "summary" | "baseVersion"> = {},
  ): Promise<FileCommandResult> {
    return attachFile(this.#store, pageId, file, edit);
  }

  /** Removes a file from the page. @throws FileNotFoundError, and the errors of `attachFile` */
  removeFile(pageId: string, command: RemoveFileCommand): Promise<CommandResult> {
    return removeFile(this.#store, pageId, command);
  }

  /**
   * Keeps a received file for the current user until it is attached, at most 24 hours. A page whose saved text contains
   * the address of the file gets it.
   */
  async keepFile({ file, received }: ReceivedFile): Promise<void> {
    try {
      await this.files.addUnattached(file, received, requireUser());
    } finally {
      await received.discard();
    }
  }

  /** Where files are stored. @throws ProgrammingError if there is none */
  get files(): FileStorage {
    return requireStorage(this.#files);
  }

  /**
   * Archives the page: removes it from the lists of the wiki, frees its slug, and keeps its events. Does nothing to an
   * archived page.
   * @throws EditConflictError if the page was changed since `baseVersion`, BaseVersionError, PageNotFoundError,
   *   LimitExceededError, UserRequiredError: nothing is stored
   */
  archivePage(pageId: string, command: ArchiveCommand = {}): Promise<CommandResult> {
    return archivePage(this.#store, pageId, command);
  }

  /**
   * Unarchives a page, at its last slug or another one. Does nothing to a page that is not archived.
   * @throws SlugConflictError if another page has the slug, InvalidSlugError, BaseVersionError, PageNotFoundError,
   *   LimitExceededError, UserRequiredError: nothing is stored
   */
  unarchivePage(pageId: string, command: UnarchiveCommand = {}): Promise<CommandResult> {
    return unarchivePage(this.#store, pageId, command);
  }

  /** Resolves to the page that has this slug. @throws InvalidSlugError, PageNotFoundError */
  async getPageBySlug(slug: string): Promise<PageDetails> {
    return detailsOf(await this.#store.getBySlug(canonicalSlug(slug)));
  }

  /** Resolves to the page at `version`, by default the current one, archived or not. @throws PageNotFoundError */
  async getPageById(pageId: string, version?: number): Promise<PageDetails> {
    if (version === undefined) return detailsOf(await this.#store.get(pageId));
    const key = `${pageId} ${version}`;
    const cached = this.#versions.get(key);
    if (cached !== undefined) return cached;
    const page = detailsOf(await this.#store.get(pageId, version));
    this.#versions.set(key, page);
    return page;
  }

  /**
   * Resolves to the page as it was at a position.
   * @param instant the instant of that position, for the message of the error
   * @throws PageNotFoundError if the page did not exist yet
   */
  async getPageAt(pageId: string, position: number, instant?: Date): Promise<PageDetails> {
    const version = await this.record.versionAt(pageId, position);
    if (version === 0) throw new PageNotFoundError(pageId, { at: instant });
    return this.getPageById(pageId, version);
  }

  /** Resolves to the page that a slug leads to, now or at the position `at`. @throws InvalidSlugError */
  async resolveSlug(slug: string, at?: number): Promise<SlugResolution> {
    const name = canonicalSlug(slug);
    for (let attempt = 1; ; attempt += 1) {
      const resolution = await this.#resolve(name, at);
      // The page can be moved or archived after its claim was read.
      const isTorn =
        resolution.kind === "page" && (resolution.page.archived || resolution.page.slug !== name);
      if (!isTorn || attempt === MAX_RESOLVE_ATTEMPTS) return resolution;
    }
  }

  async #resolve(name: string, at: number | undefined): Promise<SlugResolution> {
    const version = at === undefined ? undefined : await this.record.versionAt(Slug.createId(name), at);
    const claim = version === 0 ? undefined : await this.#store.claims.find(name, version);
    return resolveClaim(claim, (id) => (at === undefined ? this.getPageById(id) : this.getPageAt(id, at)));
  }

  /**
   * Iterates over the pages that are not archived, in the order of the page log, oldest first unless `desc`. `gt` and
   * `lte` limit the positions in that log, `limit` the number of pages. With `at`, pages are read as they were at that
   * position. Each page is read when the iterator reaches it.
   * @throws InvalidArgumentError if `limit` is not a whole number from 0
   */
  async *getPages({
    limit = Number.POSITIVE_INFINITY,
    at,
    ...range
  }: PageRange = {}): AsyncGenerator<ListedPage> {
    if (limit !== Number.POSITIVE_INFINITY && !(Number.isSafeInteger(limit) && limit >= 0)) {
      throw new InvalidArgumentError("limit", limit, "a whole number from 0");
    }
    if (limit === 0) return;
    const lastEntry = at === undefined ? undefined : await this.record.versionAt(PAGE_LOG_ID, at);
    const lte = Math.min(range.lte ?? Number.MAX_SAFE_INTEGER, lastEntry ?? Number.MAX_SAFE_INTEGER);
    let count = 0;
    for await (const entry of this.pageLog.get({ ...range, lte })) {
      const { pageId } = entry.data;
      const page = at === undefined ? await this.getPageById(pageId) : await this.getPageAt(pageId, at);
      if (page.archived) continue;
      yield { ...page, logPosition: entry.originatorVersion };
      count += 1;
      if (count === limit) return;
    }
  }

  /** Resolves to the pages that slugs lead to, now or at the position `at`. `slugs` are in canonical form. */
  slugHolders(slugs: Iterable<string>, at?: number): Promise<ReadonlyMap<string, NamedPage>> {
    return slugHolders(slugs, (slug) => this.resolveSlug(slug, at));
  }

  /** Resolves to the id of the last notification, or 0. */
  position(): Promise<number> {
    return this.#store.position();
  }
}
