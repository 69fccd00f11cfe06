import type { FastifyBaseLogger } from "fastify";
import { articleOf } from "../application/articles.ts";
import { linkTargets } from "../application/link-targets.ts";
import type { PageDetails } from "../application/pages.ts";
import { currentWiki } from "../application/wiki-reading.ts";
import type { Article, LinkAddress, LinkOptions, MarkdownBlock, TitledArticle } from "../content/article.ts";
import { ArticleFiles } from "../content/article-files.ts";
import type { LinkTarget } from "../content/link-target.ts";
import type { LinkNames } from "../content/wiki-links.ts";
import type { TaskRunner } from "../workers/task-runner.ts";
import { addresses, type ReadingAddresses } from "./addresses.ts";
import { type Reading, sameDateAddress } from "./reading.ts";
import { strings } from "./strings/strings.ts";
import type { WebOptions } from "./web-options.ts";

type Log = Pick<FastifyBaseLogger, "error">;
type CurrentWikiOptions = Pick<WebOptions, "content" | "views" | "config" | "workers">;

/** A body with its slug, which is the base of relative links, and the files that it may name. */
export type PageText = Pick<PageDetails, "slug" | "body" | "files">;

/** Renders a page like `renderArticleOf`, for the current wiki. */
export function renderArticle(
  page: PageText & Pick<PageDetails, "title">,
  options: CurrentWikiOptions,
  log: Log,
): Promise<TitledArticle> {
  return renderArticleOf(page, currentReading(options), options.workers, log);
}

/**
 * Renders a page's body as safe HTML below its title. Marks links to pages that do not exist at that date.
 * @throws ServerBusyError
 */
export async function renderArticleOf(
  page: PageText & Pick<PageDetails, "title">,
  reading: Reading,
  workers: TaskRunner,
  log: Log,
): Promise<TitledArticle> {
  const article = await articleOf(page.body, workers);
  const options = await resolveLinks(article, page, reading, log);
  return article.belowTitle(page.title, options);
}

/** Renders the outermost blocks of a page's body. @throws ServerBusyError */
export async function renderBlocksOf(
  page: PageText,
  reading: Reading,
  workers: TaskRunner,
  log: Log,
): Promise<readonly MarkdownBlock[]> {
  const article = await articleOf(page.body, workers);
  return article.blocks(await resolveLinks(article, page, reading, log));
}

function currentReading({ content, views, config }: CurrentWikiOptions): Reading {
  return { wiki: currentWiki(content, views), origin: config.publicOrigin, addresses, trace: undefined };
}

async function resolveLinks(
  article: Article,
  { slug, files }: PageText,
  { wiki, origin, addresses: addressesAtDate }: Reading,
  log: Log,
): Promise<LinkOptions> {
  const linkBase = { slug, origin };
  // The page is shown even if the view fails.
  const targetOf = await linkTargets(wiki, article.linkNames(linkBase), (error) => log.error(error));
  return {
    resolveLink: (names) => linkAddress(names, targetOf(names), addressesAtDate),
    linkBase,
    files: new ArticleFiles(files, strings.files.missing),
    internalHref: (address) => sameDateAddress(addressesAtDate, address),
  };
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
