import {
  aggregate,
  CodedError,
  currentUserId,
  type DataOf,
  type EventOf,
  event,
  eventFamily,
  NAMESPACE_URL,
  uuid5,
} from "@palimpsest/eventsourcing";
import { z } from "zod";
import { applyDiff, createDiff, diffSchema } from "./diff.ts";

const pageFields = { title: z.string().min(1), slug: z.string().min(1), body: z.string() };
const ambient = { fields: { userId: z.string().nullable() }, values: () => ({ userId: currentUserId() }) };
const types = {
  Created: pageFields,
  TitleUpdated: { title: pageFields.title },
  SlugUpdated: { slug: pageFields.slug },
  BodyUpdated: { diff: diffSchema },
};
export const PageEvent = eventFamily("Page", types, { ambient });
const { Created, TitleUpdated, SlugUpdated, BodyUpdated } = PageEvent;

export class Page extends aggregate(Created) {
  modifiedBy: string | null = null;

  @event(TitleUpdated)
  updateTitle({ title }: DataOf<typeof TitleUpdated>) {
    this.title = title;
  }

  @event(SlugUpdated)
  updateSlug({ slug }: DataOf<typeof SlugUpdated>) {
    this.slug = slug;
  }

  updateBody(body: string) {
    this.patchBody({ diff: createDiff(this.body, body) });
  }

  @event(BodyUpdated)
  protected patchBody({ diff }: DataOf<typeof BodyUpdated>) {
    this.body = applyDiff(this.body, diff);
  }

  /** Is called with every event, whatever its type. */
  protected override apply({ data }: EventOf<typeof PageEvent>) {
    this.modifiedBy = data.userId;
  }
}

export class SlugConflictError extends CodedError {
  readonly code = "slug-conflict";
}

const pageId = z.uuid();
const { Registered, Claimed, Released } = eventFamily("Slug", {
  Registered: { name: z.string(), pageId: pageId.nullable() },
  Claimed: { pageId },
  Released: {},
});

export const slugId = (name: string) => uuid5(NAMESPACE_URL, `/slugs/${name}`);

/** Belongs to one page at most, since its id is made of its name. */
export class Slug extends aggregate(Registered, { id: ({ name }) => slugId(name) }) {
  @event(Claimed)
  claim({ pageId }: DataOf<typeof Claimed>) {
    this.ensure(!this.pageId, () => new SlugConflictError(`The slug "${this.name}" is taken.`));
    this.pageId = pageId;
  }

  @event(Released)
  release() {
    this.pageId = null;
  }
}

export const { PageLogged } = eventFamily("PageLog", { PageLogged: { pageId } });
