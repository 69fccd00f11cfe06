import { type Projection, projection } from "@palimpsest/eventsourcing";
import type { MemoryChange, MemoryViewStore, ReadonlyMemoryTables } from "@palimpsest/eventsourcing/memory";
import {
  LINKS,
  type LinkedPage,
  type LinkingPage,
  type LinkRange,
  type LinksView,
  linkChanges,
  type PageLinkTo,
  type WantedPage,
} from "../links.ts";
import { type LoadPage, PAGE_EVENTS } from "../page-events.ts";

/** Keeps the links of every page in memory. */
export function linksProjection(loadPage: LoadPage): Projection<typeof PAGE_EVENTS, MemoryChange> {
  return projection({
    name: LINKS,
    version: 1,
    handles: PAGE_EVENTS,
    tables: ["pages", "slugs"],
    project: async (events) => {
      const { pages, gone, slugs } = await linkChanges(events, loadPage);
      return [
        (tables) => {
          for (const { slug, pageId } of slugs) tables<string>("slugs").set(slug, pageId);
          for (const page of pages) tables<LinkingPage>("pages").set(page.id, page);
          for (const id of gone) tables<LinkingPage>("pages").delete(id);
        },
      ];
    },
  });
}

/** Answers by looking at every link. */
export function linksView(store: MemoryViewStore): LinksView {
  const read = async <Item>(
    { limit = 50, offset = 0 }: LinkRange,
    query: (links: readonly ResolvedLink[], pages: ReadonlyMap<string, LinkingPage>) => readonly Item[],
  ): Promise<readonly Item[]> => {
    const all = await store.read(LINKS, (tables) => query(resolvedLinks(tables), tables("pages")));
    return (all ?? []).slice(offset, offset + limit);
  };
  return {
    backlinks: (pageId, range = {}) =>
      read(range, (links, pages) => {
        const from = new Set(links.filter(({ to }) => to === pageId).map(({ from }) => from));
        return inOrderOfTitle([...pages.values()].filter(({ id }) => from.has(id)));
      }),
    wantedPages: (range = {}) => read(range, mostWanted),
    orphans: (range = {}) =>
      read(range, (links, pages) => {
        const linked = new Set(links.map(({ to }) => to));
        return inOrderOfTitle([...pages.values()].filter(({ id }) => !linked.has(id)));
      }),
    leading: async (slugs) => {
      const leading = await store.read(LINKS, (tables) => {
        const holderOf = holdersOf(tables);
        return slugs.filter((slug) => holderOf(slug) !== undefined);
      });
      return new Set(leading);
    },
  };
}

interface ResolvedLink {
  readonly from: string;
  /** Undefined if no page is there. */
  readonly to: string | undefined;
  readonly slug: string;
}

/** Tells which page, of those that are there, a slug leads to. */
function holdersOf(tables: ReadonlyMemoryTables): (slug: string | null) => string | undefined {
  const holders = tables<string>("slugs");
  const pages = tables<LinkingPage>("pages");
  return (slug) => {
    const id = slug === null ? undefined : holders.get(slug);
    return id !== undefined && pages.has(id) ? id : undefined;
  };
}

function resolvedLinks(tables: ReadonlyMemoryTables): ResolvedLink[] {
  const pages = tables<LinkingPage>("pages");
  const holderOf = holdersOf(tables);
  const resolve = (from: string, { slug, otherSlug }: PageLinkTo): ResolvedLink => {
    return { from, to: holderOf(slug) ?? holderOf(otherSlug), slug };
  };
  return [...pages.values()]
    .flatMap(({ id, links }) => links.map((link) => resolve(id, link)))
    .filter(({ from, to }) => from !== to);
}

function mostWanted(links: readonly ResolvedLink[]): WantedPage[] {
  const wanting = new Map<string, Set<string>>();
  for (const { slug, from } of links.filter(({ to }) => to === undefined)) {
    wanting.set(slug, (wanting.get(slug) ?? new Set()).add(from));
  }
  return Array.from(wanting, ([slug, pages]) => ({ slug, count: pages.size })).sort(
    (one, other) => other.count - one.count || byText(one.slug, other.slug),
  );
}

function inOrderOfTitle(pages: readonly LinkingPage[]): LinkedPage[] {
  return pages
    .map(({ id, slug, title }) => ({ id, slug, title }))
    .sort((one, other) => byText(one.title, other.title) || byText(one.id, other.id));
}

/** By code points, as the databases do. */
function byText(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}
