import type { FastifyBaseLogger } from "fastify";
import type { PageDetails } from "../../application/pages.ts";
import { withLineEndingsOf } from "../../content/line-endings.ts";
import { mergeTexts } from "../../content/merge.ts";
import type { TypedFields } from "../page/typed-form.ts";
import type { WebOptions } from "../web-options.ts";

/** Three texts of so much together are merged in a moment. In UTF-16 code units. */
const MOST_MERGED_UNITS = 200_000;

type Stores = Pick<WebOptions, "content" | "drafts">;

/**
 * Keeps what a person typed for a page, from `baseVersion` on. Where the page says all of it already, there is no
 * draft, and an earlier one is forgotten: what a browser sends late does not bring back what was saved. Of a large
 * text that was merged with others' it may: then a draft is kept that says nothing new.
 * @throws LimitExceededError, PageNotFoundError: the earlier draft stays
 */
export async function keepDraft(
  { content, drafts }: Stores,
  userId: string,
  page: PageDetails,
  { title, body: typed, summary, baseVersion }: Omit<TypedFields, "slug"> & { readonly baseVersion: number },
): Promise<void> {
  const base = await content.getPageById(page.id, baseVersion);
  const body = withLineEndingsOf(base.body, typed);
  if (isSaid(base, page, { title: title.trim(), body })) return drafts.remove(userId, page.id);
  await drafts.put({ userId, pageId: page.id, baseVersion: base.version, title, slug: null, body, summary });
}

/** Keeps what a person typed for a page that is not there yet; of empty fields nothing. @throws LimitExceededError */
export async function keepNewPageDraft(
  { drafts }: Pick<WebOptions, "drafts">,
  userId: string,
  { title, slug, body: typed, summary }: TypedFields,
): Promise<void> {
  const body = withLineEndingsOf("", typed);
  if (title.trim() === "" && body === "") return drafts.remove(userId, null);
  await drafts.put({ userId, pageId: null, baseVersion: null, title, slug, body, summary });
}

/** Forgets the draft of what was saved. The save stands, whatever becomes of this. */
export async function forgetDraft(
  { drafts }: Pick<WebOptions, "drafts">,
  log: Pick<FastifyBaseLogger, "error">,
  userId: string,
  pageId: string | null,
): Promise<void> {
  await drafts.remove(userId, pageId).catch((error: unknown) => log.error(error));
}

/**
 * Whether saving would change nothing, as far as that can be told at once: a draft is kept every few seconds, and large
 * texts are not merged for that. A merged page has all of a draft only by a merge.
 */
function isSaid(
  base: PageDetails,
  page: PageDetails,
  { title, body }: { title: string; body: string },
): boolean {
  if (title !== base.title && title !== page.title) return false;
  if (body === base.body || body === page.body) return true;
  if (base.body === page.body) return false;
  if (base.body.length + page.body.length + body.length > MOST_MERGED_UNITS) return false;
  return mergeTexts(base.body, page.body, body).change?.text === page.body;
}
