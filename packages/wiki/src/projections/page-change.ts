import type { BodyDiff } from "../content/diff.ts";
import type { UserId } from "../domain/user.ts";
import type { ProjectedPageEvent } from "./page-events.ts";

/** What happened to a page, as the API names it. */
export const CHANGE_KINDS = [
  "created",
  "title-updated",
  "slug-updated",
  "body-updated",
  "restored",
  "undone",
  "archived",
  "unarchived",
] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/** One event of a page, as people are told of it. */
export interface PageChange {
  /** The id of its notification. */
  readonly position: number;
  readonly pageId: string;
  /** Of the page, from 1. */
  readonly version: number;
  readonly kind: ChangeKind;
  /** The title and the slug that it gave the page; null where it left them. */
  readonly title: string | null;
  readonly slug: string | null;
  /** When it was recorded. */
  readonly at: Date;
  readonly userId: UserId | null;
  /** What its author said of it; null where that was nothing. */
  readonly summary: string | null;
  /** By how much the body grew, in UTF-16 code units; negative if it shrank. */
  readonly sizeDelta: number;
  /** The same for all events of one save. */
  readonly saveId: string;
  /** The version that the edit started from and the last one it was merged with; null where it was not. */
  readonly merged: { readonly base: number; readonly current: number } | null;
  /** The versions it is about: of a restoring the one restored, twice; of an undoing those undone; else null. */
  readonly of: { readonly first: number; readonly last: number } | null;
}

export function pageChange(event: ProjectedPageEvent): PageChange {
  const { summary, userId, merged } = event.data;
  return {
    position: event.notificationId,
    pageId: event.originatorId,
    version: event.originatorVersion,
    title: null,
    slug: null,
    at: event.recordedAt,
    userId,
    summary: summary ?? null,
    sizeDelta: 0,
    saveId: event.correlationId ?? event.id,
    merged: merged ?? null,
    of: null,
    ...whatChanged(event),
  };
}

type WhatChanged = Pick<PageChange, "kind"> &
  Partial<Pick<PageChange, "title" | "slug" | "sizeDelta" | "of">>;

function whatChanged(event: ProjectedPageEvent): WhatChanged {
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
  }
}

function growthBy(diff: BodyDiff | undefined): number {
  return (diff?.hunks ?? []).reduce((sum, [, removed, inserted]) => sum + inserted.length - removed, 0);
}
