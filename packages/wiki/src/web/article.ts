import type { FastifyBaseLogger } from "fastify";
import { articleOf } from "../application/articles.ts";
import type { PageDetails } from "../application/pages.ts";
import { currentWiki } from "../application/wiki-reading.ts";
import type { Article, LinkOptions, MarkdownBlock } from "../content/article.ts";
import type { Heading } from "../content/heading-ids.ts";
import type { SlugState } from "../content/wiki-links.ts";
import { addresses } from "./addresses.ts";
import { type Reading, sameDateAddress } from "./reading.ts";
import type { WebOptions } from "./web-options.ts";

/** The most slugs to look up in the record. Each lookup loads an aggregate. */
const MAX_LOOKED_UP = 100;

type Log = Pick<FastifyBaseLogger, "error">;
type CurrentWikiOptions = Pick<WebOptions, "content" | "views" | "config">;

/** A body and its slug, which is the base of relative links. */
export type PageText = Pick<PageDetails, "slug" | "body">;

export interface RenderedArticle {
  /** Safe to insert into a page; see `Article`. */
  readonly html: string;
  /** In order. Empty if the body is too long to be parsed. */
  readonly headings: readonly Heading[];
  /** The slugs whose existence the HTML depends on, and the states that it shows. */
  readonly linkedSlugs: ReadonlyMap<string, SlugState>;
}

/** Renders a page's body like `renderArticleOf`, for the current wiki. */
export function renderArticle(
  page: PageText,
  options: CurrentWikiOptions,
  log: Log,
): Promise<RenderedArticle> {
  return renderArticleOf(page, currentReading(options), log);
}

/** Renders a page's body as safe HTML, which marks links to pages that do not exist at that date. */
export async function renderArticleOf(page: PageText, reading: Reading, log: Log): Promise<RenderedArticle> {
  const article = await articleOf(page.body);
  const { options, linkedSlugs } = await resolveLinks(article, page.slug, reading, log);
  return { html: article.html(options), headings: article.headings, linkedSlugs };
}

/** Renders the outermost blocks of a page's body, for the current wiki. */
export async function renderBlocksOf(
  page: PageText,
  options: CurrentWikiOptions,
  log: Log,
): Promise<readonly MarkdownBlock[]> {
  const article = await articleOf(page.body);
  return article.blocks((await resolveLinks(article, page.slug, currentReading(options), log)).options);
}

function currentReading({ content, views, config }: CurrentWikiOptions): Reading {
  return { wiki: currentWiki(content, views), origin: config.publicOrigin, addresses, trace: undefined };
}

/**
 * Determines which linked pages exist. The view may not contain new pages yet, so the first slugs that it does not
 * contain are looked up in the record.
 */
async function resolveLinks(
  article: Article,
  slug: string,
  { wiki, origin, addresses: addressesAtDate }: Reading,
  log: Log,
): Promise<{ options: LinkOptions; linkedSlugs: ReadonlyMap<string, SlugState> }> {
  const linkBase = { slug, origin };
  const slugs = article.linkedSlugs(linkBase);
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
  const linkedSlugs = new Map<string, SlugState>(
    slugs.map((slug) => [slug, exists(slug) ? "exists" : "wanted"]),
  );
  const options: LinkOptions = {
    resolveLink: (slug) => linkedSlugs.get(slug) ?? "wanted",
    hrefOf: addressesAtDate.page,
    linkBase,
    internalHref: (address) => sameDateAddress(addressesAtDate, address),
  };
  return { options, linkedSlugs };
}
