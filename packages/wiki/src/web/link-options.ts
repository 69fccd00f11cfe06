import type { FastifyBaseLogger } from "fastify";
import { linkTargets, type ResolveLink } from "../application/link-targets.ts";
import type { PageDetails } from "../application/pages.ts";
import type { Article, LinkAddress, LinkOptions } from "../content/article.ts";
import { ArticleFiles } from "../content/article-files.ts";
import type { LinkTarget } from "../content/link-target.ts";
import type { LinkNames } from "../content/wiki-links.ts";
import type { ReadingAddresses } from "./addresses.ts";
import { type Reading, sameDateAddress } from "./reading.ts";
import { strings } from "./strings/strings.ts";

/** A body with its slug, which is the base of relative links, and the files that it may name. */
export type PageText = Pick<PageDetails, "slug" | "body" | "files">;

/** Resolves to the options for the HTML of an article, and to the targets of its links. */
export async function resolveLinks(
  article: Article,
  { slug, files }: PageText,
  { wiki, origin, addresses: addressesAtDate }: Reading,
  log: Pick<FastifyBaseLogger, "error">,
): Promise<{ readonly options: LinkOptions; readonly targetOf: ResolveLink }> {
  const linkBase = { slug, origin };
  // The page is shown even if the view fails.
  const targetOf = await linkTargets(wiki, article.linkNames(linkBase), (error) => log.error(error));
  const options: LinkOptions = {
    resolveLink: (names) => linkAddress(names, targetOf(names), addressesAtDate),
    linkBase,
    files: new ArticleFiles(files, strings.files.missing),
    internalHref: (address) => sameDateAddress(addressesAtDate, address),
  };
  return { options, targetOf };
}

/** @param target undefined if nothing is known about the link */
function linkAddress(
  [slug, , title]: LinkNames,
  target: LinkTarget | undefined,
  { page, choosePage }: ReadingAddresses,
): LinkAddress {
  switch (target?.kind) {
    case "nothing":
      return { href: page(slug), isWanted: true };
    case "several":
      return { href: choosePage(title ?? slug), isWanted: false };
    default:
      return { href: page(target?.slug ?? slug), isWanted: false };
  }
}
