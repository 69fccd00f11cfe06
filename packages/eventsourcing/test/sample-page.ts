import { z } from "zod";
import { revive } from "../src/aggregates/aggregate.ts";
import { aggregate, definitionOf, event } from "../src/aggregates/aggregate-class.ts";
import type { AggregateState } from "../src/aggregates/aggregate-state.ts";
import { currentUserId } from "../src/context.ts";
import { eventFamily } from "../src/events/event-family.ts";
import type { DataOf, EventOf } from "../src/events/event-type.ts";

export const ID = "6ba7b810-9dad-41d1-80b4-00c04fd430c8";
export const PageEvent = eventFamily(
  "Page",
  {
    Created: { title: z.string(), tags: z.array(z.string()).optional() },
    TitleUpdated: { title: z.string() },
    Tagged: { tags: z.array(z.string()) },
    TagAdded: { tag: z.string() },
    Touched: {},
    Unset: {},
  },
  { ambient: { fields: { userId: z.string().nullable() }, values: () => ({ userId: currentUserId() }) } },
);
const { Created, TitleUpdated, Tagged, TagAdded, Touched, Unset } = PageEvent;

export class Page extends aggregate(Created) {
  modifiedBy: string | null = "nobody yet";
  revisions = 0;
  labels: string[] = [];
  note: string | undefined = "none";

  @event(TitleUpdated)
  updateTitle({ title }: DataOf<typeof TitleUpdated>): void {
    this.title = title;
    if (title === "handler throws") throw new Error("on purpose");
    if (title === "nested") this.updateTitle({ title: "inner" });
  }

  @event(Tagged)
  tag({ tags }: DataOf<typeof Tagged>): void {
    this.labels = tags as string[];
  }

  @event(TagAdded)
  protected pushTag({ tag }: DataOf<typeof TagAdded>): void {
    this.labels.push(tag);
    if (tag === "handler throws") throw new Error("on purpose");
  }

  @event(Unset)
  unset(): void {
    this.note = undefined;
  }

  addTag(tag: string): void {
    if (!this.labels.includes(tag)) this.pushTag({ tag });
  }

  touch(): void {
    this.trigger(Touched());
  }

  protected override apply(event: EventOf<typeof PageEvent>): void {
    this.revisions += 1;
    this.modifiedBy = event.data.userId;
    if (this.title === "apply throws") throw new Error("on purpose");
  }
}

export function revivePage(state: AggregateState): Page {
  return revive(definitionOf(Page), state) as Page;
}

/** Returns the aggregate that the pending events make when they are replayed. */
export function replayed(page: Page): Page {
  return revivePage(definitionOf(Page).replay(undefined, page.pendingEvents));
}

export function fieldsOf(page: Page): object {
  return structuredClone({ ...page, id: page.id, version: page.version, at: page.modifiedAt });
}
