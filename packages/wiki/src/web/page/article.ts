import type { FastifyBaseLogger } from "fastify";
import { presentWiki } from "../../application/wiki-reading.ts";
import {
  type MarkdownOptions,
  type RenderedMarkdown,
  renderMarkdown,
  wikiLinksIn,
} from "../../content/markdown.ts";
import { addresses } from "../addresses.ts";
import type { Reading } from "../time/past.ts";
import type { WebOptions } from "../web-options.ts";

/** Each of these costs an aggregate. */
const LOOKED_UP_ONE_BY_ONE = 100;

type Log = Pick<FastifyBaseLogger, "error">;

/** Resolves to a body as `renderArticleOf` does, for the wiki as it is. */
export function renderArticle(
  body: string,
  { content, views }: Pick<WebOptions, "content" | "views">,
  log: Log,
): Promise<RenderedMarkdown> {
  return renderArticleOf(body, { wiki: presentWiki(content, views), addresses }, log);
}

/** Resolves to a body as safe HTML, in which links to pages that are not there at that time are marked. */
export async function renderArticleOf(body: string, reading: Reading, log: Log): Promise<RenderedMarkdown> {
  return renderMarkdown(body, await linksOfReading(body, reading, log));
}

/** Resolves to how the links of a body are rendered, in the wiki as it is. */
export function linksOf(
  body: string,
  { content, views }: Pick<WebOptions, "content" | "views">,
  log: Log,
): Promise<MarkdownOptions> {
  return linksOfReading(body, { wiki: presentWiki(content, views), addresses }, log);
}

/**
 * Resolves to where the links of a body lead, and which pages are there. That, the view says; of those it does not
 * know, it may only not have heard yet, so the first are looked up.
 */
async function linksOfReading(
  body: string,
  { wiki, addresses: then }: Reading,
  log: Log,
): Promise<MarkdownOptions> {
  const slugs = wikiLinksIn(body);
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
  return { resolveLink: (slug) => (exists(slug) ? "exists" : "wanted"), hrefOf: then.page };
}
