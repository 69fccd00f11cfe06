import { type Application, type Attempt, KeyedMutex, type Saveable } from "@palimpsest/eventsourcing";
import { asEdit } from "../domain/edit.ts";
import { Page } from "../domain/page.ts";
import type { PageLogged } from "../domain/page-log.ts";
import { Slug } from "../domain/slug.ts";
import { requireUser } from "../domain/user.ts";
import type { TaskRunner } from "../workers/task-runner.ts";
import { BaseVersionError, PageNotFoundError } from "./errors.ts";
import type { FileStorage } from "./files.ts";
import { requireSummary } from "./limits.ts";
import type { CommandResult, PageDetails } from "./pages.ts";
import { SlugClaims } from "./slug-claims.ts";

type PageAggregate = typeof Page | typeof Slug;

/** A page, a claim of a slug, or an entry of the page log. */
export type PageSaveable = Saveable<PageAggregate>;

type PageApplication = Application<PageAggregate, typeof PageLogged>;
type PageAttempt = Attempt<PageAggregate, typeof PageLogged>;

/** Loads pages, from the repository or in an attempt of a command. */
class PageLoader {
  readonly claims: SlugClaims;
  readonly #application: PageApplication;
  readonly #current: Pick<PageAttempt, "find">;

  constructor(application: PageApplication, current: Pick<PageAttempt, "find">) {
    this.#application = application;
    this.#current = current;
    this.claims = new SlugClaims(application.repository, current);
  }

  find(pageId: string, version?: number): Promise<Page | undefined> {
    return version === undefined
      ? this.#current.find(Page, pageId)
      : this.#application.repository.find(Page, pageId, { version });
  }

  /** @throws PageNotFoundError */
  async get(pageId: string, version?: number): Promise<Page> {
    const page = await this.find(pageId, version);
    if (page === undefined) throw new PageNotFoundError(pageId, { version });
    return page;
  }

  /** @param slug in canonical form. @throws PageNotFoundError */
  async getBySlug(slug: string): Promise<Page> {
    const claim = await this.claims.find(slug);
    if (!claim?.pageId) throw new PageNotFoundError(slug);
    return this.get(claim.pageId);
  }

  /** Resolves to the page at the base version of an edit. @throws BaseVersionError */
  async getBase(page: Page, baseVersion = page.version): Promise<Page> {
    requireVersion(page, baseVersion);
    return baseVersion === page.version ? page : this.get(page.id, baseVersion);
  }

  /** Resolves to the id of the last notification, or 0. */
  position(): Promise<number> {
    return this.#application.notificationLog.maxId();
  }
}

/** Loads what one attempt of a command needs, and saves its events. */
export class PageCommand extends PageLoader {
  readonly workers: TaskRunner;
  readonly #application: PageApplication;
  readonly #attempt: PageAttempt;

  constructor(application: PageApplication, workers: TaskRunner, attempt: PageAttempt) {
    super(application, attempt);
    this.workers = workers;
    this.#application = application;
    this.#attempt = attempt;
  }

  /**
   * Needs no current claim if the page itself has the slug: page and claim change together, and saving the page verifies
   * its version.
   */
  override async getBySlug(slug: string): Promise<Page> {
    const claim = this.#application.repository.findCached(Slug, Slug.createId(slug));
    const page = claim?.pageId ? await this.find(claim.pageId) : undefined;
    return page?.slug === slug && !page.archived ? page : super.getBySlug(slug);
  }

  /** Saves `items`, which must include the page if it has pending events. */
  async save(page: Page, ...items: readonly PageSaveable[]): Promise<CommandResult> {
    const recordings = await this.#attempt.save(...items);
    const position = recordings.at(-1)?.notification.id ?? (await this.position());
    return { page: detailsOf(page), position, merged: false };
  }
}

/** Loads current pages, and runs commands on pages. */
export class PageStore extends PageLoader {
  readonly #application: PageApplication;
  readonly #workers: TaskRunner;
  /** Undefined if the application stores no files. */
  readonly files: FileStorage | undefined;
  /** By page id: concurrent commands on one page would only cause version conflicts. */
  readonly #pageMutex = new KeyedMutex();

  constructor(application: PageApplication, workers: TaskRunner, files: FileStorage | undefined) {
    super(application, application.repository);
    this.#application = application;
    this.#workers = workers;
    this.files = files;
  }

  /** Runs a command with a change summary, and runs it again after a version conflict. */
  run<T>(summary: string | undefined, command: (command: PageCommand) => Promise<T>): Promise<T> {
    requireUser();
    const text = summary === undefined ? undefined : requireSummary(summary);
    return asEdit({ summary: text }, () =>
      this.#application.withRetry((attempt) =>
        command(new PageCommand(this.#application, this.#workers, attempt)),
      ),
    );
  }

  /** Runs a command as `run` does, after all earlier commands of this process on the same page. */
  runOn<T>(
    pageId: string,
    summary: string | undefined,
    command: (command: PageCommand) => Promise<T>,
  ): Promise<T> {
    return this.#pageMutex.runExclusive(pageId, () => this.run(summary, command));
  }

  /** Runs a command as `runOn` does, on the page that has a slug in canonical form. */
  runOnSlug<T>(
    slug: string,
    summary: string | undefined,
    command: (command: PageCommand) => Promise<T>,
  ): Promise<T> {
    const claim = this.#application.repository.findCached(Slug, Slug.createId(slug));
    return this.runOn(claim?.pageId ?? slug, summary, command);
  }
}

/** @throws BaseVersionError if the page has no such version */
export function requireVersion(page: Page, version: number): void {
  const exists = Number.isInteger(version) && version >= 1 && version <= page.version;
  if (!exists) throw new BaseVersionError(version, page.version);
}

export function detailsOf(page: Page): PageDetails {
  const { id, title, slug, body, files, version, archived, createdBy, modifiedBy } = page;
  const { first: createdAt, last: modifiedAt } = page.recordedAt ?? {
    first: page.createdAt,
    last: page.modifiedAt,
  };
  return { id, title, slug, body, files, version, archived, createdAt, createdBy, modifiedAt, modifiedBy };
}
