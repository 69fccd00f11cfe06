import { storableText } from "../content/search/page-text.ts";
import { type ChangeKind, type PageChange, pageChange } from "./page-change.ts";
import type { ProjectedPageEvent } from "./page-events.ts";

export const RECENT_CHANGES = "recent_changes";
/** Increment it when the stored rows change in any database. */
export const RECENT_CHANGES_VERSION = 2;

/** A change, with the current name of its page. */
export interface Change extends PageChange {
  readonly page: { readonly title: string; readonly slug: string };
}

/** Selects changes that match all given fields. */
export interface ChangeRange {
  /** Selects changes below this position. */
  readonly before?: number;
  /** The greatest number of changes. Default: 50. */
  readonly limit?: number;
  readonly pageId?: string;
  readonly userId?: string;
  readonly kind?: ChangeKind;
}

/** The author of a version of a page, and the time of recording. */
export interface VersionEdit extends Pick<PageChange, "version" | "userId" | "at"> {}

export interface RecentChangesView {
  /** Resolves to changes, newest first. */
  recentChanges(range?: ChangeRange): Promise<readonly Change[]>;
  /** Resolves to the edits of these versions of a page, in order of version. Leaves out versions that do not exist. */
  editsOf(pageId: string, versions: readonly number[]): Promise<readonly VersionEdit[]>;
}

/** A change in the order of the columns. The time is in ISO 8601, UTC. */
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

/** The title and slug that events give a page. Null if they do not change them. */
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

/** Returns the last title and slug that the changes give each page. */
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
