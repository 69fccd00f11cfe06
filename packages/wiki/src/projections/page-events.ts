import type { ProjectedEvent } from "@palimpsest/eventsourcing";
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

/** A page as it was at one of its versions. */
export interface PageState {
  readonly slug: string;
  readonly title: string;
  readonly body: string;
  readonly archived: boolean;
}

/** Resolves to a page as it was at that version of it, which is recorded. */
export type LoadPage = (pageId: string, version: number) => Promise<PageState>;

/** Later than every position: what holds until then holds now. */
export const FOREVER = Number.MAX_SAFE_INTEGER;

/** The page after an event, which created it if there is no page before. */
export function pageAfter(page: PageState | undefined, event: ProjectedPageEvent): PageState {
  if (event.type === "Page.Created") {
    const { slug, title, body } = event.data;
    return { slug, title, body, archived: false };
  }
  if (page === undefined) throw new TypeError(`A page does not begin with ${event.type}.`);
  switch (event.type) {
    case "Page.TitleUpdated":
      return { ...page, title: event.data.title };
    case "Page.SlugUpdated":
      return { ...page, slug: event.data.slug };
    case "Page.BodyUpdated":
      return { ...page, body: applyDiff(page.body, event.data.diff) };
    case "Page.Restored":
      return rewritten(page, event.data);
    case "Page.Undone":
      return { ...rewritten(page, event.data), slug: event.data.slug ?? page.slug };
    case "Page.Archived":
      return { ...page, archived: true };
    case "Page.Unarchived":
      return { ...page, slug: event.data.slug, archived: false };
  }
}

function rewritten(
  page: PageState,
  { title = page.title, diff }: { readonly title?: string | undefined; readonly diff?: BodyDiff | undefined },
): PageState {
  return { ...page, title, body: diff === undefined ? page.body : applyDiff(page.body, diff) };
}
