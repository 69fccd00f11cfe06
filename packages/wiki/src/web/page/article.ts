import type { ContentManagement } from "../../application/content-management.ts";
import { type RenderedMarkdown, renderMarkdown, wikiLinksIn } from "../../content/markdown.ts";
import { addresses } from "../addresses.ts";

/** Resolves to a body as safe HTML, in which links to pages that are not there yet are marked. */
export async function renderArticle(content: ContentManagement, body: string): Promise<RenderedMarkdown> {
  const leading = await content.slugsThatLead(wikiLinksIn(body));
  return renderMarkdown(body, {
    resolveLink: (slug) => (leading.has(slug) ? "exists" : "wanted"),
    hrefOf: addresses.page,
  });
}
