import { storableText } from "../content/search/page-text.ts";
import { type ChangeKind, type PageChange, pageChange } from "./page-change.ts";
import type { ProjectedPageEvent } from "./page-events.ts";

export const RECENT_CHANGES = "recent_changes";
/** Of what is kept, on each backend. */
export const RECENT_CHANGES_VERSION = 2;

/** One event of a page, with what the page is called now. */
export interface Change extends PageChange {
  readonly page: { readonly title: string; readonly slug: string };
}

/** Which changes are wanted: those that fit all that is given. */
export interface ChangeRange {
  /** Those at positions below; all when left out. */
  readonly before?: number;
  /** At most so many, 50 unless said. */
  readonly limit?: number;
  readonly pageId?: string;
  readonly userId?: string;
  readonly kind?: ChangeKind;
}

/** Who made a version of a page, and when it was recorded. */
export interface VersionEdit extends Pick<PageChange, "version" | "userId" | "at"> {}

export interface RecentChangesView {
  /** Resolves to changes, newest first. */
  recentChanges(range?: ChangeRange): Promise<readonly Change[]>;
  /** Resolves to who made these versions of a page and when, in order of version; of unknown ones to nothing. */
  editsOf(pageId: string, versions: readonly number[]): Promise<readonly VersionEdit[]>;
}

/** A change as it is stored, in the order of the columns. Times are ISO 8601, UTC. */
export type ChangeRow = readonly [
  position: number,
  pageId: string,
  version: number,
  kind: ChangeKind,
  title: string | null,
  slug: string | null,
  at: string,
  userId: string | null,
  summary: string | null,
  sizeDelta: number,
  saveId: string,
  mergedBase: number | null,
  mergedCurrent: number | null,
  first: number | null,
  last: number | null,
];

/** What events say of a page's name: of what they do not mention, null. */
export type NameRow = readonly [pageId: string, title: string | null, slug: string | null];

export function changeRow(event: ProjectedPageEvent): ChangeRow {
  const { position, pageId, version, kind, title, slug, at, userId, summary, sizeDelta, saveId, merged, of } =
    pageChange(event);
  return [
    position,
    pageId,
    version,
    kind,
    storableOrNull(title),
    slug,
    at.toISOString(),
    userId,
    storableOrNull(summary),
    sizeDelta,
    saveId,
    merged?.base ?? null,
    merged?.current ?? null,
    of?.first ?? null,
    of?.last ?? null,
  ];
}

/** The names that the changes leave the pages with, each page once. */
export function nameRows(changes: readonly ChangeRow[]): readonly NameRow[] {
  const names = new Map<string, NameRow>();
  for (const [, pageId, , , title, slug] of changes) {
    if (title === null && slug === null) continue;
    const [, earlierTitle, earlierSlug] = names.get(pageId) ?? [pageId, null, null];
    names.set(pageId, [pageId, title ?? earlierTitle, slug ?? earlierSlug]);
  }
  return [...names.values()];
}

function storableOrNull(text: string | null): string | null {
  return text === null ? null : storableText(text);
}
