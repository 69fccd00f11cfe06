import { aggregate, type DataOf, event, eventFamily, NAMESPACE_URL, uuid5 } from "@palimpsest/eventsourcing";
import { z } from "zod";
import { attribution } from "./user.ts";

const pageId = z.uuid().nullable();

const SlugEvent = eventFamily(
  "Slug",
  { Created: { name: z.string(), pageId }, PageUpdated: { pageId } },
  { ambient: attribution },
);

export const { Created: SlugCreated, PageUpdated: SlugPageUpdated } = SlugEvent;

// A function of its own, since a class cannot be named by its own base.
const idOf = (name: string): string => uuid5(NAMESPACE_URL, `/slugs/${name}`);

/**
 * The claim to one slug. Its id is a function of its name, so whoever knows the name finds it, and two claims at
 * once are a conflict of versions: a slug has one page, or none.
 */
export class Slug extends aggregate(SlugCreated, { id: ({ name }) => idOf(name) }) {
  /** The pages that held the slug and gave it up, each once, the last first; one of them may hold it again. */
  formerPageIds: readonly string[] = [];

  /** Returns the id of the slug called `name`, which is in canonical form. */
  static createId(name: string): string {
    return idOf(name);
  }

  /** Gives the slug to a page, or with null releases it. */
  @event(SlugPageUpdated)
  updatePage({ pageId }: DataOf<typeof SlugPageUpdated>): void {
    const left = this.pageId;
    if (left !== null) this.formerPageIds = [left, ...this.formerPageIds.filter((id) => id !== left)];
    this.pageId = pageId;
  }
}
