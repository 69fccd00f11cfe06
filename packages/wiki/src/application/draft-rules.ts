import { restoreLineEndings } from "../content/line-endings.ts";
import { mergeTexts } from "../content/merge.ts";
import { mergeOfEdit, type Settlements, settledTexts } from "./conflict-resolution.ts";
import type { ContentManagement } from "./content-management.ts";
import type { Draft, Drafts, KnownDraft } from "./drafts.ts";
import type { PageDetails } from "./pages.ts";

/** Three texts of so much together are merged in a moment. In UTF-16 code units. */
const MOST_MERGED_UNITS = 200_000;

interface Stores {
  readonly content: Pick<ContentManagement, "getPageById">;
  readonly drafts: Drafts;
}

/**
 * The draft that a form writes, and no other window does: so none takes the place of what was typed in another. What
 * the form was filled with goes when it is kept or saved again, unless another window wrote it since.
 */
export interface FormDraft {
  /** Null for a form that says none. */
  readonly id: string | null;
  readonly filledWith?: Required<KnownDraft>;
}

/** What a person typed for a page, from `baseVersion` on, which was made from earlier versions perhaps. */
export interface TypedDraft {
  readonly title: string;
  readonly body: string;
  readonly summary: string;
  readonly baseVersion: number;
  readonly madeFrom: readonly number[];
  /** What was chosen for the places that a later version changed, too. */
  readonly settling?: { readonly theirsVersion: number; readonly settlements: Settlements };
}

/**
 * Keeps what a person typed for a page as the draft of its form. Where the page says all of it already, there is no
 * draft, and an earlier one of that form is forgotten: what a browser sends late does not bring back what was saved.
 * Of a large text that was merged with others' it may: then a draft is kept that says nothing new.
 * @throws LimitExceededError, TooManyDraftsError, PageNotFoundError: the earlier draft stays
 */
export async function keepDraft(
  { content, drafts }: Stores,
  userId: string,
  page: PageDetails,
  { settling, ...typed }: TypedDraft,
  form: FormDraft,
): Promise<void> {
  const base = await content.getPageById(page.id, typed.baseVersion);
  const edit = { title: typed.title, body: restoreLineEndings(base.body, typed.body) };
  const theirs = settling && (await content.getPageById(page.id, settling.theirsVersion));
  const isOver =
    theirs === undefined || settling === undefined
      ? isSaid(base, page, edit)
      : page.modifiedBy === userId && isSettled(base, theirs, page, edit, settling.settlements);
  if (isOver) return removeDraft({ drafts }, userId, page.id, form);
  await putDraft({ drafts }, form, {
    ...{ userId, pageId: page.id, slug: null, ...edit, summary: typed.summary },
    baseVersion: base.version,
    ...(typed.madeFrom.length === 0 ? {} : { madeFrom: typed.madeFrom }),
    ...(settling === undefined ? {} : { settling: storedSettling(settling) }),
  });
}

/**
 * Keeps what a person typed for a page that is not there yet; of empty fields nothing.
 * @throws LimitExceededError, TooManyDraftsError: the earlier draft stays
 */
export async function keepNewPageDraft(
  { drafts }: Pick<Stores, "drafts">,
  userId: string,
  {
    title,
    slug,
    body: typed,
    summary,
  }: Pick<TypedDraft, "title" | "body" | "summary"> & { readonly slug: string },
  form: FormDraft,
): Promise<void> {
  const body = restoreLineEndings("", typed);
  if (title.trim() === "" && body === "") return removeDraft({ drafts }, userId, null, form);
  await putDraft({ drafts }, form, { userId, pageId: null, baseVersion: null, title, slug, body, summary });
}

/** Forgets what a form wrote, and what it was filled with, unless another window wrote that since. */
export async function removeDraft(
  { drafts }: Pick<Stores, "drafts">,
  userId: string,
  pageId: string | null,
  { id, filledWith }: FormDraft,
): Promise<void> {
  await drafts.remove(userId, pageId, { id });
  if (filledWith !== undefined) await drafts.remove(userId, pageId, filledWith);
}

/** What the form was filled with is in it, and goes when that is stored. */
async function putDraft(
  { drafts }: Pick<Stores, "drafts">,
  { id, filledWith }: FormDraft,
  draft: Omit<Draft, "id" | "savedAt">,
): Promise<void> {
  await drafts.put({ ...draft, id }, filledWith);
}

function storedSettling({
  theirsVersion,
  settlements,
}: NonNullable<TypedDraft["settling"]>): NonNullable<Draft["settling"]> {
  return { theirsVersion, places: [...settlements].map(([name, settlement]) => ({ name, ...settlement })) };
}

type TitleAndBody = Pick<PageDetails, "title" | "body">;

/**
 * Whether saving would change nothing, as far as that can be told at once: a draft is kept every few seconds, and large
 * texts are not merged for that. A merged page has all of a draft only by a merge.
 */
function isSaid(base: PageDetails, page: PageDetails, { title: typed, body }: TitleAndBody): boolean {
  const title = typed.trim();
  if (title !== base.title && title !== page.title) return false;
  if (body === base.body || body === page.body) return true;
  if (base.body === page.body) return false;
  if (base.body.length + page.body.length + body.length > MOST_MERGED_UNITS) return false;
  return mergeTexts(base.body, page.body, body).change?.text === page.body;
}

/**
 * Whether a later version than the one that was met has what was settled, as far as that can be told at once. Where
 * nothing of yours was chosen, it tells nothing.
 */
function isSettled(
  base: PageDetails,
  theirs: PageDetails,
  page: PageDetails,
  yours: TitleAndBody,
  settlements: Settlements,
): boolean {
  if (page.version === theirs.version) return false;
  if (base.body.length + theirs.body.length + yours.body.length > MOST_MERGED_UNITS) return false;
  const settled = settledTexts(mergeOfEdit(base, theirs, yours), settlements);
  const isTheirs = settled.title === theirs.title && settled.body === theirs.body;
  return !isTheirs && isSaid(theirs, page, settled);
}
