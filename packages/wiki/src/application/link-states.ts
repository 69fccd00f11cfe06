import type { SlugState } from "../content/wiki-links.ts";
import type { WikiReader } from "./wiki-reading.ts";

/** The most slugs to look up in the record if the view fails or is far behind. Each lookup loads an aggregate. */
const MAX_LOOKED_UP = 100;

/**
 * Resolves to whether these slugs lead to a page. Reads the site view, and the record for slugs whose events the view has
 * not processed yet. If the view fails, slugs that were not looked up count as existing.
 * @param slugs distinct slugs in canonical form
 * @param onViewError is called if the view fails
 */
export async function linkStates(
  wiki: WikiReader,
  slugs: readonly string[],
  onViewError: (error: unknown) => void,
): Promise<ReadonlyMap<string, SlugState>> {
  if (slugs.length === 0) return new Map();
  const { existing, unprocessed } = await readView(wiki, slugs).catch((error: unknown) => {
    onViewError(error);
    return { existing: undefined, unprocessed: slugs };
  });
  const lookedUp = new Set(unprocessed.slice(0, MAX_LOOKED_UP));
  const inRecord = await wiki.existingSlugsInRecord(lookedUp);
  const exists = (slug: string) => inRecord.has(slug) || (existing?.has(slug) ?? !lookedUp.has(slug));
  return new Map(slugs.map((slug) => [slug, exists(slug) ? "exists" : "wanted"]));
}

/** Resolves to the slugs that the view contains, and those of the other slugs that have newer events. */
async function readView(wiki: WikiReader, slugs: readonly string[]) {
  // Events that the view processes between both reads are then looked up again, not missed.
  const position = await wiki.sitePosition();
  const existing = await wiki.existingSlugs(slugs);
  const others = slugs.filter((slug) => !existing.has(slug));
  return { existing, unprocessed: await wiki.slugsChangedAfter(position, others) };
}
