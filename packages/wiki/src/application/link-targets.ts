import { type LinkTarget, linkTarget, type NamedPage } from "../content/link-target.ts";
import type { LinkNames } from "../content/wiki-links.ts";
import type { WikiReader } from "./wiki-reading.ts";

/** The most slugs to look up in the record if the view fails or is far behind. Each lookup loads an aggregate. */
const MAX_LOOKED_UP = 100;

/** Returns where a link leads; undefined if the view failed and nothing is known about the link. */
export type ResolveLink = (names: LinkNames) => LinkTarget | undefined;

/**
 * Resolves to a function that resolves these links. Reads the site view, and the record for slugs whose events the view has
 * not processed yet. Titles are as fresh as the view. If the view fails, links have no titles.
 * @param onViewError is called if the view fails
 */
export async function linkTargets(
  wiki: WikiReader,
  links: readonly LinkNames[],
  onViewError: (error: unknown) => void,
): Promise<ResolveLink> {
  if (links.length === 0) return () => undefined;
  const slugs = distinct(
    links.map(([slug]) => slug).concat(links.flatMap(([, otherSlug]) => otherSlug ?? [])),
  );
  const keys = distinct(links.map(([, , title]) => title));
  const { held, titles, unprocessed } = await readView(wiki, slugs, keys).catch((error: unknown) => {
    onViewError(error);
    return { held: undefined, titles: new Map(), unprocessed: slugs };
  });
  const lookedUp = unprocessed.slice(0, MAX_LOOKED_UP);
  const holders = new Map<string, NamedPage>(held);
  for (const slug of lookedUp) holders.delete(slug);
  for (const [slug, page] of await wiki.slugHoldersInRecord(lookedUp)) holders.set(slug, page);
  const isKnown = held === undefined ? new Set(lookedUp) : undefined;
  return (names) => {
    const target = linkTarget(names, { slugs: holders, titles });
    const isUnknown = target.kind === "nothing" && isKnown !== undefined && !isKnown.has(names[0]);
    return isUnknown ? undefined : target;
  };
}

/** Resolves to the pages of these names in the view, and the slugs that have newer events. */
async function readView(wiki: WikiReader, slugs: readonly string[], keys: readonly string[]) {
  // Events that the view processes between the reads are then looked up again, not missed.
  const position = await wiki.sitePosition();
  const [held, titles] = await Promise.all([
    wiki.slugHolders(slugs),
    keys.length === 0 ? new Map() : wiki.titleHolders(keys),
  ]);
  return { held, titles, unprocessed: await wiki.slugsChangedAfter(position, slugs) };
}

function distinct(names: readonly (string | null)[]): readonly string[] {
  return [...new Set(names)].filter((name) => name !== null);
}
