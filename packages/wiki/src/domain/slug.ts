import { aggregate, type DataOf, event, eventFamily, NAMESPACE_URL, uuid5 } from "@palimpsest/eventsourcing";
import { z } from "zod";
import { attribution } from "./user.ts";

const pageId = z.uuid().nullable();

/** `Created`: the slug was claimed first. `PageUpdated`: it was claimed by another page, or released. */
const SlugEvent = eventFamily(
  "Slug",
  { Created: { name: z.string(), pageId }, PageUpdated: { pageId } },
  { ambient: attribution },
);

export const { Created: SlugCreated, PageUpdated: SlugPageUpdated } = SlugEvent;

// Not a method, because the base class expression of `Slug` cannot refer to `Slug`.
const idOf = (name: string): string => uuid5(NAMESPACE_URL, `/slugs/${name}`);

/**
 * The claim of one slug by at most one page. Its id is derived from its name, so that two concurrent claims are a version
 * conflict.
 */
export class Slug extends aggregate(SlugCreated, { id: ({ name }) => idOf(name) }) {
  /** The distinct pages that held the slug before, most recent first. One of them may hold it again. */
  formerPageIds: readonly string[] = [];

  /** Returns the id of the slug with this canonical name. */
  static createId(name: string): string {
    return idOf(name);
  }

  /** Assigns the slug to a page, or releases it with null. */
  @event(SlugPageUpdated)
  updatePage({ pageId }: DataOf<typeof SlugPageUpdated>): void {
    const former = this.pageId;
    if (former !== null) this.formerPageIds = [former, ...this.formerPageIds.filter((id) => id !== former)];
    this.pageId = pageId;
  }
}
