import { setImmediate } from "node:timers/promises";
import { storableText } from "../content/search/page-text.ts";
import { type LoadPage, type ProjectedPageEvent, pageIdsOf } from "./page-events.ts";
import { pageLinksIn } from "./page-links.ts";

export const LINKS = "links";

export interface LinkedPage {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
}

/** A page that is linked to and is not there. */
export interface WantedPage {
  readonly slug: string;
  /** How many pages link to it. */
  readonly count: number;
}

export interface LinkRange {
  /** 50 unless said. */
  readonly limit?: number;
  /** How many are left out; 0 unless said. */
  readonly offset?: number;
}

/**
 * Which page links to which. A link leads to the page that has its slug, or had it last, as long as no other page
 * takes it. Links of a page to itself do not count.
 */
export interface LinksView {
  /** Resolves to the pages that link to this one, in order of title. */
  backlinks(pageId: string, range?: LinkRange): Promise<readonly LinkedPage[]>;
  /** Resolves to what is linked to and not there, the most wanted first. */
  wantedPages(range?: LinkRange): Promise<readonly WantedPage[]>;
  /** Resolves to the pages that no other page links to, in order of title. */
  orphans(range?: LinkRange): Promise<readonly LinkedPage[]>;
  /** Resolves to those of `slugs`, in canonical form and as many as one likes, that lead to a page. */
  leading(slugs: readonly string[]): Promise<ReadonlySet<string>>;
}

/** What a link may mean: `slug` or, only where no page has or had that, `otherSlug`. */
export interface PageLinkTo {
  readonly slug: string;
  readonly otherSlug: string | null;
}

/** A page with its links, each once. */
export interface LinkingPage extends LinkedPage {
  readonly links: readonly PageLinkTo[];
}

export interface LinkChanges {
  readonly pages: readonly LinkingPage[];
  /** The ids of pages that are not there any more. */
  readonly gone: readonly string[];
  /** Slugs that pages took, in order, each once: for each the page that took it last. */
  readonly slugs: readonly { readonly slug: string; readonly pageId: string }[];
}

/** Reads each page that the events touch, once, as it is now; who took which slug, the events say. */
export async function linkChanges(
  events: readonly ProjectedPageEvent[],
  loadPage: LoadPage,
): Promise<LinkChanges> {
  const holders = new Map<string, string>();
  for (const event of events) {
    if (event.type === "Page.Created" || event.type === "Page.SlugUpdated") {
      holders.set(event.data.slug, event.originatorId);
    }
  }
  const pages: LinkingPage[] = [];
  const gone: string[] = [];
  for (const id of pageIdsOf(events)) {
    const page = await loadPage(id);
    if (page === undefined) gone.push(id);
    else pages.push({ id, slug: page.slug, title: storableText(page.title), links: linksOf(page.body) });
    // A section can be thousands of pages, and the server has other things to do in between.
    await setImmediate();
  }
  return { pages, gone, slugs: Array.from(holders, ([slug, pageId]) => ({ slug, pageId })) };
}

/** A link of a page as databases are given it: the page's id, what the link likely means, what else it may mean. */
export type LinkRow = readonly [pageId: string, slug: string, otherSlug: string | null];

/** The links of all these pages in one flat list: a page has thousands, and JSON within JSON is read again for each. */
export function linkRows(pages: readonly LinkingPage[]): LinkRow[] {
  return pages.flatMap(({ id, links }) => links.map(({ slug, otherSlug }): LinkRow => [id, slug, otherSlug]));
}

/** The pages themselves, without their links. */
export function pageRows(pages: readonly LinkingPage[]): LinkedPage[] {
  return pages.map(({ id, slug, title }) => ({ id, slug, title }));
}

function linksOf(body: string): PageLinkTo[] {
  return pageLinksIn(body).map(([slug, otherSlug]) => ({ slug, otherSlug: otherSlug ?? null }));
}
