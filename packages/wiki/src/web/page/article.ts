import type { FastifyBaseLogger } from "fastify";
import {
  type MarkdownOptions,
  type RenderedMarkdown,
  renderMarkdown,
  wikiLinksIn,
} from "../../content/markdown.ts";
import { addresses } from "../addresses.ts";
import type { WebOptions } from "../web-options.ts";

/** Each of these costs an aggregate. */
const LOOKED_UP_ONE_BY_ONE = 100;

/** Resolves to a body as safe HTML, in which links to pages that are not there yet are marked. */
export async function renderArticle(
  body: string,
  wiki: Pick<WebOptions, "content" | "views">,
  log: Pick<FastifyBaseLogger, "error">,
): Promise<RenderedMarkdown> {
  return renderMarkdown(body, await linksOf(body, wiki, log));
}

/**
 * Resolves to how the links of a body are rendered: where they lead, and which pages are there. That, the view says;
 * of those it does not know, it may only not have heard yet, so the first are looked up.
 */
export async function linksOf(
  body: string,
  { content, views }: Pick<WebOptions, "content" | "views">,
  log: Pick<FastifyBaseLogger, "error">,
): Promise<MarkdownOptions> {
  const slugs = wikiLinksIn(body);
  // A page can be read whatever became of the views.
  const known = await views.site.leading(slugs).catch((error: unknown) => {
    log.error(error);
    return undefined;
  });
  const unknown = slugs.filter((slug) => !known?.has(slug));
  const lookedUp = new Set(unknown.slice(0, LOOKED_UP_ONE_BY_ONE));
  const leading = await content.slugsThatLead(lookedUp);
  // Where nobody could say, nothing is marked.
  const exists = (slug: string) => leading.has(slug) || (known?.has(slug) ?? !lookedUp.has(slug));
  return { resolveLink: (slug) => (exists(slug) ? "exists" : "wanted"), hrefOf: addresses.page };
}
