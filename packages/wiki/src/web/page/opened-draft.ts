import type { Draft } from "../../application/drafts.ts";
import { EditConflictError } from "../../application/errors.ts";
import { mergeFields } from "../../application/merge-fields.ts";
import type { PageDetails } from "../../application/pages.ts";
import { nameOf } from "../../application/people.ts";
import type { TaskRunner } from "../../workers/task-runner.ts";
import type { NewerVersions } from "../forms/draft-notice.tsx";
import type { WebOptions } from "../web-options.ts";

/** The draft to fill a form with, and the number of other drafts of the page. */
export interface OpenedDraft {
  readonly draft: Draft | undefined;
  readonly others: number;
}

/**
 * Resolves to the draft with the id `draftId`, or to the newest of the page. An empty id selects the draft without an
 * id.
 */
export async function draftToOpen(
  { drafts }: Pick<WebOptions, "drafts">,
  userId: string,
  pageId: string | null,
  draftId: string | undefined,
): Promise<OpenedDraft> {
  const draft = await drafts.get(userId, pageId, draftId === "" ? null : draftId);
  const ofPage = (await drafts.list(userId)).filter((one) => one.pageId === pageId);
  return { draft, others: ofPage.filter(({ id }) => draft === undefined || id !== draft.id).length };
}

const VERSIONS_NAMED = 50;

/** Resolves to the newer versions of a draft's page, undefined if there are none. */
export async function newerVersionsSince(
  { content, identity, workers }: Pick<WebOptions, "content" | "identity" | "workers">,
  draft: Pick<Draft, "baseVersion" | "title" | "body">,
  page: PageDetails,
): Promise<NewerVersions | undefined> {
  const base = draft.baseVersion ?? page.version;
  if (base >= page.version) return undefined;
  const [basePage, changes] = await Promise.all([
    content.getPageById(page.id, base),
    content.record.history(page.id, {
      before: page.version + 1,
      limit: Math.min(VERSIONS_NAMED, page.version - base),
    }),
  ]);
  const authors = [...new Set(changes.map(({ userId }) => userId).filter((id) => id !== null))];
  const names = await identity.personsByIds(authors);
  return {
    base,
    current: page.version,
    by: authors.map((id) => nameOf(id, names)),
    conflicts: await hasConflict(basePage, page, draft, workers),
  };
}

async function hasConflict(
  base: PageDetails,
  page: PageDetails,
  { title, body }: Pick<Draft, "title" | "body">,
  workers: TaskRunner,
): Promise<boolean> {
  try {
    await mergeFields(base, page, { title: title.trim(), body }, workers);
    return false;
  } catch (error) {
    if (error instanceof EditConflictError) return true;
    throw error;
  }
}
