import createMarkdown from "markdown-it";
import { namedAnchors } from "../content/heading-ids.ts";
import { MAX_MARKDOWN_UNITS } from "../content/markdown.ts";
import { type PageLink, pageLinkOf, wikiLinks } from "../content/wiki-links.ts";

const markdown = createMarkdown({ html: false }).use(wikiLinks).use(namedAnchors);

/**
 * The pages that a body links to, as `[[…]]` and as `[…](/slug)`: for each link what it may mean, the likeliest first,
 * and each of these once. Unlike `wikiLinksIn` it keeps apart what belongs to different links. A body too long to be
 * rendered has no links.
 */
export function pageLinksIn(body: string): readonly PageLink["slugs"][] {
  if (body.length > MAX_MARKDOWN_UNITS || !/\[\[|\]\(|\]:/.test(body)) return [];
  const links = new Map<string, PageLink["slugs"]>();
  for (const token of markdown.parse(body, {})) {
    for (const child of token.children ?? []) {
      const link = child.type === "link_open" ? pageLinkOf(child) : undefined;
      if (link) links.set(link.slugs.join("\n"), link.slugs);
    }
  }
  return [...links.values()];
}
