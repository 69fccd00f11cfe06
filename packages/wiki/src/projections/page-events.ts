import type { DomainEvent, ProjectedEvent } from "@palimpsest/eventsourcing";
import { BodyUpdated, PageCreated, SlugUpdated, TitleUpdated } from "../domain/page.ts";

/** What happens to a page. */
export const PAGE_EVENTS = [PageCreated, TitleUpdated, SlugUpdated, BodyUpdated] as const;

export type ProjectedPageEvent = ProjectedEvent<(typeof PAGE_EVENTS)[number]>;

/** A page as it is now. */
export interface PresentPage {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly body: string;
}

/** Resolves to a page as it is now, or to undefined when it is not to be shown. */
export type LoadPage = (pageId: string) => Promise<PresentPage | undefined>;

/** The pages that `events` are about, each once, in the order in which they first appear. */
export function pageIdsOf(events: readonly Pick<DomainEvent, "originatorId">[]): string[] {
  return [...new Set(events.map(({ originatorId }) => originatorId))];
}
