import type { BodyDiff } from "../content/diff.ts";
import type { UserId } from "../domain/user.ts";
import type { ProjectedPageEvent } from "./page-events.ts";

/** Kinds of changes of a page, as named by the API. A view stores their indexes, so add new kinds at the end. */
export const CHANGE_KINDS = [
  "created",
  "title-updated",
  "slug-updated",
  "body-updated",
  "restored",
  "undone",
  "archived",
  "unarchived",
  "files-attached",
  "files-replaced",
  "files-removed",
] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/** An event of a page, as shown to readers. */
export interface PageChange {
  /** The notification id of the event. */
  readonly position: number;
  readonly pageId: string;
  readonly version: number;
  readonly kind: ChangeKind;
  /** The new title and slug. Null if the event does not change them. */
  readonly title: string | null;
  readonly slug: string | null;
  /** The names of the files that were attached, replaced or removed. Otherwise null. */
  readonly files: readonly string[] | null;
  /** The time of recording. */
  readonly at: Date;
  readonly userId: UserId | null;
  /** The author's summary, or null. */
  readonly summary: string | null;
  /** The growth of the body in UTF-16 code units. */
  readonly sizeDelta: number;
  /** The same for all events of one save. */
  readonly saveId: string;
  /** The base version of a merged edit and the version it was merged with. Null if the edit was not merged. */
  readonly merged: { readonly base: number; readonly current: number } | null;
  /** The restored version, as both bounds, or the range of undone versions. Otherwise null. */
  readonly of: { readonly first: number; readonly last: number } | null;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function isUuid(text: string): boolean {
  return UUID.test(text);
}

export function pageChange(event: ProjectedPageEvent): PageChange {
  const { summary, userId, merged } = event.data;
  return {
    position: event.notificationId,
    pageId: event.originatorId,
    version: event.originatorVersion,
    title: null,
    slug: null,
    files: null,
    at: event.recordedAt,
    userId,
    summary: summary ?? null,
    sizeDelta: 0,
    saveId: event.correlationId ?? event.id,
    merged: merged ?? null,
    of: null,
    ...kindAndDetails(event),
  };
}

type KindAndDetails = Pick<PageChange, "kind"> &
  Partial<Pick<PageChange, "title" | "slug" | "files" | "sizeDelta" | "of">>;

function kindAndDetails(event: ProjectedPageEvent): KindAndDetails {
  switch (event.type) {
    case "Page.Created": {
      const { title, slug, body } = event.data;
      return { kind: "created", title, slug, sizeDelta: body.length };
    }
    case "Page.TitleUpdated":
      return { kind: "title-updated", title: event.data.title };
    case "Page.SlugUpdated":
      return { kind: "slug-updated", slug: event.data.slug };
    case "Page.BodyUpdated":
      return { kind: "body-updated", sizeDelta: growthBy(event.data.diff) };
    case "Page.Restored": {
      const { title = null, diff, version } = event.data;
      return { kind: "restored", title, sizeDelta: growthBy(diff), of: { first: version, last: version } };
    }
    case "Page.Undone": {
      const { title = null, slug = null, diff, first, last } = event.data;
      return { kind: "undone", title, slug, sizeDelta: growthBy(diff), of: { first, last } };
    }
    case "Page.Archived":
      return { kind: "archived" };
    case "Page.Unarchived":
      return { kind: "unarchived", slug: event.data.slug };
    case "Page.FilesAttached":
      return { kind: "files-attached", files: event.data.files.map(({ name }) => name) };
    case "Page.FilesReplaced":
      return { kind: "files-replaced", files: event.data.files.map(({ file }) => file.name) };
    case "Page.FilesRemoved":
      return { kind: "files-removed", files: event.data.files.map(({ name }) => name) };
  }
}

function growthBy(diff: BodyDiff | undefined): number {
  return (diff?.hunks ?? []).reduce((sum, [, removed, inserted]) => sum + inserted.length - removed, 0);
}
