import { aggregate, type DataOf, type EventOf, event, eventFamily } from "@palimpsest/eventsourcing";
import { z } from "zod";
import { applyDiff, bodyDiff, createDiff } from "../content/diff.ts";
import { editAttributes, editShape } from "./edit.ts";
import type { UserId } from "./user.ts";

// Events: names and fields are stored; change them only with an upcast.

export const PageEvent = eventFamily("Page", editShape, editAttributes);

export const PageCreated = PageEvent("Created", { title: z.string(), slug: z.string(), body: z.string() });
export const TitleUpdated = PageEvent("TitleUpdated", { title: z.string() });
export const SlugUpdated = PageEvent("SlugUpdated", { slug: z.string() });
export const BodyUpdated = PageEvent("BodyUpdated", { diff: bodyDiff });

/** A page of the wiki. Each change is an event with its author; the body's are stored as diffs. */
export class Page extends aggregate(PageCreated) {
  createdBy: UserId | null = null;
  modifiedBy: UserId | null = null;

  /** Sets the title; the same one is no event. */
  updateTitle(title: string): void {
    if (title !== this.title) this.setTitle({ title });
  }

  /** Sets the slug; the same one is no event. Claiming it is the business of `Slug`. */
  updateSlug(slug: string): void {
    if (slug !== this.slug) this.setSlug({ slug });
  }

  /** Sets the body, as a diff from the present one; the same one is no event. */
  updateBody(body: string): void {
    if (body !== this.body) this.patchBody({ diff: createDiff(this.body, body) });
  }

  @event(TitleUpdated)
  protected setTitle({ title }: DataOf<typeof TitleUpdated>): void {
    this.title = title;
  }

  @event(SlugUpdated)
  protected setSlug({ slug }: DataOf<typeof SlugUpdated>): void {
    this.slug = slug;
  }

  @event(BodyUpdated)
  protected patchBody({ diff }: DataOf<typeof BodyUpdated>): void {
    this.body = applyDiff(this.body, diff);
  }

  protected override apply(event: EventOf<typeof PageEvent>): void {
    if (event.originatorVersion === 1) this.createdBy = event.data.userId;
    this.modifiedBy = event.data.userId;
  }
}
