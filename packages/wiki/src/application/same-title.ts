import { titleKey } from "../content/title-key.ts";
import type { LinkedPage } from "../projections/site.ts";
import type { Views } from "./views.ts";

/** The most pages with the same title that are named. */
const MAX_NAMED = 10;

/**
 * Resolves to other pages with this title, as the site view knows them.
 * @param pageId the page with the title, which is left out
 */
export async function pagesWithSameTitle(
  { site }: Pick<Views, "site">,
  title: string,
  pageId?: string,
): Promise<readonly LinkedPage[]> {
  const key = titleKey(title);
  if (key === "") return [];
  const found = await site.pagesTitled(key, { limit: MAX_NAMED + 1 });
  return found.filter(({ id }) => id !== pageId).slice(0, MAX_NAMED);
}
