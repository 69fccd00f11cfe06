import {
  type DomainEvent,
  type EventOf,
  type EventStore,
  InvalidArgumentError,
  type NotificationLog,
  type Recording,
  type Repository,
} from "@palimpsest/eventsourcing";
import { authoredParts } from "../content/authorship.ts";
import { canonicalSlug } from "../content/slug.ts";
import { Page } from "../domain/page.ts";
import { Slug, type SlugCreated, type SlugPageUpdated } from "../domain/slug.ts";
import type { UserId } from "../domain/user.ts";
import { type PageChange, pageChange } from "../projections/page-change.ts";
import type { ProjectedPageEvent } from "../projections/page-events.ts";
import { PageNotFoundError } from "./errors.ts";

/** Versions of a page that follow each other. */
export interface Versions {
  readonly first: number;
  readonly last: number;
}

/** A time during which a page had a slug, or nobody had it. */
export interface SlugHolding {
  /** Counts the times from 1. */
  readonly change: number;
  /** Null while the slug was free. */
  readonly pageId: string | null;
  /** The position from which on. */
  readonly position: number;
  readonly at: Date;
  /** Who gave it to the page, or took it away. */
  readonly userId: UserId | null;
}

/** A body in the parts that one version each wrote; joined, they are the body. */
export interface AuthoredPage {
  readonly version: number;
  readonly runs: readonly { readonly text: string; readonly version: number }[];
}

/** Who and when of a version. */
export interface VersionAttribution {
  readonly userId: UserId | null;
  readonly at: Date;
}

// A save makes a version for each field that it changes, of which there are three.
const MOST_VERSIONS_OF_A_SAVE = 3;

/** Reads what was: who changed a page and how, who wrote which part, who had a slug, what was when. */
export class PageRecord {
  readonly #events: EventStore;
  readonly #repository: Repository;
  readonly #notificationLog: NotificationLog;

  constructor(events: EventStore, repository: Repository, notificationLog: NotificationLog) {
    this.#events = events;
    this.#repository = repository;
    this.#notificationLog = notificationLog;
  }

  /** Resolves to the position of the wiki at an instant: the last one recorded at or before it, or 0. */
  positionAt(instant: Date): Promise<number> {
    return this.#notificationLog.idAt(instant);
  }

  /** Resolves to the version that a page, a slug or the page log had at a position; 0 before it began. */
  versionAt(originatorId: string, position: number): Promise<number> {
    return this.#events.versionAt(originatorId, position);
  }

  /** Resolves to the changes of a page, newest first, those before version `before`, at most `limit` (50). */
  async history(
    pageId: string,
    { before, limit = 50 }: { readonly before?: number; readonly limit?: number } = {},
  ): Promise<readonly PageChange[]> {
    const range = { desc: true, limit, ...(before === undefined ? {} : { lte: before - 1 }) };
    return (await this.#events.recordings(pageId, range)).map(changeIn);
  }

  /**
   * Resolves to the versions that the save made which made `version` of a page; undefined if there is no such version.
   * @throws InvalidArgumentError for what is no version
   */
  async edit(pageId: string, version: number): Promise<Versions | undefined> {
    if (!Number.isSafeInteger(version) || version < 1) {
      throw new InvalidArgumentError("version", version, "a whole number from 1");
    }
    const [gt, lte] = [version - 1 - MOST_VERSIONS_OF_A_SAVE, version + MOST_VERSIONS_OF_A_SAVE];
    const around = await this.#events.get(pageId, { gt: Math.max(0, gt), lte });
    const place = around.findIndex(({ originatorVersion }) => originatorVersion === version);
    const one = around[place];
    if (one === undefined) return undefined;
    // One correlation id may stand on several saves, with those of others between them.
    const isPart = (event: DomainEvent | undefined) =>
      event !== undefined && saveIdOf(event) === saveIdOf(one);
    let [first, last] = [place, place];
    while (isPart(around[first - 1])) first -= 1;
    while (isPart(around[last + 1])) last += 1;
    return { first: version - (place - first), last: version + (last - place) };
  }

  /** Resolves to the body of a page, as it is or was at `version`, by who wrote it. @throws PageNotFoundError */
  async authorship(pageId: string, version?: number): Promise<AuthoredPage> {
    const page = await this.#page(pageId, version);
    return { version: page.version, runs: authoredParts(page.body, page.authorship) };
  }

  /** Resolves to who made these versions of a page, and when; of versions that there are not, to nothing. */
  async attributions(
    pageId: string,
    versions: readonly number[],
  ): Promise<ReadonlyMap<number, VersionAttribution>> {
    const asked = new Set(versions);
    const found = new Map<number, VersionAttribution>();
    for (const { first, last } of stretchesOf(versions)) {
      for (const recording of await this.#events.recordings(pageId, { gt: first - 1, lte: last })) {
        const { version, userId, at } = changeIn(recording);
        if (asked.has(version)) found.set(version, { userId, at });
      }
    }
    return found;
  }

  /**
   * Resolves to who had a slug and since when, newest first, those before change `before` of it, at most `limit` (50);
   * empty if nobody ever had it.
   * @throws InvalidSlugError
   */
  async slugHistory(
    slug: string,
    { before, limit = 50 }: { readonly before?: number; readonly limit?: number } = {},
  ): Promise<readonly SlugHolding[]> {
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

  async #page(pageId: string, version?: number): Promise<Page> {
    const page = await this.#repository.find(Page, pageId, { version });
    if (page === undefined) throw new PageNotFoundError(pageId, { version });
    return page;
  }
}

function changeIn({ domainEvent, notification }: Recording): PageChange {
  const place = { notificationId: notification.id, recordedAt: notification.recordedAt };
  return pageChange({ ...domainEvent, ...place } as ProjectedPageEvent);
}

/** The stretches in which these versions lie, to be read at once each: neither far apart nor very long. */
function stretchesOf(versions: readonly number[]): readonly Versions[] {
  const stretches: Versions[] = [];
  for (const version of [...versions].sort((one, other) => one - other)) {
    const last = stretches.at(-1);
    const joins = last !== undefined && version - last.last <= 16 && version - last.first < 512;
    if (joins) stretches[stretches.length - 1] = { first: last.first, last: version };
    else stretches.push({ first: version, last: version });
  }
  return stretches;
}

/** Events of one save have it in common. */
function saveIdOf({ correlationId, id }: DomainEvent): string {
  return correlationId ?? id;
}
