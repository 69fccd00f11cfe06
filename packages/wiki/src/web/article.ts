import type { FastifyBaseLogger } from "fastify";
import { articleOf } from "../application/articles.ts";
import { linkStates } from "../application/link-states.ts";
import type { PageDetails } from "../application/pages.ts";
import { currentWiki } from "../application/wiki-reading.ts";
import type { Article, LinkOptions, MarkdownBlock, TitledArticle } from "../content/article.ts";
import type { SlugState } from "../content/wiki-links.ts";
import type { TaskRunner } from "../workers/task-runner.ts";
import { addresses } from "./addresses.ts";
import { type Reading, sameDateAddress } from "./reading.ts";
import type { WebOptions } from "./web-options.ts";

type Log = Pick<FastifyBaseLogger, "error">;
type CurrentWikiOptions = Pick<WebOptions, "content" | "views" | "config" | "workers">;

/** A body and its slug, which is the base of relative links. */
export type PageText = Pick<PageDetails, "slug" | "body">;

export interface RenderedArticle extends TitledArticle {
  /** The slugs whose existence the HTML depends on, and the states that it shows. */
  readonly linkedSlugs: ReadonlyMap<string, SlugState>;
}

/** Renders a page like `renderArticleOf`, for the current wiki. */
export function renderArticle(
  page: PageText & Pick<PageDetails, "title">,
  options: CurrentWikiOptions,
  log: Log,
): Promise<RenderedArticle> {
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
): Promise<RenderedArticle> {
  const article = await articleOf(page.body, workers);
  const { options, linkedSlugs } = await resolveLinks(article, page.slug, reading, log);
  return { ...article.belowTitle(page.title, options), linkedSlugs };
}

/** Renders the outermost blocks of a page's body. @throws ServerBusyError */
export async function renderBlocksOf(
  page: PageText,
  reading: Reading,
  workers: TaskRunner,
  log: Log,
): Promise<readonly MarkdownBlock[]> {
  const article = await articleOf(page.body, workers);
  return article.blocks((await resolveLinks(article, page.slug, reading, log)).options);
}

function currentReading({ content, views, config }: CurrentWikiOptions): Reading {
  return { wiki: currentWiki(content, views), origin: config.publicOrigin, addresses, trace: undefined };
}

async function resolveLinks(
  article: Article,
  slug: string,
  { wiki, origin, addresses: addressesAtDate }: Reading,
  log: Log,
): Promise<{ readonly options: LinkOptions; readonly linkedSlugs: ReadonlyMap<string, SlugState> }> {
  const linkBase = { slug, origin };
  // The page is shown even if the view fails.
  const linkedSlugs = await linkStates(wiki, article.linkedSlugs(linkBase), (error) => log.error(error));
  const options: LinkOptions = {
    resolveLink: (slug) => linkedSlugs.get(slug) ?? "wanted",
    hrefOf: addressesAtDate.page,
    linkBase,
    internalHref: (address) => sameDateAddress(addressesAtDate, address),
  };
  return { options, linkedSlugs };
}
