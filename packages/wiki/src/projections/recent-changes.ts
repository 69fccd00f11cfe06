import { NAMESPACE_URL, uuid5 } from "@palimpsest/eventsourcing";
import { storableText } from "../content/storable-text.ts";
import { CHANGE_KINDS, type ChangeKind, isUuid, type PageChange, pageChange } from "./page-change.ts";
import type { ProjectedPageEvent } from "./page-events.ts";

export const RECENT_CHANGES = "recent_changes";
/** Increment it when the stored rows change in any database. */
export const RECENT_CHANGES_VERSION = 4;

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

/** A change in the order of the columns. `kind` is an index of `CHANGE_KINDS`, and `at` is in milliseconds since 1970. */
export type ChangeRow = readonly [
  position: number,
  pageId: string,
  version: number,
  kind: number,
  title: string | null,
  slug: string | null,
  at: number,
  userId: string | null,
  summary: string | null,
  sizeDelta: number,
  saveId: string,
  mergedBase: number | null,
  mergedCurrent: number | null,
  first: number | null,
  last: number | null,
  files: string | null,
];

/** No name of a file contains it. */
export const FILE_NAME_SEPARATOR = "/";

/** The title and slug that events give a page. Null if they do not change them. */
export type NameRow = readonly [pageId: string, title: string | null, slug: string | null];

export function changeRow(event: ProjectedPageEvent): ChangeRow {
  const change = pageChange(event);
  const { position, pageId, version, kind, title, slug, at, userId, summary, sizeDelta, saveId, merged, of } =
    change;
  return [
    position,
    pageId,
    version,
    CHANGE_KINDS.indexOf(kind),
    storableOrNull(title),
    slug,
    at.getTime(),
    userId,
    storableOrNull(summary),
    sizeDelta,
    saveUuid(saveId),
    merged?.base ?? null,
    merged?.current ?? null,
    of?.first ?? null,
    of?.last ?? null,
    change.files?.join(FILE_NAME_SEPARATOR) ?? null,
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

/** Returns the id of a save as a UUID. Other programs may use other texts as correlation ids. */
export function saveUuid(saveId: string): string {
  return isUuid(saveId) ? saveId : uuid5(NAMESPACE_URL, saveId);
}

function storableOrNull(text: string | null): string | null {
  return text === null ? null : storableText(text);
}
