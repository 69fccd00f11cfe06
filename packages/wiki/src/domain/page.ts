import { aggregate, type DataOf, type EventOf, event, eventFamily } from "@palimpsest/eventsourcing";
import { z } from "zod";
import {
  type Authorship,
  authorship,
  authorshipAfter,
  insertedUnits,
  originsOf,
  writtenBy,
} from "../content/authorship.ts";
import { applyDiff, type BodyDiff, bodyDiff, checksumOf, createDiff } from "../content/diff.ts";
import { editAttributes, editShape } from "./edit.ts";
import type { UserId } from "./user.ts";

// Events: names and fields are stored; change them only with an upcast.

export const PageEvent = eventFamily("Page", editShape, editAttributes);

export const PageCreated = PageEvent("Created", { title: z.string(), slug: z.string(), body: z.string() });
export const TitleUpdated = PageEvent("TitleUpdated", { title: z.string() });
export const SlugUpdated = PageEvent("SlugUpdated", { slug: z.string() });
export const BodyUpdated = PageEvent("BodyUpdated", { diff: bodyDiff });

const version = z.int().positive();

/** Who first wrote what a diff brings back: runs over all that it inserts. All by the event itself if left out. */
const origins = authorship.optional();

/** Title and body are again as they were at `version`. What did not change thereby is left out. */
export const Restored = PageEvent("Restored", {
  version,
  title: z.string().optional(),
  diff: bodyDiff.optional(),
  origins,
});

/** The edit that made the versions from `first` to `last` was taken back, and later ones were kept. */
export const Undone = PageEvent("Undone", {
  first: version,
  last: version,
  title: z.string().optional(),
  slug: z.string().optional(),
  diff: bodyDiff.optional(),
  origins,
});

/** The page left the wiki; its slug was released. */
export const Archived = PageEvent("Archived", {});

/** The page is back, under this slug. */
export const Unarchived = PageEvent("Unarchived", { slug: z.string() });

/** What an edit may change. */
export interface PageFields {
  readonly title: string;
  readonly slug: string;
  readonly body: string;
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
    if (body !== this.body) this.patchBody({ diff: createDiff(this.body, body) });
  }

  /** Sets what `earlier`, this page at an earlier version, is restored as. What is as it should be is no event. */
  restore(fields: Pick<PageFields, "title" | "body">, earlier: Page): void {
    const changes = this.broughtBack(fields, earlier);
    if (Object.keys(changes).length > 0) this.setRestored({ version: earlier.version, ...changes });
  }

  /**
   * Sets what the page is without the edit that made the versions from `before.version + 1` to `last`; `before` is
   * this page before that edit. What is as it should be is no event.
   */
  undo(fields: PageFields, before: Page, last: number): void {
    const slug = fields.slug === this.slug ? {} : { slug: fields.slug };
    const changes = { ...slug, ...this.broughtBack(fields, before) };
    if (Object.keys(changes).length > 0) this.setUndone({ first: before.version + 1, last, ...changes });
  }

  /** Takes the page out of the wiki, unless it is. Releasing the slug is the business of `Slug`. */
  archive(): void {
    if (!this.archived) this.setArchived({});
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
  protected patchBody({ diff }: DataOf<typeof BodyUpdated>): void {
    this.rewrite(diff, undefined);
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
  protected setArchived(_: DataOf<typeof Archived>): void {
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

  private broughtBack({ title, body }: Pick<PageFields, "title" | "body">, earlier: Page) {
    const diff = body === this.body ? undefined : createDiff(this.body, body);
    return {
      ...(title === this.title ? {} : { title }),
      ...(diff === undefined ? {} : { diff, origins: originsOf(diff, body, earlier, this.version + 1) }),
    };
  }
}
