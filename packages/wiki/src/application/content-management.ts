import { randomUUID } from "node:crypto";
import {
  type ApplicationOptions,
  application,
  EventSourcedLog,
  InvalidArgumentError,
  NAMESPACE_URL,
  type Recording,
  type Saveable,
  uuid5,
} from "@palimpsest/eventsourcing";
import { memoryRecorder } from "@palimpsest/eventsourcing/memory";
import { canonicalSlug } from "../content/slug.ts";
import { asEdit } from "../domain/edit.ts";
import { Page, type PageChanges } from "../domain/page.ts";
import { PAGE_LOG_ID, PageLogged } from "../domain/page-log.ts";
import { Slug } from "../domain/slug.ts";
import { requireUser } from "../domain/user.ts";
import {
  BaseVersionError,
  type EditedFields,
  IdempotencyKeyReusedError,
  PageArchivedError,
  PageNotFoundError,
  UndoRefusedError,
} from "./errors.ts";
import { KeyedMutex } from "./keyed-mutex.ts";
import { requireBody, requireSummary, requireTitle } from "./limits.ts";
import { changedFields, mergeFields, requireUnchanged } from "./merge-fields.ts";
import { PageRecord } from "./page-record.ts";
import type {
  ListedPage,
  NewPage,
  PageDetails,
  PageEdit,
  PageRange,
  SlugResolution,
  VersionCommand,
  Written,
} from "./pages.ts";
import { leadOf, SlugClaims } from "./slug-claims.ts";

/** How often a slug is looked up when its page changes hands between two reads. */
const MOST_READINGS = 5;

/**
 * Creates, edits, finds and lists pages. Commands need a user (`asUser`), are run again when they lose a race that
 * is no conflict, and change nothing when they fail.
 */
export class ContentManagement extends application({
  aggregates: [Page, Slug],
  logEvents: [PageLogged],
  snapshots: { Page: { every: 5 } },
  compression: "gzip",
}) {
  readonly pageLog = new EventSourcedLog(this.events, PAGE_LOG_ID, PageLogged);

  /** What was. */
  readonly record = new PageRecord(this.events, this.repository, this.notificationLog);

  readonly #claims = new SlugClaims(this.repository);

  /** Of the commands of this process on one page, which would only take the version from each other. */
  readonly #pageMutex = new KeyedMutex();

  /** Without a recorder everything is kept in memory. */
  constructor(options: Partial<ApplicationOptions> = {}) {
    super({ recorder: memoryRecorder(), ...options });
  }

  /** Creates a page; resolves to the last notification id. @throws what `addPage` does */
  async createPage(title: string, slug: string, body = ""): Promise<number> {
    return (await this.addPage({ title, slug, body })).position;
  }

  /** Sets the title; resolves to the last notification id. @throws what `editPage` does */
  async updateTitle(slug: string, title: string): Promise<number> {
    return (await this.editPageBySlug(slug, { title })).position;
  }

  /** Moves the page to a new slug; resolves to the last notification id. @throws what `editPage` does */
  async updateSlug(oldSlug: string, newSlug: string): Promise<number> {
    return (await this.editPageBySlug(oldSlug, { slug: newSlug })).position;
  }

  /** Sets the body; resolves to the last notification id. @throws what `editPage` does */
  async updateBody(slug: string, body: string): Promise<number> {
    return (await this.editPageBySlug(slug, { body })).position;
  }

  /**
   * Creates a page, logs it and claims its slug, in one step.
   * @throws SlugConflictError, InvalidSlugError, InvalidTitleError, LimitExceededError, IdempotencyKeyReusedError,
   *   UserRequiredError: nothing is stored
   */
  async addPage(draft: NewPage): Promise<Written> {
    const userId = requireUser();
    const title = requireTitle(draft.title);
    const body = requireBody(draft.body ?? "");
    const slug = draft.slug === undefined ? undefined : canonicalSlug(draft.slug);
    const key = draft.idempotencyKey;
    const id = key === undefined ? randomUUID() : uuid5(NAMESPACE_URL, `/users/${userId}/created/${key}`);
    let attempt = 0;
    return this.#command(draft.summary, async () => {
      attempt += 1;
      const earlier = key === undefined ? undefined : await this.repository.find(Page, id, { version: 1 });
      if (key !== undefined && earlier !== undefined) {
        const same =
          earlier.title === title && earlier.body === body && (slug ?? earlier.slug) === earlier.slug;
        if (!same) throw new IdempotencyKeyReusedError(key);
        return { page: detailsOf(earlier), position: await this.position(), merged: false };
      }
      const claim = await (slug === undefined
        ? this.#claims.claimByTitle(title, id, attempt)
        : this.#claims.claim(slug, id));
      const page = Page.create({ title, slug: claim.name, body }, id);
      return this.#write(page, page, this.pageLog.triggerEvent({ pageId: page.id }), claim);
    });
  }

  /**
   * Changes the fields given. With an older `baseVersion`, a field conflicts only when both sides changed it, in
   * different ways. An edit that changes nothing stores nothing.
   * @throws EditConflictError, BaseVersionError, PageNotFoundError, SlugConflictError, InvalidSlugError,
   *   InvalidTitleError, LimitExceededError, UserRequiredError: nothing is stored
   */
  async editPage(pageId: string, edit: PageEdit): Promise<Written> {
    return this.#pageMutex.runExclusive(pageId, () => this.#edit(edit, () => this.#getPage(pageId)));
  }

  /** As `editPage`, of the page that has the slug at that moment. */
  async editPageBySlug(slug: string, edit: PageEdit): Promise<Written> {
    return this.#edit(edit, () => this.#getPageBySlug(slug));
  }

  /**
   * Makes title and body what they were at `version`; the slug stays. It is an edit: what was changed since
   * `baseVersion` is kept where it does not conflict.
   * @throws what `editPage` does
   */
  async restorePage(pageId: string, command: VersionCommand): Promise<Written> {
    return this.#commandOn(pageId, command.summary, async () => {
      const page = await this.#getPage(pageId);
      const earlier = await this.#getPage(pageId, command.version);
      const base = await this.#baseOf(page, command.baseVersion);
      const { title, body } = earlier;
      // Who has seen no more than what is to come back does not know what would go.
      if (base.title === title && base.body === body) {
        requireUnchanged({ version: base.version, title, slug: page.slug, body }, page);
      }
      return this.#change(page, base, { title, body }, (changes) => page.restore(changes, earlier));
    });
  }

  /**
   * Takes back the edit that made `version`, whole, and keeps later ones. What is of no effect any more stores nothing.
   * @throws UndoRefusedError, EditConflictError where later edits changed the same, and what `editPage` throws
   */
  async undoEdit(pageId: string, command: VersionCommand): Promise<Written> {
    return this.#commandOn(pageId, command.summary, async () => {
      const page = await this.#getPage(pageId);
      await this.#baseOf(page, command.baseVersion);
      const edit = await this.record.edit(pageId, command.version);
      if (edit === undefined) throw new PageNotFoundError(pageId, { version: command.version });
      if (edit.first === 1) throw new UndoRefusedError(command.version, "it created the page");
      const [before, after] = await Promise.all([
        this.#getPage(pageId, edit.first - 1),
        this.#getPage(pageId, edit.last),
      ]);
      if (before.archived !== after.archived) {
        const opposite = after.archived ? "bring the page back" : "archive the page again";
        throw new UndoRefusedError(command.version, `${opposite} instead`);
      }
      return this.#change(page, after, before, (changes) => page.undo(changes, before, edit.last));
    });
  }

  /**
   * Takes the page out of the wiki and releases its slug; nothing of its record is lost. Archived again, it stays as
   * it is.
   * @throws EditConflictError when it was changed since `baseVersion`, BaseVersionError, PageNotFoundError,
   *   LimitExceededError, UserRequiredError: nothing is stored
   */
  async archivePage(pageId: string, command: Omit<VersionCommand, "version"> = {}): Promise<Written> {
    return this.#commandOn(pageId, command.summary, async () => {
      const page = await this.#getPage(pageId);
      const base = await this.#baseOf(page, command.baseVersion);
      if (page.archived) return this.#write(page);
      requireUnchanged(base, page);
      page.archive();
      return this.#write(page, page, await this.#claims.release(page.slug));
    });
  }

  /**
   * Brings an archived page back, under the slug it had or another. A page that is there stays as it is.
   * @throws SlugConflictError when another page has the slug, InvalidSlugError, BaseVersionError, PageNotFoundError,
   *   LimitExceededError, UserRequiredError: nothing is stored
   */
  async unarchivePage(
    pageId: string,
    command: Omit<VersionCommand, "version"> & { readonly slug?: string | undefined } = {},
  ): Promise<Written> {
    const wanted = command.slug === undefined ? undefined : canonicalSlug(command.slug);
    return this.#commandOn(pageId, command.summary, async () => {
      const page = await this.#getPage(pageId);
      await this.#baseOf(page, command.baseVersion);
      if (!page.archived) return this.#write(page);
      const slug = wanted ?? page.slug;
      page.unarchive(slug);
      return this.#write(page, page, await this.#claims.claim(slug, page.id));
    });
  }

  /** @throws PageNotFoundError */
  async getPageBySlug(slug: string): Promise<PageDetails> {
    return detailsOf(await this.#getPageBySlug(slug));
  }

  /** Resolves to the page as it is, or as it was at `version`, archived or not. @throws PageNotFoundError */
  async getPageById(pageId: string, version?: number): Promise<PageDetails> {
    return detailsOf(await this.#getPage(pageId, version));
  }

  /**
   * Resolves to the page as it was at a position, that of `instant` if one was asked for.
   * @throws PageNotFoundError also when it was not there yet
   */
  async getPageAt(pageId: string, position: number, instant?: Date): Promise<PageDetails> {
    const version = await this.record.versionAt(pageId, position);
    if (version === 0) throw new PageNotFoundError(pageId, { at: instant });
    return this.getPageById(pageId, version);
  }

  /** Resolves to where a slug leads, or led at the position `at`. @throws InvalidSlugError */
  async resolveSlug(slug: string, at?: number): Promise<SlugResolution> {
    const name = canonicalSlug(slug);
    for (let attempt = 1; ; attempt += 1) {
      const found = await this.#resolved(name, at);
      // The page may have been moved or archived after its claim was read.
      const isTorn = found.kind === "page" && (found.page.archived || found.page.slug !== name);
      if (!isTorn || attempt === MOST_READINGS) return found;
    }
  }

  async #resolved(name: string, at: number | undefined): Promise<SlugResolution> {
    const version = at === undefined ? undefined : await this.record.versionAt(Slug.createId(name), at);
    const claim = version === 0 ? undefined : await this.#claims.find(name, version);
    return leadOf(claim, (id) => (at === undefined ? this.getPageById(id) : this.getPageAt(id, at)));
  }

  /**
   * Iterates over pages in the order of the page log, oldest first unless `desc`, at log positions `> gt` and
   * `<= lte`, at most `limit` (0 gives none); with `at`, as they were at that position. Archived ones are left out.
   * Pages are read as they are asked for.
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
    const logged = at === undefined ? undefined : await this.record.versionAt(PAGE_LOG_ID, at);
    const lte = Math.min(range.lte ?? Number.MAX_SAFE_INTEGER, logged ?? Number.MAX_SAFE_INTEGER);
    let given = 0;
    for await (const entry of this.pageLog.get({ ...range, lte })) {
      const { pageId } = entry.data;
      const page = at === undefined ? await this.getPageById(pageId) : await this.getPageAt(pageId, at);
      if (page.archived) continue;
      yield { ...page, logPosition: entry.originatorVersion };
      given += 1;
      if (given === limit) return;
    }
  }

  /** Resolves to those of `slugs`, in canonical form, that lead to a page, or did at the position `at`. */
  async slugsThatLead(slugs: Iterable<string>, at?: number): Promise<ReadonlySet<string>> {
    const found = await Promise.all(
      [...slugs].map(async (slug) => ({ slug, kind: (await this.resolveSlug(slug, at)).kind })),
    );
    return new Set(found.filter(({ kind }) => kind === "page" || kind === "moved").map(({ slug }) => slug));
  }

  /** Resolves to the id of the last notification, 0 when there is none. */
  position(): Promise<number> {
    return this.notificationLog.maxId();
  }

  #edit(edit: PageEdit, load: () => Promise<Page>): Promise<Written> {
    const wanted: EditedFields = {
      ...(edit.title === undefined ? {} : { title: requireTitle(edit.title) }),
      ...(edit.slug === undefined ? {} : { slug: canonicalSlug(edit.slug) }),
      ...(edit.body === undefined ? {} : { body: requireBody(edit.body) }),
    };
    return this.#command(edit.summary, async () => {
      const page = await load();
      const base = await this.#baseOf(page, edit.baseVersion);
      const madeFrom = await this.#earlierOnes(page, base, edit.madeFrom ?? []);
      const command = ({ title, slug, body }: PageChanges) => {
        if (title !== undefined) page.updateTitle(title);
        if (slug !== undefined) page.updateSlug(slug);
        if (body !== undefined)
          page.changeBody(body, { text: wanted.body ?? base.body, ancestorVersions: madeFrom });
      };
      return this.#change(page, base, wanted, command, madeFrom[0]);
    });
  }

  /**
   * Has `command` make of `page` what is `wanted` by an edit that started from `base`, merged with what came after.
   * One that settles a conflict `began` earlier.
   */
  async #change(
    page: Page,
    base: Page,
    wanted: EditedFields,
    command: (changes: PageChanges) => void,
    began = base,
  ): Promise<Written> {
    if (page.archived) throw new PageArchivedError(page.slug, page.id);
    const changes = mergeFields(base, page, wanted);
    requireBody(changes.body?.text ?? "");
    const claims = await this.#move(page, changes.slug);
    const isMerged = changedFields(base, page).length > 0;
    const isSettled = began !== base && changedFields(began, page).length > 0;
    const merged = isMerged || isSettled ? { base: began.version, current: page.version } : undefined;
    asEdit({ merged }, () => command(changes));
    const isChanged = page.pendingEvents.length > 0;
    return { ...(await this.#write(page, page, ...claims)), merged: isMerged && isChanged };
  }

  /** Resolves to the page at the version that an edit started from. @throws BaseVersionError */
  async #baseOf(page: Page, baseVersion = page.version): Promise<Page> {
    requireVersionOf(page, baseVersion);
    return baseVersion === page.version ? page : this.#getPage(page.id, baseVersion);
  }

  /**
   * Resolves to the page as an edit began with it, and as it last met it before `base`: the first and the last of
   * `versions`. Each costs a comparison, and what is between hardly has words that neither of these has.
   * @throws BaseVersionError when any of `versions` is not there
   */
  async #earlierOnes(page: Page, base: Page, versions: readonly number[]): Promise<readonly Page[]> {
    for (const version of versions) requireVersionOf(page, version);
    const earlier = versions.filter((version) => version < base.version);
    if (earlier.length === 0) return [];
    const ends = new Set([Math.min(...earlier), Math.max(...earlier)]);
    return Promise.all([...ends].map((version) => this.#getPage(page.id, version)));
  }

  /** Returns the claims that change hands when `page` moves to `slug`. */
  async #move(page: Page, slug: string | undefined): Promise<readonly Slug[]> {
    if (slug === undefined || slug === page.slug) return [];
    return [await this.#claims.release(page.slug), await this.#claims.claim(slug, page.id)];
  }

  #commandOn<T>(pageId: string, summary: string | undefined, run: () => Promise<T>): Promise<T> {
    return this.#pageMutex.runExclusive(pageId, () => this.#command(summary, run));
  }

  #command<T>(summary: string | undefined, run: () => Promise<T>): Promise<T> {
    requireUser();
    const text = summary === undefined ? undefined : requireSummary(summary);
    return asEdit({ summary: text }, () => this.withRetry(run));
  }

  async #write(page: Page, ...items: readonly Saveable<typeof Page | typeof Slug>[]): Promise<Written> {
    const recordings: readonly Recording[] = await this.save(...items);
    const position = recordings.at(-1)?.notification.id ?? (await this.position());
    return { page: detailsOf(page), position, merged: false };
  }

  async #getPageBySlug(text: string): Promise<Page> {
    const slug = canonicalSlug(text);
    const claim = await this.#claims.find(slug);
    if (!claim?.pageId) throw new PageNotFoundError(slug);
    return this.#getPage(claim.pageId);
  }

  async #getPage(pageId: string, version?: number): Promise<Page> {
    const page = await this.repository.find(Page, pageId, { version });
    if (page === undefined) throw new PageNotFoundError(pageId, { version });
    return page;
  }
}

/** @throws BaseVersionError when the page has no such version */
function requireVersionOf(page: Page, version: number): void {
  const isThere = Number.isInteger(version) && version >= 1 && version <= page.version;
  if (!isThere) throw new BaseVersionError(version, page.version);
}

function detailsOf(page: Page): PageDetails {
  const { id, title, slug, body, version, archived, createdBy, modifiedBy } = page;
  const { first: createdAt, last: modifiedAt } = page.recordedAt ?? {
    first: page.createdAt,
    last: page.modifiedAt,
  };
  return { id, title, slug, body, version, archived, createdAt, createdBy, modifiedAt, modifiedBy };
}
