import type { Application, Saveable } from "@palimpsest/eventsourcing";
import { canonicalSlug } from "../content/slug.ts";
import { asEdit } from "../domain/edit.ts";
import { Page } from "../domain/page.ts";
import type { PageLogged } from "../domain/page-log.ts";
import type { Slug } from "../domain/slug.ts";
import { requireUser } from "../domain/user.ts";
import type { TaskRunner } from "../workers/task-runner.ts";
import { BaseVersionError, PageNotFoundError } from "./errors.ts";
import { KeyedMutex } from "./keyed-mutex.ts";
import { requireSummary } from "./limits.ts";
import type { CommandResult, PageDetails } from "./pages.ts";
import { SlugClaims } from "./slug-claims.ts";

type PageAggregate = typeof Page | typeof Slug;

/** A page, a claim of a slug, or an entry of the page log. */
export type PageSaveable = Saveable<PageAggregate>;

/** Runs commands on pages: loads what they need, repeats them after version conflicts, and saves their events. */
export class PageStore {
  readonly claims: SlugClaims;
  readonly workers: TaskRunner;
  readonly #application: Application<PageAggregate, typeof PageLogged>;
  /** By page id: concurrent commands on one page would only cause version conflicts. */
  readonly #pageMutex = new KeyedMutex();

  constructor(application: Application<PageAggregate, typeof PageLogged>, workers: TaskRunner) {
    this.#application = application;
    this.workers = workers;
    this.claims = new SlugClaims(application.repository);
  }

  /** Runs a command with a change summary, and runs it again after a version conflict. */
  run<T>(summary: string | undefined, command: () => Promise<T>): Promise<T> {
    requireUser();
    const text = summary === undefined ? undefined : requireSummary(summary);
    return asEdit({ summary: text }, () => this.#application.withRetry(command));
  }

  /** Runs a command as `run` does, after all earlier commands of this process on the same page. */
  runOn<T>(pageId: string, summary: string | undefined, command: () => Promise<T>): Promise<T> {
    return this.#pageMutex.runExclusive(pageId, () => this.run(summary, command));
  }

  find(pageId: string, version?: number): Promise<Page | undefined> {
    return this.#application.repository.find(Page, pageId, { version });
  }

  /** @throws PageNotFoundError */
  async get(pageId: string, version?: number): Promise<Page> {
    const page = await this.find(pageId, version);
    if (page === undefined) throw new PageNotFoundError(pageId, { version });
    return page;
  }

  /** @throws InvalidSlugError, PageNotFoundError */
  async getBySlug(text: string): Promise<Page> {
    const slug = canonicalSlug(text);
    const claim = await this.claims.find(slug);
    if (!claim?.pageId) throw new PageNotFoundError(slug);
    return this.get(claim.pageId);
  }

  /** Resolves to the page at the base version of an edit. @throws BaseVersionError */
  async getBase(page: Page, baseVersion = page.version): Promise<Page> {
    requireVersion(page, baseVersion);
    return baseVersion === page.version ? page : this.get(page.id, baseVersion);
  }

  /** Saves `items`, which must include the page if it has pending events. */
  async save(page: Page, ...items: readonly PageSaveable[]): Promise<CommandResult> {
    const recordings = await this.#application.save(...items);
    const position = recordings.at(-1)?.notification.id ?? (await this.position());
    return { page: detailsOf(page), position, merged: false };
  }

  /** Resolves to the id of the last notification, or 0. */
  position(): Promise<number> {
    return this.#application.notificationLog.maxId();
  }
}

/** @throws BaseVersionError if the page has no such version */
export function requireVersion(page: Page, version: number): void {
  const exists = Number.isInteger(version) && version >= 1 && version <= page.version;
  if (!exists) throw new BaseVersionError(version, page.version);
}

export function detailsOf(page: Page): PageDetails {
  const { id, title, slug, body, version, archived, createdBy, modifiedBy } = page;
  const { first: createdAt, last: modifiedAt } = page.recordedAt ?? {
    first: page.createdAt,
    last: page.modifiedAt,
  };
  return { id, title, slug, body, version, archived, createdAt, createdBy, modifiedAt, modifiedBy };
}
