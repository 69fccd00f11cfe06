import type { FastifyBaseLogger } from "fastify";
import type { PageDetails } from "../application/pages.ts";
import { presentWiki } from "../application/wiki-reading.ts";
import {
  type MarkdownOptions,
  type RenderedMarkdown,
  renderMarkdown,
  wikiLinksIn,
} from "../content/markdown.ts";
import { addresses } from "./addresses.ts";
import { type Reading, sameDateAddress } from "./reading.ts";
import type { WebOptions } from "./web-options.ts";

/** Each of these costs an aggregate. */
const LOOKED_UP_ONE_BY_ONE = 100;

type Log = Pick<FastifyBaseLogger, "error">;
type Present = Pick<WebOptions, "content" | "views" | "config">;

/** A body, and the slug that the page has with it, from which relative links start. */
export type PageText = Pick<PageDetails, "slug" | "body">;

/** Resolves to a page's body as `renderArticleOf` does, for the wiki as it is. */
export function renderArticle(page: PageText, options: Present, log: Log): Promise<RenderedMarkdown> {
  return renderArticleOf(page, presentReading(options), log);
}

/** Resolves to a page's body as safe HTML, in which links to pages that are not there at that time are marked. */
export async function renderArticleOf(page: PageText, reading: Reading, log: Log): Promise<RenderedMarkdown> {
  return renderMarkdown(page.body, await linksOfReading(page, reading, log));
}

/** Resolves to how the links of a page's body are rendered, in the wiki as it is. */
export function linksOf(page: PageText, options: Present, log: Log): Promise<MarkdownOptions> {
  return linksOfReading(page, presentReading(options), log);
}

function presentReading({ content, views, config }: Present): Reading {
  return { wiki: presentWiki(content, views), origin: config.publicOrigin, addresses };
}

/**
 * Resolves to where the links of a body lead, and which pages are there. That, the view says; of those it does not
 * know, it may only not have heard yet, so the first are looked up.
 */
async function linksOfReading(
  { slug, body }: PageText,
  { wiki, origin, addresses: then }: Reading,
  log: Log,
): Promise<MarkdownOptions> {
  const place = { slug, origin };
  const slugs = wikiLinksIn(body, place);
  // A page can be read whatever became of the views.
  const known = await wiki.leading(slugs).catch((error: unknown) => {
    log.error(error);
    return undefined;
  });
  const unknown = slugs.filter((slug) => !known?.has(slug));
  const lookedUp = new Set(unknown.slice(0, LOOKED_UP_ONE_BY_ONE));
  const leading = await wiki.slugsThatLead(lookedUp);
  // Where nobody could say, nothing is marked.
  const exists = (slug: string) => leading.has(slug) || (known?.has(slug) ?? !lookedUp.has(slug));
  return {
    resolveLink: (slug) => (exists(slug) ? "exists" : "wanted"),
    hrefOf: then.page,
    place,
    hrefWithin: (address) => sameDateAddress(then, address),
  };
}
