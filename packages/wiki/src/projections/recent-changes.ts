import { storableText } from "../content/search/page-text.ts";
import type { ProjectedPageEvent } from "./page-events.ts";

export const RECENT_CHANGES = "recent_changes";

/** What happened, as the API names it. */
type ChangeKind = "created" | "title-updated" | "slug-updated" | "body-updated";

/** One event of a page. */
export interface Change {
  /** The id of its notification. */
  readonly position: number;
  readonly pageId: string;
  /** Of the page, from 1. */
  readonly version: number;
  readonly kind: ChangeKind;
  /** The page's title as it is now. */
  readonly title: string;
  /** The page's slug as it is now. */
  readonly slug: string;
  /** When it was recorded. */
  readonly at: Date;
  readonly userId: string | null;
  /** What its author said of it; null where that was nothing. */
  readonly summary: string | null;
  /** By how much the body grew, in UTF-16 code units; negative if it shrank. */
  readonly sizeDelta: number;
}

export interface RecentChangesView {
  /**
   * Resolves to changes of all pages, newest first, at positions below `before`, or from the newest on; at most
   * `limit`, 50 unless said.
   */
  recentChanges(range?: { readonly before?: number; readonly limit?: number }): Promise<readonly Change[]>;
}

/** A change as it is stored. What the page is called now is stored beside it, once for all its changes. */
export interface StoredChange extends Omit<Change, "title" | "slug" | "at"> {
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** What events say of a page's name: of what they do not mention, nothing. */
export interface NamedPage {
  readonly pageId: string;
  readonly title?: string;
  readonly slug?: string;
}

export function storedChange(event: ProjectedPageEvent): StoredChange {
  return {
    position: event.notificationId,
    pageId: event.originatorId,
    version: event.originatorVersion,
    kind: KINDS[event.type],
    at: event.recordedAt.toISOString(),
    userId: event.data.userId,
    summary: event.data.summary === undefined ? null : storableText(event.data.summary),
    sizeDelta: sizeDelta(event),
  };
}

/** The names that the events leave the pages with, each page once. */
export function namedPages(events: readonly ProjectedPageEvent[]): readonly NamedPage[] {
  const pages = new Map<string, NamedPage>();
  for (const event of events) {
    const pageId = event.originatorId;
    pages.set(pageId, { pageId, ...pages.get(pageId), ...nameIn(event) });
  }
  return [...pages.values()].filter((page) => page.title !== undefined || page.slug !== undefined);
}

const KINDS = {
  "Page.Created": "created",
  "Page.TitleUpdated": "title-updated",
  "Page.SlugUpdated": "slug-updated",
  "Page.BodyUpdated": "body-updated",
} as const satisfies Record<ProjectedPageEvent["type"], ChangeKind>;

function nameIn(event: ProjectedPageEvent): Omit<NamedPage, "pageId"> {
  switch (event.type) {
    case "Page.Created":
      return { title: storableText(event.data.title), slug: event.data.slug };
    case "Page.TitleUpdated":
      return { title: storableText(event.data.title) };
    case "Page.SlugUpdated":
      return { slug: event.data.slug };
    case "Page.BodyUpdated":
      return {};
  }
}

function sizeDelta(event: ProjectedPageEvent): number {
  if (event.type === "Page.Created") return event.data.body.length;
  if (event.type !== "Page.BodyUpdated") return 0;
  return event.data.diff.hunks.reduce((sum, [, removed, inserted]) => sum + inserted.length - removed, 0);
}
