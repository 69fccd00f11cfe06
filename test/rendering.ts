// Renders Markdown without a cache.
import {
  Article,
  type LinkOptions,
  type MarkdownBlock,
  parseArticle,
} from "../packages/wiki/src/content/article.ts";
import type { Heading } from "../packages/wiki/src/content/heading-ids.ts";
import type { LinkBase } from "../packages/wiki/src/content/wiki-links.ts";

export interface RenderedMarkdown {
  readonly html: string;
  readonly headings: readonly Heading[];
  readonly isSource: boolean;
}

export function renderMarkdown(source: string, options: LinkOptions): RenderedMarkdown {
  const article = new Article(parseArticle(source));
  return { html: article.html(options), headings: article.headings, isSource: article.isSource };
}

export function renderBlocks(source: string, options: LinkOptions): readonly MarkdownBlock[] {
  return new Article(parseArticle(source)).blocks(options);
}

/** Returns the distinct slugs that the links of a body may mean. */
export function wikiLinksIn(source: string, base: LinkBase = {}): readonly string[] {
  const names = new Article(parseArticle(source)).linkNames(base);
  return [...new Set(names.flatMap(([slug, otherSlug]) => [slug, otherSlug ?? slug]))];
}

/** Resolves links by their slugs alone. By default, all slugs exist. */
export function linksBySlug(
  hrefOf: (slug: string) => string = (slug) => `/${slug}`,
  exists: (slug: string) => boolean = () => true,
): LinkOptions["resolveLink"] {
  return ([slug, otherSlug]) => {
    const found = [slug, otherSlug].find((name) => name !== null && exists(name));
    return { href: hrefOf(found ?? slug), isWanted: found == null };
  };
}

/** Removes elements that the renderer adds to the text of the author, such as the links of headings. */
export function withoutGenerated(html: string): string {
  return html.replace(/<(\w+)(?: [^>]*)? class="generated [^>]*>[^<]*<\/\1>/g, "");
}
