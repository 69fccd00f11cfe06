import type { FastifyBaseLogger } from "fastify";
import { type RenderedMarkdown, renderMarkdown, wikiLinksIn } from "../../content/markdown.ts";
import { addresses } from "../addresses.ts";
import type { WebOptions } from "../web-options.ts";

/** Each of these costs an aggregate. */
const LOOKED_UP_ONE_BY_ONE = 100;

/**
 * Resolves to a body as safe HTML, in which links to pages that are not there yet are marked. Which are there, the
 * view says; of those it does not know, it may only not have heard yet, so the first are looked up.
 */
export async function renderArticle(
  body: string,
  { content, views }: Pick<WebOptions, "content" | "views">,
  log: Pick<FastifyBaseLogger, "error">,
): Promise<RenderedMarkdown> {
  const slugs = wikiLinksIn(body);
  // A page can be read whatever became of the views.
  const known = await views.links.leading(slugs).catch((error: unknown) => {
    log.error(error);
    return undefined;
  });
  const unknown = slugs.filter((slug) => !known?.has(slug));
  const lookedUp = new Set(unknown.slice(0, LOOKED_UP_ONE_BY_ONE));
  const leading = await content.slugsThatLead(lookedUp);
  // Where nobody could say, nothing is marked.
  const exists = (slug: string) => leading.has(slug) || (known?.has(slug) ?? !lookedUp.has(slug));
  return renderMarkdown(body, {
    resolveLink: (slug) => (exists(slug) ? "exists" : "wanted"),
    hrefOf: addresses.page,
  });
}
