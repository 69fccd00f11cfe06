import { restoreLineEndings } from "../content/line-endings.ts";
import type { TaskRunner } from "../workers/task-runner.ts";
import { draftResolution, mergeEdit, type Resolutions, resolvedTexts } from "./conflict-resolution.ts";
import type { ContentManagement } from "./content-management.ts";
import type { Draft, DraftRevision, Drafts } from "./drafts.ts";
import { BaseVersionError } from "./errors.ts";
import type { PageDetails } from "./pages.ts";

/** The most text that is merged to find out whether a draft is already saved, in UTF-16 code units. */
const MAX_MERGED_UNITS = 200_000;

interface Stores {
  readonly content: Pick<ContentManagement, "getPageById">;
  readonly drafts: Drafts;
  readonly workers: TaskRunner;
}

/**
 * The draft that one form stores. Each window has a draft of its own, so that windows do not overwrite each other. The
 * draft that the form was filled with is removed when the form is stored or saved, unless another window changed it.
 */
export interface FormDraft {
  /** Null if the form contains no draft id. */
  readonly id: string | null;
  readonly openedRevision?: Required<DraftRevision>;
}

interface DraftTexts {
  readonly title: string;
  readonly body: string;
  readonly summary: string;
}

/** Unsaved text for an existing page. */
export interface PageDraft extends DraftTexts {
  readonly baseVersion: number;
  readonly ancestorVersions: readonly number[];
  /** The conflict that the person is resolving, if any. */
  readonly resolution?: { readonly theirsVersion: number; readonly resolutions: Resolutions };
}

/**
 * Stores a draft of a page. If the page already contains the draft's changes, removes the form's draft instead, so
 * that a late request does not restore saved text. Large texts are not merged to check this: their draft is stored.
 * @throws LimitExceededError, TooManyDraftsError, PageNotFoundError: the previous draft is unchanged
 */
export async function savePageDraft(
  { content, drafts, workers }: Stores,
  userId: string,
  page: PageDetails,
  { resolution, ...typed }: PageDraft,
  form: FormDraft,
): Promise<void> {
  const base = await content.getPageById(page.id, typed.baseVersion);
  const edit = { title: typed.title, body: restoreLineEndings(base.body, typed.body) };
  const theirs = resolution && (await content.getPageById(page.id, resolution.theirsVersion));
  const isSaved =
    theirs === undefined || resolution === undefined
      ? await isAlreadySaved(base, page, edit, workers)
      : page.modifiedBy === userId &&
        (await isResolutionSaved({ base, theirs }, page, edit, resolution.resolutions, workers));
  if (isSaved) return removeFormDraft({ drafts }, userId, page.id, form);
  await storeFormDraft({ drafts }, form, {
    ...{ userId, pageId: page.id, slug: null, ...edit, summary: typed.summary },
    baseVersion: base.version,
    ...(typed.ancestorVersions.length === 0 ? {} : { ancestorVersions: typed.ancestorVersions }),
    ...(resolution && { resolution: draftResolution(resolution.theirsVersion, resolution.resolutions) }),
  });
}

/**
 * Stores a draft of a page that does not exist yet. If title and body are empty, removes the form's draft instead.
 * @throws LimitExceededError, TooManyDraftsError: the previous draft is unchanged
 */
export async function saveNewPageDraft(
  { drafts }: Pick<Stores, "drafts">,
  userId: string,
  { title, slug, body: typed, summary }: DraftTexts & { readonly slug: string },
  form: FormDraft,
): Promise<void> {
  const body = restoreLineEndings("", typed);
  if (title.trim() === "" && body === "") return removeFormDraft({ drafts }, userId, null, form);
  await storeFormDraft({ drafts }, form, {
    ...{ userId, pageId: null, baseVersion: null, title, slug, body, summary },
  });
}

/**
 * Removes the form's own draft. Also removes the draft that the form was filled with, unless another window has changed
 * that draft since.
 */
export async function removeFormDraft(
  { drafts }: Pick<Stores, "drafts">,
  userId: string,
  pageId: string | null,
  { id, openedRevision }: FormDraft,
): Promise<void> {
  await drafts.remove(userId, pageId, { id });
  if (openedRevision !== undefined) await drafts.remove(userId, pageId, openedRevision);
}

async function storeFormDraft(
  { drafts }: Pick<Stores, "drafts">,
  { id, openedRevision }: FormDraft,
  draft: Omit<Draft, "id" | "savedAt">,
): Promise<void> {
  await drafts.put({ ...draft, id }, openedRevision);
}

/** @throws BaseVersionError if the page does not have a version that the draft names */
export function requireDraftVersions(
  { baseVersion, ancestorVersions }: Pick<PageDraft, "baseVersion" | "ancestorVersions">,
  page: Pick<PageDetails, "version">,
): void {
  const latest = Math.max(baseVersion, ...ancestorVersions);
  if (latest > page.version) throw new BaseVersionError(latest, page.version);
}

type TitleAndBody = Pick<PageDetails, "title" | "body">;

/**
 * True if saving the edit would change nothing. False for texts that are too large to merge each time a draft is
 * stored, which happens every few seconds.
 */
export async function isAlreadySaved(
  base: TitleAndBody,
  page: TitleAndBody,
  edit: TitleAndBody,
  workers: TaskRunner,
): Promise<boolean> {
  const title = edit.title.trim();
  if (title !== base.title && title !== page.title) return false;
  const { body } = edit;
  if (body === base.body || body === page.body) return true;
  if (base.body === page.body) return false;
  if (base.body.length + page.body.length + body.length > MAX_MERGED_UNITS) return false;
  const texts = { base: base.body, theirs: page.body, yours: body };
  return (await workers.run("mergeTexts", texts)).change?.text === page.body;
}

/**
 * True if a version after `theirs` contains the resolved texts. False for large texts. False if the resolution equals
 * `theirs`: the page has that text whether or not the resolution was saved.
 */
async function isResolutionSaved(
  { base, theirs }: { readonly base: PageDetails; readonly theirs: PageDetails },
  page: PageDetails,
  yours: TitleAndBody,
  resolutions: Resolutions,
  workers: TaskRunner,
): Promise<boolean> {
  if (page.version === theirs.version) return false;
  if (base.body.length + theirs.body.length + yours.body.length > MAX_MERGED_UNITS) return false;
  const resolved = resolvedTexts(await mergeEdit(base, theirs, yours, workers), resolutions);
  const equalsTheirs = resolved.title === theirs.title && resolved.body === theirs.body;
  return !equalsTheirs && isAlreadySaved(theirs, page, resolved, workers);
}
