import { randomUUID } from "node:crypto";
import {
  type Aggregate,
  AggregateNotFoundError,
  Application,
  type ApplicationOptions,
  EventSourcedLog,
  NAMESPACE_URL,
  type Recording,
  type Saveable,
  uuid5,
} from "@palimpsest/eventsourcing";
import { memoryRecorder } from "@palimpsest/eventsourcing/memory";
import { canonicalSlug, numberedSlug, slugFromTitle } from "../content/slug.ts";
import { asEdit } from "../domain/edit.ts";
import { Page } from "../domain/page.ts";
import { PAGE_LOG_ID, PageLogged } from "../domain/page-log.ts";
import { Slug } from "../domain/slug.ts";
import { requireUser, type UserId } from "../domain/user.ts";
import {
  BaseVersionError,
  type EditedFields,
  IdempotencyKeyReusedError,
  PageNotFoundError,
  SlugConflictError,
} from "./errors.ts";
import { requireBody, requireSummary, requireTitle } from "./limits.ts";
import { mergeFields } from "./merge-fields.ts";

/** A page as readers see it. */
export interface PageDetails {
  readonly id: string;
  readonly title: string;
  readonly slug: string;
  readonly body: string;
  /** From 1, one more with each event. */
  readonly version: number;
  readonly createdAt: Date;
  readonly createdBy: UserId | null;
  readonly modifiedAt: Date;
  readonly modifiedBy: UserId | null;
}

/** A page in a list, with its position in the page log, from 1. */
export interface ListedPage extends PageDetails {
  readonly logPosition: number;
}

/** What became of a command: the page after it, and the last notification id it is known to hold at. */
export interface Written {
  readonly page: PageDetails;
  readonly position: number;
  /** True when the edit was joined with others made since its base version. */
  readonly merged: boolean;
}

export interface PageDraft {
  readonly title: string;
  /** Made from the title, with a number if that one is taken, when it is left out. */
  readonly slug?: string | undefined;
  readonly body?: string | undefined;
  readonly summary?: string | undefined;
  /** A second creation by the same user with the same key makes no second page. */
  readonly idempotencyKey?: string | undefined;
}

export interface PageEdit extends EditedFields {
  readonly summary?: string;
  /** The version that the edit started from; the present one when it is left out. */
  readonly baseVersion?: number;
}

/** Where a slug leads. */
export type SlugResolution =
  | { readonly kind: "page"; readonly page: PageDetails }
  | { readonly kind: "moved"; readonly page: PageDetails }
  | { readonly kind: "nothing" };

/**
 * Creates, edits, finds and lists pages. Commands need a user (`asUser`), are run again when they lose a race that
 * is no conflict, and change nothing when they fail.
 */
export class ContentManagement extends Application {
  static override readonly aggregates = [Page, Slug];
  static override readonly logEvents = [PageLogged];
  static override readonly snapshottingIntervals = { Page: 5 };
  static override readonly compression = "gzip";

  readonly pageLog = new EventSourcedLog(this.events, PAGE_LOG_ID, PageLogged);

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
  async addPage(draft: PageDraft): Promise<Written> {
    const userId = requireUser();
    const title = requireTitle(draft.title);
    const body = requireBody(draft.body ?? "");
    const slug = draft.slug === undefined ? undefined : canonicalSlug(draft.slug);
    const key = draft.idempotencyKey;
    const id = key === undefined ? randomUUID() : uuid5(NAMESPACE_URL, `/users/${userId}/created/${key}`);
    let attempt = 0;
    return this.#command(draft.summary, async () => {
      attempt += 1;
      const earlier = key === undefined ? undefined : await this.#find(Page, id, 1);
      if (key !== undefined && earlier !== undefined) {
        const same =
          earlier.title === title && earlier.body === body && (slug ?? earlier.slug) === earlier.slug;
        if (!same) throw new IdempotencyKeyReusedError(key);
        return { page: detailsOf(earlier), position: await this.position(), merged: false };
      }
      const claim = await (slug === undefined
        ? this.#claimByTitle(title, id, attempt)
        : this.#claim(slug, id));
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
    return this.#edit(edit, () => this.#getPage(pageId));
  }

  /** As `editPage`, of the page that has the slug at that moment. */
  async editPageBySlug(slug: string, edit: PageEdit): Promise<Written> {
    return this.#edit(edit, () => this.#getPageBySlug(slug));
  }

  /** @throws PageNotFoundError */
  async getPageBySlug(slug: string): Promise<PageDetails> {
    return detailsOf(await this.#getPageBySlug(slug));
  }

  /** Resolves to the page as it is, or as it was at `version`. @throws PageNotFoundError */
  async getPageById(pageId: string, version?: number): Promise<PageDetails> {
    return detailsOf(await this.#getPage(pageId, version));
  }

  /** Resolves to the page that has the slug or, where none does, the one that had it last. @throws InvalidSlugError */
  async resolveSlug(slug: string): Promise<SlugResolution> {
    const claim = await this.#find(Slug, Slug.createId(canonicalSlug(slug)));
    const pageId = claim?.pageId ?? claim?.formerPageId;
    if (!claim || !pageId) return { kind: "nothing" };
    return { kind: claim.pageId === null ? "moved" : "page", page: detailsOf(await this.#getPage(pageId)) };
  }

  /**
   * Iterates over pages in the order of the page log, oldest first unless `desc`, at log positions `> gt` and
   * `<= lte`, at most `limit` (0 gives none). Pages are read as they are asked for.
   */
  async *getPages(
    range: {
      readonly gt?: number;
      readonly lte?: number;
      readonly desc?: boolean;
      readonly limit?: number;
    } = {},
  ): AsyncGenerator<ListedPage> {
    for await (const entry of this.pageLog.get(range)) {
      const page = await this.#getPage(entry.data.pageId);
      yield { ...detailsOf(page), logPosition: entry.originatorVersion };
    }
  }

  /** Resolves to those of `slugs`, in canonical form, that lead to a page: held, or released and not taken since. */
  async slugsThatLead(slugs: Iterable<string>): Promise<ReadonlySet<string>> {
    const claims = await Promise.all([...slugs].map((slug) => this.#find(Slug, Slug.createId(slug))));
    return new Set(
      claims.flatMap((claim) =>
        claim !== undefined && (claim.pageId ?? claim.formerPageId) ? [claim.name] : [],
      ),
    );
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
      const { fields, merged } = await this.#merge(page, wanted, edit.baseVersion ?? page.version);
      const claims = await this.#move(page, fields.slug);
      if (fields.title !== undefined) page.updateTitle(fields.title);
      if (fields.slug !== undefined) page.updateSlug(fields.slug);
      if (fields.body !== undefined) page.updateBody(fields.body);
      const changes = page.pendingEvents.length > 0;
      return { ...(await this.#write(page, page, ...claims)), merged: merged && changes };
    });
  }

  async #merge(
    page: Page,
    wanted: EditedFields,
    baseVersion: number,
  ): Promise<{ fields: EditedFields; merged: boolean }> {
    const known = Number.isInteger(baseVersion) && baseVersion >= 1 && baseVersion <= page.version;
    if (!known) throw new BaseVersionError(baseVersion, page.version);
    if (baseVersion === page.version) return { fields: wanted, merged: false };
    return { fields: mergeFields(await this.#getPage(page.id, baseVersion), page, wanted), merged: true };
  }

  /** Returns the claims that change hands when `page` moves to `slug`. */
  async #move(page: Page, slug: string | undefined): Promise<readonly Slug[]> {
    if (slug === undefined || slug === page.slug) return [];
    const released = await this.repository.get(Slug, Slug.createId(page.slug));
    released.updatePage({ pageId: null });
    return [released, await this.#claim(slug, page.id)];
  }

  async #claim(slug: string, pageId: string): Promise<Slug> {
    const claim = await this.#claimIfFree(slug, pageId);
    if (claim === undefined) throw new SlugConflictError(slug);
    return claim;
  }

  /**
   * Claims the slug made from `title` or, where another page has that one, one with a number that is free: the first,
   * unless others are at it at this moment. Who keeps losing to them goes on from a number of their own.
   */
  async #claimByTitle(title: string, pageId: string, attempt: number): Promise<Slug> {
    const wanted = slugFromTitle(title);
    const start = attempt <= 8 ? 1 : 2 + Math.floor(Math.random() * 8 * attempt);
    for (let number = start; ; number += 1) {
      const slug = number === 1 ? wanted : numberedSlug(wanted, number);
      const claim = await this.#claimIfFree(slug, pageId);
      if (claim !== undefined) return claim;
    }
  }

  async #claimIfFree(slug: string, pageId: string): Promise<Slug | undefined> {
    const claim = await this.#find(Slug, Slug.createId(slug));
    if (claim === undefined) return Slug.create({ name: slug, pageId });
    // A slug that this very page holds was claimed after the page was read: saving meets that, and is run again.
    if (claim.pageId !== null && claim.pageId !== pageId) return undefined;
    claim.updatePage({ pageId });
    return claim;
  }

  #command<T>(summary: string | undefined, run: () => Promise<T>): Promise<T> {
    requireUser();
    const text = summary === undefined ? undefined : requireSummary(summary);
    return asEdit(text, () => this.retrying(run));
  }

  async #write(page: Page, ...items: readonly Saveable[]): Promise<Written> {
    const recordings: readonly Recording[] = await this.save(...items);
    const position = recordings.at(-1)?.notification.id ?? (await this.position());
    return { page: detailsOf(page), position, merged: false };
  }

  async #getPageBySlug(text: string): Promise<Page> {
    const slug = canonicalSlug(text);
    const claim = await this.#find(Slug, Slug.createId(slug));
    if (!claim?.pageId) throw new PageNotFoundError(slug);
    return this.#getPage(claim.pageId);
  }

  async #getPage(pageId: string, version?: number): Promise<Page> {
    const page = await this.#find(Page, pageId, version);
    if (page === undefined) throw new PageNotFoundError(pageId, version);
    return page;
  }

  async #find<A extends Aggregate>(type: new () => A, id: string, version?: number): Promise<A | undefined> {
    try {
      return await this.repository.get(type, id, version === undefined ? {} : { version });
    } catch (error) {
      if (error instanceof AggregateNotFoundError) return undefined;
      throw error;
    }
  }
}

function detailsOf(page: Page): PageDetails {
  const { id, title, slug, body, version, createdAt, createdBy, modifiedAt, modifiedBy } = page;
  return { id, title, slug, body, version, createdAt, createdBy, modifiedAt, modifiedBy };
}
