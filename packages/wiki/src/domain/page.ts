import { aggregate, type DataOf, type EventOf, event, eventFamily } from "@palimpsest/eventsourcing";
import { z } from "zod";
import {
  type Authorship,
  authorship,
  authorshipAfter,
  authorshipFrom,
  authorshipOf,
  insertedUnits,
  writtenBy,
} from "../content/authorship.ts";
import { type BodyChange, bodyChange } from "../content/body-change.ts";
import { applyDiff, type BodyDiff, bodyDiff, checksumOf } from "../content/diff.ts";
import { editAttributes } from "./edit.ts";
import type { UserId } from "./user.ts";

const version = z.int().positive();

/** Who first wrote the text that a diff inserts, as runs over it. Left out if the event's author wrote all of it. */
const origins = authorship.optional();

/** The events of a page. Their names and fields are stored: change them only with an upcast. */
export const PageEvent = eventFamily(
  "Page",
  {
    Created: { title: z.string(), slug: z.string(), body: z.string() },
    TitleUpdated: { title: z.string() },
    SlugUpdated: { slug: z.string() },
    BodyUpdated: { diff: bodyDiff, origins },
    /** Title and body are those of `version` again, merged with later edits. Fields that did not change are left out. */
    Restored: { version, title: z.string().optional(), diff: bodyDiff.optional(), origins },
    /** The edit that made the versions from `first` to `last` was undone; later edits were kept. */
    Undone: {
      first: version,
      last: version,
      title: z.string().optional(),
      slug: z.string().optional(),
      diff: bodyDiff.optional(),
      origins,
    },
    /** The page left the wiki; its slug was released. */
    Archived: {},
    /** The page came back to the wiki, under this slug. */
    Unarchived: { slug: z.string() },
  },
  { ambient: editAttributes },
);

export const {
  Created: PageCreated,
  TitleUpdated,
  SlugUpdated,
  BodyUpdated,
  Restored,
  Undone,
  Archived,
  Unarchived,
} = PageEvent;

/** What an edit may change. */
export interface PageFields {
  readonly title: string;
  readonly slug: string;
  readonly body: string;
}

/** What an edit changes of a page as it is; what it leaves is left out. */
export interface PageChanges {
  readonly title?: string;
  readonly slug?: string;
  readonly body?: BodyChange;
}

/** What somebody wanted the body to be, who had earlier versions of the page at hand. */
export interface WantedBody {
  readonly text: string;
  readonly madeFrom: readonly Page[];
}

/** A page of the wiki. Each change is an event with its author; the body's are stored as diffs. */
export class Page extends aggregate(PageCreated, { schemaVersion: 3 }) {
  createdBy: UserId | null = null;
  modifiedBy: UserId | null = null;
  /** True while the page has left the wiki; `slug` is then the one it had. */
  archived = false;
  /** Which version wrote which part of the body. */
  authorship: Authorship = [];
  /** The checksum of the body: what the next diff has to start from. */
  bodyChecksum = "";

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
    if (body !== this.body) this.changeBody(bodyChange(this.body, body));
  }

  /**
   * Changes the body, of which `change` knows how; to the same one is no event. What is inserted of the versions that
   * `wanted` was made from stays their authors'.
   */
  changeBody({ text, diff, sources }: BodyChange, wanted?: WantedBody): void {
    if (text === this.body) return;
    const version = this.version + 1;
    const origins = wanted ? authorshipFrom(wanted.madeFrom, wanted.text, sources, version) : [];
    const isNew = origins.every((number, index) => index % 2 === 0 || number === version);
    this.patchBody(isNew ? { diff } : { diff, origins });
  }

  /** Makes the changes by which the page is again what `earlier` is, this page at an earlier version. */
  restore(changes: Omit<PageChanges, "slug">, earlier: Page): void {
    const restored = this.broughtBack(changes, earlier);
    if (Object.keys(restored).length > 0) this.setRestored({ version: earlier.version, ...restored });
  }

  /**
   * Makes the changes by which the page is without the edit that made the versions from `before.version + 1` to
   * `last`; `before` is this page before that edit.
   */
  undo(changes: PageChanges, before: Page, last: number): void {
    const { slug = this.slug } = changes;
    const undone = { ...(slug === this.slug ? {} : { slug }), ...this.broughtBack(changes, before) };
    if (Object.keys(undone).length > 0) this.setUndone({ first: before.version + 1, last, ...undone });
  }

  /** Takes the page out of the wiki, unless it is. Releasing the slug is the business of `Slug`. */
  archive(): void {
    if (!this.archived) this.setArchived();
  }

  /** Brings the page back, unless it is there. Claiming the slug is the business of `Slug`. */
  unarchive(slug: string): void {
    if (this.archived) this.setUnarchived({ slug });
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
  protected patchBody({ diff, origins }: DataOf<typeof BodyUpdated>): void {
    this.rewrite(diff, origins);
  }

  @event(Restored)
  protected setRestored({ title, diff, origins }: DataOf<typeof Restored>): void {
    if (title !== undefined) this.title = title;
    if (diff !== undefined) this.rewrite(diff, origins);
  }

  @event(Undone)
  protected setUndone({ title, slug, diff, origins }: DataOf<typeof Undone>): void {
    if (title !== undefined) this.title = title;
    if (slug !== undefined) this.slug = slug;
    if (diff !== undefined) this.rewrite(diff, origins);
  }

  @event(Archived)
  protected setArchived(): void {
    this.archived = true;
  }

  @event(Unarchived)
  protected setUnarchived({ slug }: DataOf<typeof Unarchived>): void {
    this.archived = false;
    this.slug = slug;
  }

  protected override apply(event: EventOf<typeof PageEvent>): void {
    if (event.originatorVersion === 1) {
      this.createdBy = event.data.userId;
      this.authorship = writtenBy(1, this.body.length);
      this.bodyChecksum = checksumOf(this.body);
    }
    this.modifiedBy = event.data.userId;
  }

  private rewrite(diff: BodyDiff, origins: Authorship | undefined): void {
    const written = origins ?? writtenBy(this.version, insertedUnits(diff));
    this.body = applyDiff(this.body, diff, this.bodyChecksum);
    this.bodyChecksum = diff.to;
    this.authorship = authorshipAfter(this.authorship, diff, written);
  }

  /** What is inserted keeps the authors that it had in `earlier`. What is as it should be is left out. */
  private broughtBack({ title = this.title, body }: PageChanges, earlier: Page) {
    const isChanged = body !== undefined && body.text !== this.body;
    return {
      ...(title === this.title ? {} : { title }),
      ...(isChanged ? { diff: body.diff, origins: authorshipOf(earlier.authorship, body.sources) } : {}),
    };
  }
}
