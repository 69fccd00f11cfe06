import type { DomainEvent, ProjectedEvent } from "@palimpsest/eventsourcing";
import { applyDiff, type BodyDiff } from "../content/diff.ts";
import {
  Archived,
  BodyUpdated,
  PageCreated,
  Restored,
  SlugUpdated,
  TitleUpdated,
  Unarchived,
  Undone,
} from "../domain/page.ts";

/** What happens to a page. */
export const PAGE_EVENTS = [
  PageCreated,
  TitleUpdated,
  SlugUpdated,
  BodyUpdated,
  Restored,
  Undone,
  Archived,
  Unarchived,
] as const;

export type ProjectedPageEvent = ProjectedEvent<(typeof PAGE_EVENTS)[number]>;

/** A page event as it was recorded, without where. */
export type RecordedPageEvent = Omit<ProjectedPageEvent, "notificationId" | "recordedAt">;

/** A page as it was at one of its versions. */
export interface PageState {
  readonly slug: string;
  readonly title: string;
  readonly body: string;
  readonly archived: boolean;
}

/** Resolves to a page as it was at that version of it, which is recorded. */
export type LoadPage = (pageId: string, version: number) => Promise<PageState>;

/** A position after every event: what holds until then holds now. */
export const FOREVER = Number.MAX_SAFE_INTEGER;

/** Whether an event is one of a page. */
export function isPageEvent(event: DomainEvent): event is DomainEvent & RecordedPageEvent {
  return PAGE_EVENTS.some(({ topic }) => topic === event.type);
}

/** The page after an event, which is the first if there is no page before it. */
export function pageAfter(page: PageState | undefined, event: ProjectedPageEvent): PageState {
  if (event.type === "Page.Created") {
    const { slug, title, body } = event.data;
    return { slug, title, body, archived: false };
  }
  if (page === undefined) throw new TypeError(`${event.type} cannot be the first event of a page.`);
  switch (event.type) {
    case "Page.TitleUpdated":
      return { ...page, title: event.data.title };
    case "Page.SlugUpdated":
      return { ...page, slug: event.data.slug };
    case "Page.BodyUpdated":
    case "Page.Restored":
    case "Page.Undone":
      return { ...page, ...namesIn(event), body: bodyAfter(page.body, event.data.diff) };
    case "Page.Archived":
      return { ...page, archived: true };
    case "Page.Unarchived":
      return { ...page, slug: event.data.slug, archived: false };
  }
}

/** The title and the slug that an event sets, as far as it sets them. */
export function namesIn(event: RecordedPageEvent): { readonly title?: string; readonly slug?: string } {
  const { title, slug } = event.data as { readonly title?: string; readonly slug?: string };
  return { ...(title === undefined ? {} : { title }), ...(slug === undefined ? {} : { slug }) };
}

function bodyAfter(body: string, diff: BodyDiff | undefined): string {
  return diff === undefined ? body : applyDiff(body, diff);
}
