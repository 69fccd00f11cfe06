import { fileIdsIn } from "../content/file-addresses.ts";
import { canonicalSlug } from "../content/slug.ts";
import { asEdit } from "../domain/edit.ts";
import type { Page, PageChanges } from "../domain/page.ts";
import { areSameFiles, type FileChanges, mergeFiles, type PageFile } from "../domain/page-files.ts";
import type { Slug } from "../domain/slug.ts";
import { type EditedFields, PageArchivedError, PageNotFoundError, UndoRefusedError } from "./errors.ts";
import { FileConflictError } from "./files.ts";
import { requireBody, requireFileCount, requireTitle } from "./limits.ts";
import { changedFields, mergeFields, requireUnchanged } from "./merge-fields.ts";
import { type AttachedFiles, attachFiles, withStoredFiles } from "./page-files.ts";
import type { PageRecord } from "./page-record.ts";
import { type PageCommand, type PageStore, requireVersion } from "./page-store.ts";
import type { CommandResult, FileCommandResult, NewFile, PageEdit, VersionCommand } from "./pages.ts";

export async function editPage(pages: PageStore, pageId: string, edit: PageEdit): Promise<CommandResult> {
  return editWithFiles(pages, pageId, edit, () => {});
}

export async function editPageBySlug(pages: PageStore, text: string, edit: PageEdit): Promise<CommandResult> {
  const slug = canonicalSlug(text);
  // The bytes of files are stored for a page before the command runs.
  const hasFiles = (edit.files?.length ?? 0) > 0 || fileIdsIn(edit.body ?? "", 1).length > 0;
  if (hasFiles) return editPage(pages, (await pages.getBySlug(slug)).id, edit);
  return pages.runOnSlug(slug, edit.summary, async (store) =>
    applyEdit(store, await store.getBySlug(slug), edit),
  );
}

export async function attachFile(
  pages: PageStore,
  pageId: string,
  file: NewFile,
  edit: Pick<PageEdit, "summary" | "baseVersion">,
): Promise<FileCommandResult> {
  let attached: PageFile = file.file;
  const result = await editWithFiles(pages, pageId, { ...edit, files: [file] }, ([first]) => {
    attached = first ?? attached;
  });
  return { ...result, file: attached };
}

function editWithFiles(
  pages: PageStore,
  pageId: string,
  edit: PageEdit,
  onAttached: (files: readonly PageFile[]) => void,
): Promise<CommandResult> {
  return withStoredFiles(pages.files, pageId, { files: edit.files, text: edit.body }, (attached) =>
    pages.runOn(pageId, edit.summary, async (store) =>
      applyEdit(store, await store.get(pageId), edit, attached, onAttached),
    ),
  );
}

export async function restorePage(
  pages: PageStore,
  pageId: string,
  command: VersionCommand,
): Promise<CommandResult> {
  return pages.runOn(pageId, command.summary, async (store) => {
    const page = await store.get(pageId);
    const restored = await store.get(pageId, command.version);
    const base = await store.getBase(page, command.baseVersion);
    const { title, body, files } = restored;
    // If the base equals the restored version, the caller has not seen the edits that restoring would discard.
    if (base.title === title && base.body === body && areSameFiles(base.files, files)) {
      requireUnchanged({ version: base.version, title, slug: page.slug, body }, page);
      requireUnchangedFiles(base, page);
    }
    return saveChanges(store, page, {
      base,
      fields: { title, body },
      files,
      command: (changes) => page.restore(changes, restored),
    });
  });
}

export async function undoEdit(
  pages: PageStore,
  record: PageRecord,
  pageId: string,
  command: VersionCommand,
): Promise<CommandResult> {
  return pages.runOn(pageId, command.summary, async (store) => {
    const page = await store.get(pageId);
    await store.getBase(page, command.baseVersion);
    const versions = await record.versionsOfSave(pageId, command.version);
    if (versions === undefined) throw new PageNotFoundError(pageId, { version: command.version });
    if (versions.first === 1) throw new UndoRefusedError(command.version, "it created the page");
    const [before, after] = await Promise.all([
      store.get(pageId, versions.first - 1),
      store.get(pageId, versions.last),
    ]);
    if (before.archived !== after.archived) {
      const opposite = after.archived ? "unarchive the page" : "archive the page";
      throw new UndoRefusedError(command.version, `${opposite} instead`);
    }
    return saveChanges(store, page, {
      base: after,
      fields: before,
      files: before.files,
      command: (changes) => page.undo(changes, before, versions.last),
    });
  });
}

/** @throws InvalidTitleError, InvalidSlugError, LimitExceededError */
function checkedFields({ title, slug, body }: PageEdit): EditedFields {
  return {
    ...(title === undefined ? {} : { title: requireTitle(title) }),
    ...(slug === undefined ? {} : { slug: canonicalSlug(slug) }),
    ...(body === undefined ? {} : { body: requireBody(body) }),
  };
}

async function applyEdit(
  store: PageCommand,
  page: Page,
  edit: PageEdit,
  attached?: AttachedFiles,
  onAttached: (files: readonly PageFile[]) => void = () => {},
): Promise<CommandResult> {
  const { ancestorVersions = [] } = edit;
  const baseVersion = typeof edit.baseVersion === "function" ? edit.baseVersion(page.id) : edit.baseVersion;
  const fields = checkedFields(edit);
  const base = await store.getBase(page, baseVersion);
  const ancestors = await ancestorsOf(store, page, base, ancestorVersions);
  const command = ({ title, slug, body }: PageChanges): void => {
    if (title !== undefined) page.updateTitle(title);
    if (slug !== undefined) page.updateSlug(slug);
    if (body !== undefined)
      page.changeBody(body, { text: fields.body ?? base.body, ancestorVersions: ancestors });
    if (attached !== undefined) onAttached(attachFiles(page, attached));
  };
  return saveChanges(store, page, { base, fields, command, originalBase: ancestors[0] });
}

interface ChangeToMerge {
  /** The version that the change started from. */
  readonly base: Page;
  readonly fields: EditedFields;
  /** The files of the page after the change; by default unchanged. */
  readonly files?: readonly PageFile[];
  /** Triggers the events of the merged changes. */
  readonly command: (changes: PageChanges) => void;
  /** The version that the edit started from before its conflicts were resolved. */
  readonly originalBase?: Page | undefined;
}

/** Merges the change of `fields` since `base` with later edits, and saves the result. */
async function saveChanges(
  store: PageCommand,
  page: Page,
  { base, fields, files = base.files, command, originalBase = base }: ChangeToMerge,
): Promise<CommandResult> {
  if (page.archived) throw new PageArchivedError(page.slug, page.id);
  const changes = await mergeFields(base, page, fields, store.workers);
  const fileChanges = mergedFiles(base, page, files);
  requireBody(changes.body?.text ?? "");
  const claims = await moveSlug(store, page, changes.slug);
  const isMerged = changedFields(base, page).length > 0;
  const isResolved = originalBase !== base && changedFields(originalBase, page).length > 0;
  const merged = isMerged || isResolved ? { base: originalBase.version, current: page.version } : undefined;
  const { version } = page;
  asEdit({ merged }, () => command({ ...changes, files: fileChanges }));
  const isChanged = page.version > version;
  return { ...(await store.save(page, page, ...claims)), merged: isMerged && isChanged };
}

/** @throws FileConflictError, LimitExceededError */
function mergedFiles(base: Page, page: Page, files: readonly PageFile[]): FileChanges {
  const { changes, conflicts } = mergeFiles(base.files, page.files, files);
  if (conflicts.length > 0) {
    const names = conflicts.map(({ base, theirs, yours }) => (theirs ?? yours ?? base)?.name ?? "");
    throw new FileConflictError(page.id, names);
  }
  const growth = changes.added.length - changes.removed.length;
  if (growth > 0) requireFileCount(page.files.length + growth);
  return changes;
}

/** @throws FileConflictError if the files of the page changed since `base` */
function requireUnchangedFiles(base: Page, page: Page): void {
  const changed = page.files.filter(({ id }) => !base.files.some((file) => file.id === id));
  const gone = base.files.filter(({ id }) => !page.files.some((file) => file.id === id));
  const names = new Set([...changed, ...gone].map(({ name }) => name));
  if (names.size > 0) throw new FileConflictError(page.id, [...names]);
}

/**
 * Resolves to the page at the first and the last of `versions` that precede `base`. The versions between
 * them rarely contain words that both lack, and each version costs a comparison.
 * @throws BaseVersionError if the page lacks any of `versions`
 */
async function ancestorsOf(
  store: PageCommand,
  page: Page,
  base: Page,
  versions: readonly number[],
): Promise<readonly Page[]> {
  for (const version of versions) requireVersion(page, version);
  const earlier = versions.filter((version) => version < base.version);
  if (earlier.length === 0) return [];
  const ends = new Set([Math.min(...earlier), Math.max(...earlier)]);
  return Promise.all([...ends].map((version) => store.get(page.id, version)));
}

/** Resolves to the claims of the old and the new slug, to be saved with the page. */
async function moveSlug(
  { claims }: PageCommand,
  page: Page,
  slug: string | undefined,
): Promise<readonly Slug[]> {
  if (slug === undefined || slug === page.slug) return [];
  return [await claims.release(page.slug), await claims.claim(slug, page.id)];
}
