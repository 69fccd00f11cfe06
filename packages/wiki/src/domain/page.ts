import { aggregate, type DataOf, type EventOf, event, eventFamily } from "@palimpsest/eventsourcing";
import { z } from "zod";
import {
  type Authorship,
  applyDiffToAuthorship,
  authorship,
  inheritAuthorship,
  insertedUnits,
  sliceAuthorship,
  writtenBy,
} from "../content/authorship.ts";
import { type BodyChange, bodyChange } from "../content/body-change.ts";
import { applyDiff, type BodyDiff, bodyDiff, checksumOf } from "../content/diff.ts";
import { editAttributes } from "./edit.ts";
import {
  applyFileChanges,
  applyReplacements,
  type FileChanges,
  fileChanges,
  type PageFile,
  pageFile,
  withFreeName,
  withoutFiles,
} from "./page-files.ts";
import type { UserId } from "./user.ts";

const version = z.int().positive();

/** The authorship of the text that the diff inserts. Left out if this event wrote all of it. */
const origins = authorship.optional();

/** The events of a page. Their names and fields are a stored form: changing them needs an upcast. */
export const PageEvent = eventFamily(
  "Page",
  {
    Created: { title: z.string(), slug: z.string(), body: z.string() },
    TitleUpdated: { title: z.string() },
    /** The page moved to another slug. */
    SlugUpdated: { slug: z.string() },
    BodyUpdated: { diff: bodyDiff, origins },
    /**
     * Title, body and files were restored from `version`, and merged with later edits. Only changed fields are present.
     */
    Restored: {
      version,
      title: z.string().optional(),
      diff: bodyDiff.optional(),
      origins,
      files: fileChanges.optional(),
    },
    /** The edit that created the versions `first` to `last` was undone. Later edits were kept. */
    Undone: {
      first: version,
      last: version,
      title: z.string().optional(),
      slug: z.string().optional(),
      diff: bodyDiff.optional(),
      origins,
      files: fileChanges.optional(),
    },
    /** The page was removed from the wiki and its slug released. */
    Archived: {},
    /** The page was returned to the wiki, under this slug. */
    Unarchived: { slug: z.string() },
    FilesAttached: { files: z.array(pageFile) },
    /** Each `file` replaced the file with the id `replaced`, whose name it has. */
    FilesReplaced: { files: z.array(z.object({ replaced: z.uuid(), file: pageFile })) },
    /** Files were removed from the page. Their bytes are kept for earlier versions. */
    FilesRemoved: { files: z.array(z.object({ id: z.uuid(), name: z.string() })) },
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
  FilesAttached,
  FilesReplaced,
  FilesRemoved,
} = PageEvent;

export interface PageFields {
  readonly title: string;
  readonly slug: string;
  readonly body: string;
}

export interface PageChanges {
  readonly title?: string;
  readonly slug?: string;
  readonly body?: BodyChange;
  readonly files?: FileChanges;
}

/** A body as its author submitted it, before it was merged with later edits. */
export interface SubmittedBody {
  readonly text: string;
  /** The versions of the page that the author had at hand. Text from them keeps its authors. */
  readonly ancestorVersions: readonly Page[];
}

/** A page of the wiki. Changes of the body are stored as diffs. */
export class Page extends aggregate(PageCreated, { schemaVersion: 4 }) {
  createdBy: UserId | null = null;
  modifiedBy: UserId | null = null;
  /** An archived page has no slug; `slug` is its former one. */
  archived = false;
  authorship: Authorship = [];
  /** The checksum of the body, kept so that a diff is applied without computing it again. */
  bodyChecksum = "";
  files: readonly PageFile[] = [];

  /** Changes the title. Triggers no event if it is the same. */
  updateTitle(title: string): void {
    if (title !== this.title) this.setTitle({ title });
  }

  /** Changes the slug, which `Slug` must have claimed. Triggers no event if it is the same. */
  updateSlug(slug: string): void {
    if (slug !== this.slug) this.setSlug({ slug });
  }

  /** Changes the body. Triggers no event if it is the same. */
  updateBody(body: string): void {
    if (body !== this.body) this.changeBody(bodyChange(this.body, body));
  }

  /** Applies a change to the body. Triggers no event if it changes nothing. */
  changeBody({ text, diff, sources }: BodyChange, submitted?: SubmittedBody): void {
    if (text === this.body) return;
    const version = this.version + 1;
    const origins = submitted
      ? inheritAuthorship(submitted.ancestorVersions, submitted.text, sources, version)
      : [];
    const isNew = origins.every((number, index) => index % 2 === 0 || number === version);
    this.patchBody(isNew ? { diff } : { diff, origins });
  }

  /**
   * Attaches files. A name that is in use gets a number; a file with the name and the bytes of an attached one is left out.
   * Returns the attached files in the same order.
   */
  attachFiles(files: readonly PageFile[]): readonly PageFile[] {
    const added: PageFile[] = [];
    const attached = files.map((file) => {
      const others = [...this.files, ...added];
      const same = others.find(
        ({ id, name, sha256 }) => id === file.id || (name === file.name && sha256 === file.sha256),
      );
      if (same !== undefined) return same;
      const named = withFreeName(file, others);
      added.push(named);
      return named;
    });
    if (added.length > 0) this.addFiles({ files: added });
    return attached;
  }

  /**
   * Replaces attached files, whose names the new ones get. A file with the same bytes is left out. Returns the files of the
   * page in the same order.
   */
  replaceFiles(
    replacements: readonly { readonly replaced: PageFile; readonly file: PageFile }[],
  ): readonly PageFile[] {
    const files: { replaced: string; file: PageFile }[] = [];
    const current = replacements.map(({ replaced, file }) => {
      if (replaced.sha256 === file.sha256) return replaced;
      const named = { ...file, name: replaced.name };
      files.push({ replaced: replaced.id, file: named });
      return named;
    });
    if (files.length > 0) this.setReplacedFiles({ files });
    return current;
  }

  /** Removes attached files. Triggers no event without any. */
  removeFiles(files: readonly PageFile[]): void {
    if (files.length > 0) this.dropFiles({ files: files.map(({ id, name }) => ({ id, name })) });
  }

  /** Applies the changes that restore title, body and files of `earlier`, this page at an earlier version. */
  restore(changes: Omit<PageChanges, "slug">, earlier: Page): void {
    const restored = this.restoredFields(changes, earlier);
    if (Object.keys(restored).length > 0) this.setRestored({ version: earlier.version, ...restored });
  }

  /**
   * Applies the changes that undo an edit.
   *
   * @param before this page before the edit
   * @param last the last version that the edit created
   */
  undo(changes: PageChanges, before: Page, last: number): void {
    const { slug = this.slug } = changes;
    const undone = { ...(slug === this.slug ? {} : { slug }), ...this.restoredFields(changes, before) };
    if (Object.keys(undone).length > 0) this.setUndone({ first: before.version + 1, last, ...undone });
  }

  /** Removes the page from the wiki. Does nothing if it is archived. The slug is released by `Slug`. */
  archive(): void {
    if (!this.archived) this.setArchived();
  }

  /** Returns the page to the wiki. Does nothing if it is not archived. The slug must be claimed by `Slug`. */
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
  protected setRestored({ title, diff, origins, files }: DataOf<typeof Restored>): void {
    if (title !== undefined) this.title = title;
    if (files !== undefined) this.files = applyFileChanges(this.files, files);
    if (diff !== undefined) this.rewrite(diff, origins);
  }

  @event(Undone)
  protected setUndone({ title, slug, diff, origins, files }: DataOf<typeof Undone>): void {
    if (title !== undefined) this.title = title;
    if (files !== undefined) this.files = applyFileChanges(this.files, files);
    if (slug !== undefined) this.slug = slug;
    if (diff !== undefined) this.rewrite(diff, origins);
  }

  @event(FilesAttached)
  protected addFiles({ files }: DataOf<typeof FilesAttached>): void {
    this.files = [...this.files, ...files];
  }

  @event(FilesReplaced)
  protected setReplacedFiles({ files }: DataOf<typeof FilesReplaced>): void {
    this.files = applyReplacements(this.files, files);
  }

  @event(FilesRemoved)
  protected dropFiles({ files }: DataOf<typeof FilesRemoved>): void {
    this.files = withoutFiles(this.files, files);
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
    const inserted = origins ?? writtenBy(this.version, insertedUnits(diff));
    this.body = applyDiff(this.body, diff, this.bodyChecksum);
    this.bodyChecksum = diff.to;
    this.authorship = applyDiffToAuthorship(this.authorship, diff, inserted);
  }

  /** Returns the fields that differ from the page. Inserted text keeps its authors from `earlier`. */
  private restoredFields({ title = this.title, body, files }: PageChanges, earlier: Page) {
    const isChanged = body !== undefined && body.text !== this.body;
    const hasFileChanges = files !== undefined && files.removed.length + files.added.length > 0;
    return {
      ...(title === this.title ? {} : { title }),
      ...(hasFileChanges ? { files } : {}),
      ...(isChanged ? { diff: body.diff, origins: sliceAuthorship(earlier.authorship, body.sources) } : {}),
    };
  }
}
