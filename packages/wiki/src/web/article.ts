import type { FastifyBaseLogger } from "fastify";
import type { PageDetails } from "../application/pages.ts";
import { currentWiki } from "../application/wiki-reading.ts";
import {
  type MarkdownOptions,
  type RenderedMarkdown,
  renderMarkdown,
  wikiLinksIn,
} from "../content/markdown.ts";
import { addresses } from "./addresses.ts";
import { type Reading, sameDateAddress } from "./reading.ts";
import type { WebOptions } from "./web-options.ts";

/** The most slugs to look up in the record. Each lookup loads an aggregate. */
const MAX_LOOKED_UP = 100;

type Log = Pick<FastifyBaseLogger, "error">;
type CurrentWikiOptions = Pick<WebOptions, "content" | "views" | "config">;

/** A body and its slug, which is the base of relative links. */
export type PageText = Pick<PageDetails, "slug" | "body">;

/** Renders a page's body like `renderArticleOf`, for the current wiki. */
export function renderArticle(
  page: PageText,
  options: CurrentWikiOptions,
  log: Log,
): Promise<RenderedMarkdown> {
  return renderArticleOf(page, currentReading(options), log);
}

/** Renders a page's body as safe HTML, which marks links to pages that do not exist at that date. */
export async function renderArticleOf(page: PageText, reading: Reading, log: Log): Promise<RenderedMarkdown> {
  return renderMarkdown(page.body, await linksOfReading(page, reading, log));
}

/** Resolves to the options that render the links of a page's body, for the current wiki. */
export function linksOf(page: PageText, options: CurrentWikiOptions, log: Log): Promise<MarkdownOptions> {
  return linksOfReading(page, currentReading(options), log);
}

function currentReading({ content, views, config }: CurrentWikiOptions): Reading {
  return { wiki: currentWiki(content, views), origin: config.publicOrigin, addresses };
}

/**
 * Determines which linked pages exist. The view may not contain new pages yet, so the first slugs that it does not
 * contain are looked up in the record.
 */
async function linksOfReading(
  { slug, body }: PageText,
  { wiki, origin, addresses: addressesAtDate }: Reading,
  log: Log,
): Promise<MarkdownOptions> {
  const linkBase = { slug, origin };
  const slugs = wikiLinksIn(body, linkBase);
  // The page is shown even if the view fails.
  const existing = await wiki.existingSlugs(slugs).catch((error: unknown) => {
    log.error(error);
    return undefined;
  });
  const notInView = slugs.filter((slug) => !existing?.has(slug));
  const lookedUp = new Set(notInView.slice(0, MAX_LOOKED_UP));
  const leading = await wiki.existingSlugsInRecord(lookedUp);
  // If the view failed, links with slugs that were not looked up are not marked.
  const exists = (slug: string) => leading.has(slug) || (existing?.has(slug) ?? !lookedUp.has(slug));
  return {
    resolveLink: (slug) => (exists(slug) ? "exists" : "wanted"),
    hrefOf: addressesAtDate.page,
    linkBase,
    internalHref: (address) => sameDateAddress(addressesAtDate, address),
  };
}
