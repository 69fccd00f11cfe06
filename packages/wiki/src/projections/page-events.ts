import type { ProjectedEvent } from "@palimpsest/eventsourcing";
import { applyDiff, type BodyDiff } from "../content/diff.ts";
import {
  Archived,
  BodyUpdated,
  FilesAttached,
  FilesRemoved,
  FilesReplaced,
  PageCreated,
  Restored,
  SlugUpdated,
  TitleUpdated,
  Unarchived,
  Undone,
} from "../domain/page.ts";
import {
  applyFileChanges,
  applyReplacements,
  type FileChanges,
  type PageFile,
  withoutFiles,
} from "../domain/page-files.ts";

export const PAGE_EVENTS = [
  PageCreated,
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
] as const;

export type ProjectedPageEvent = ProjectedEvent<(typeof PAGE_EVENTS)[number]>;

/** A page at one of its versions. */
export interface PageState {
  readonly slug: string;
  readonly title: string;
  readonly body: string;
  readonly archived: boolean;
  readonly files: readonly PageFile[];
}

/** Resolves to a page at a recorded version. */
export type LoadPage = (pageId: string, version: number) => Promise<PageState>;

/** The end of the interval of a current row. */
export const FOREVER = Number.MAX_SAFE_INTEGER;

/** Returns the page after an event. `page` is undefined before the first. */
export function pageAfter(page: PageState | undefined, event: ProjectedPageEvent): PageState {
  if (event.type === "Page.Created") {
    const { slug, title, body } = event.data;
    return { slug, title, body, archived: false, files: [] };
  }
  if (page === undefined)
    throw new TypeError(`The first event of a page is ${event.type}; it must be Page.Created.`);
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
    case "Page.FilesAttached":
      return { ...page, files: [...page.files, ...event.data.files] };
    case "Page.FilesReplaced":
      return { ...page, files: applyReplacements(page.files, event.data.files) };
    case "Page.FilesRemoved":
      return { ...page, files: withoutFiles(page.files, event.data.files) };
    case "Page.Archived":
      return { ...page, archived: true };
    case "Page.Unarchived":
      return { ...page, slug: event.data.slug, archived: false };
  }
}

interface Rewriting {
  readonly title?: string | undefined;
  readonly diff?: BodyDiff | undefined;
  readonly files?: FileChanges | undefined;
}

function rewritten(page: PageState, { title = page.title, diff, files }: Rewriting): PageState {
  return {
    ...page,
    title,
    body: diff === undefined ? page.body : applyDiff(page.body, diff),
    files: files === undefined ? page.files : applyFileChanges(page.files, files),
  };
}
