import {
  type EventOf,
  type EventStore,
  InvalidArgumentError,
  type NotificationLog,
  type Repository,
} from "@palimpsest/eventsourcing";
import { authoredParts } from "../content/authorship.ts";
import { canonicalSlug } from "../content/slug.ts";
import { Page } from "../domain/page.ts";
import { Slug, SlugCreated, SlugPageUpdated } from "../domain/slug.ts";
import type { UserId } from "../domain/user.ts";
import type { PageChange } from "../projections/page-change.ts";
import { PageNotFoundError } from "./errors.ts";
import { PageChanges } from "./page-changes.ts";

export interface VersionRange {
  readonly first: number;
  readonly last: number;
}

/** A change of the page that has a slug. */
export interface SlugChange {
  /** The number of the change, from 1. */
  readonly change: number;
  /** The page that has the slug after the change; null if the slug is free. */
  readonly pageId: string | null;
  readonly position: number;
  readonly at: Date;
  readonly userId: UserId | null;
}

/** The body of a page in parts, each with the version that first wrote it. The joined texts are the body. */
export interface AuthoredPage {
  readonly version: number;
  readonly runs: readonly { readonly text: string; readonly version: number }[];
}

export interface VersionAttribution {
  readonly userId: UserId | null;
  readonly at: Date;
}

/** A save creates a version for each of: title, slug, body, replaced files and attached files. */
const MAX_VERSIONS_PER_SAVE = 5;

const SLUG_TOPICS = [SlugCreated.topic, SlugPageUpdated.topic];
const MAX_NEW_SLUG_EVENTS = 1_000;

/** Reads the history of pages and slugs: changes, authors, and versions at a position. */
export class PageRecord {
  readonly #events: EventStore;
  readonly #changes: PageChanges;
  readonly #repository: Repository;
  readonly #notificationLog: NotificationLog;

  constructor(events: EventStore, repository: Repository, notificationLog: NotificationLog) {
    this.#events = events;
    this.#changes = new PageChanges(events);
    this.#repository = repository;
    this.#notificationLog = notificationLog;
  }

  /** Resolves to the position of an instant: the last notification recorded at or before it, or 0. */
  positionAt(instant: Date): Promise<number> {
    return this.#notificationLog.idAt(instant);
  }

  /** Resolves to the version of a page, a slug or the page log at a position; 0 before its first event. */
  versionAt(originatorId: string, position: number): Promise<number> {
    return this.#events.versionAt(originatorId, position);
  }

  /** Resolves to the changes of a page before version `before`, newest first, at most `limit` (50). */
  async history(
    pageId: string,
    { before, limit = 50 }: { readonly before?: number; readonly limit?: number } = {},
  ): Promise<readonly PageChange[]> {
    return this.#changes.newest(pageId, before, limit);
  }

  /**
   * Resolves to all versions of the save that created `version` of a page; undefined if the version does not exist.
   * @throws InvalidArgumentError if `version` is not a whole number from 1
   */
  async versionsOfSave(pageId: string, version: number): Promise<VersionRange | undefined> {
    if (!Number.isSafeInteger(version) || version < 1) {
      throw new InvalidArgumentError("version", version, "a whole number from 1");
    }
    const [first, last] = [Math.max(1, version - MAX_VERSIONS_PER_SAVE), version + MAX_VERSIONS_PER_SAVE];
    const around = await this.#changes.between(pageId, first, last);
    const index = around.findIndex((change) => change.version === version);
    const saveId = around[index]?.saveId;
    if (saveId === undefined) return undefined;
    // Several saves can share a correlation id, with other saves between them: only neighbours belong together.
    let [start, end] = [index, index];
    while (around[start - 1]?.saveId === saveId) start -= 1;
    while (around[end + 1]?.saveId === saveId) end += 1;
    return { first: version - (index - start), last: version + (end - index) };
  }

  /** Resolves to the authorship of a page at `version`, by default the current one. @throws PageNotFoundError */
  async authorship(pageId: string, version?: number): Promise<AuthoredPage> {
    const page = await this.#page(pageId, version);
    return { version: page.version, runs: authoredParts(page.body, page.authorship) };
  }

  /** Resolves to the authors and times of these versions of a page. Versions that do not exist are left out. */
  async attributions(
    pageId: string,
    versions: readonly number[],
  ): Promise<ReadonlyMap<number, VersionAttribution>> {
    const requested = new Set(versions);
    const found = new Map<number, VersionAttribution>();
    for (const { first, last } of rangesOf(versions)) {
      for (const { version, userId, at } of await this.#changes.between(pageId, first, last)) {
        if (requested.has(version)) found.set(version, { userId, at });
      }
    }
    return found;
  }

  /**
   * Resolves to the changes of a slug before change `before`, newest first, at most `limit` (50). Empty if no page ever
   * had the slug.
   * @throws InvalidSlugError
   */
  async slugHistory(
    slug: string,
    { before, limit = 50 }: { readonly before?: number; readonly limit?: number } = {},
  ): Promise<readonly SlugChange[]> {
    const range = { desc: true, limit, ...(before === undefined ? {} : { lte: before - 1 }) };
    const recordings = await this.#events.recordings(Slug.createId(canonicalSlug(slug)), range);
    return recordings.map(({ domainEvent, notification }) => {
      const { data, originatorVersion: change } = domainEvent as EventOf<
        typeof SlugCreated | typeof SlugPageUpdated
      >;
      const { pageId, userId } = data;
      return { change, pageId, position: notification.id, at: notification.recordedAt, userId };
    });
  }

  /**
   * Resolves to the slugs that were claimed or released after a position. If there are too many new events, resolves to all
   * of `slugs`, which must be in canonical form.
   */
  async slugsChangedAfter(position: number, slugs: readonly string[]): Promise<readonly string[]> {
    if (slugs.length === 0) return [];
    const range = { start: position + 1, topics: SLUG_TOPICS, limit: MAX_NEW_SLUG_EVENTS };
    const found = await this.#notificationLog.select(range);
    if (found.length === MAX_NEW_SLUG_EVENTS) return slugs;
    const changed = new Set(found.map(({ originatorId }) => originatorId));
    return changed.size === 0 ? [] : slugs.filter((slug) => changed.has(Slug.createId(slug)));
  }

  async #page(pageId: string, version?: number): Promise<Page> {
    const page = await this.#repository.find(Page, pageId, { version });
    if (page === undefined) throw new PageNotFoundError(pageId, { version });
    return page;
  }
}

/** Returns ranges that contain these versions, each short and with small gaps, to be read at once. */
function rangesOf(versions: readonly number[]): readonly VersionRange[] {
  const ranges: VersionRange[] = [];
  for (const version of [...versions].sort((one, other) => one - other)) {
    const last = ranges.at(-1);
    const isNear = last !== undefined && version - last.last <= 16 && version - last.first < 512;
    if (isNear) ranges[ranges.length - 1] = { first: last.first, last: version };
    else ranges.push({ first: version, last: version });
  }
  return ranges;
}
