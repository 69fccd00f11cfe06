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

export function wikiLinksIn(source: string, base: LinkBase = {}): readonly string[] {
  return new Article(parseArticle(source)).linkedSlugs(base);
}
