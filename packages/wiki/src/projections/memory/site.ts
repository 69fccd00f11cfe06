import { type Projection, projection } from "@palimpsest/eventsourcing";
import type {
  MemoryChange,
  MemoryTables,
  MemoryViewStore,
  ReadonlyMemoryTables,
} from "@palimpsest/eventsourcing/memory";
import { linkTarget, type NamedPage, type NameHolders, type TitleHolder } from "../../content/link-target.ts";
import { titleKey } from "../../content/title-key.ts";
import type { LinkNames } from "../../content/wiki-links.ts";
import type { PageBatches } from "../page-batches.ts";
import { FOREVER, PAGE_EVENTS } from "../page-events.ts";
import {
  type ArchivedRow,
  type LinkedPage,
  type LinkRow,
  MAX_SORTED_BACKLINKS,
  type PageRow,
  SITE,
  SITE_VERSION,
  type SiteChanges,
  type SiteRange,
  type SiteView,
  type SlugRow,
  siteChanges,
  type WantedPage,
} from "../site.ts";

/** Stores all rows of a page, and all rows of a slug, under one key. */
export function siteProjection(batches: PageBatches): Projection<typeof PAGE_EVENTS, MemoryChange> {
  return projection({
    name: SITE,
    version: SITE_VERSION,
    handles: PAGE_EVENTS,
    batchLimit: (events) => batches.batchLimit(events),
    tables: ["pages", "slugs", "links", "archived"],
    project: async (events) => {
      const changes = siteChanges(await batches.read(events));
      return [(tables) => apply(changes, tables)];
    },
  });
}

function apply(changes: SiteChanges, tables: MemoryTables): void {
  const pages = tables<readonly PageRow[]>("pages");
  for (const [id, until] of changes.endedPages) {
    pages.set(
      id,
      (pages.get(id) ?? []).map(
        (row): PageRow => row.with(-1, Math.min(row[6], until)) as unknown as PageRow,
      ),
    );
  }
  for (const [id, rows] of grouped(changes.pages)) pages.set(id, [...(pages.get(id) ?? []), ...rows]);
  const slugs = tables<readonly SlugRow[]>("slugs");
  for (const [slug, until] of changes.endedSlugs) {
    slugs.set(
      slug,
      (slugs.get(slug) ?? []).map(([, id, since, end]) => [slug, id, since, Math.min(end, until)]),
    );
  }
  for (const [slug, rows] of grouped(changes.slugs)) slugs.set(slug, [...(slugs.get(slug) ?? []), ...rows]);
  const links = tables<readonly LinkRow[]>("links");
  for (const [id, ended] of grouped(changes.endedLinks)) {
    const ends = new Map(ended.map(([, ...names]) => [names.slice(0, 3).join("\n"), names[3]]));
    links.set(
      id,
      (links.get(id) ?? []).map(([, slug, otherSlug, title, since, end]) => {
        const until = end < FOREVER ? end : ends.get([slug, otherSlug, title].join("\n"));
        return [id, slug, otherSlug, title, since, until ?? FOREVER];
      }),
    );
  }
  for (const [id, rows] of grouped(changes.links)) links.set(id, [...(links.get(id) ?? []), ...rows]);
  const archived = tables<ArchivedRow>("archived");
  for (const id of changes.toggled) archived.delete(id);
  for (const row of changes.archived) archived.set(row[0], row);
}

function grouped<Row extends readonly [string, ...unknown[]]>(
  rows: readonly Row[],
): ReadonlyMap<string, readonly Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(row[0]);
    if (group === undefined) groups.set(row[0], [row]);
    else group.push(row);
  }
  return groups;
}

/** The site at one position. */
interface SiteSnapshot {
  readonly pages: ReadonlyMap<string, LinkedPage>;
  readonly links: readonly ResolvedLink[];
  /** The current pages by title key, in the order of creation. */
  readonly titled: ReadonlyMap<string, readonly LinkedPage[]>;
  readonly holders: NameHolders;
}

interface ResolvedLink {
  readonly from: string;
  /** Undefined if the link leads to no page or has a choice of several. */
  readonly to: string | undefined;
  readonly isWanted: boolean;
  readonly slug: string;
}

export function siteView(store: MemoryViewStore): SiteView {
  const read = async <Item>(
    { limit = 50, offset = 0, at = FOREVER - 1 }: SiteRange,
    query: (site: SiteSnapshot) => readonly Item[],
  ): Promise<readonly Item[]> => {
    const all = await store.read(SITE, (tables) => query(siteAt(tables, at)));
    return (all ?? []).slice(offset, offset + limit);
  };
  const holdersOf = async <Holder>(
    names: readonly string[],
    at: number | undefined,
    holders: (site: SiteSnapshot) => ReadonlyMap<string, Holder>,
  ): Promise<ReadonlyMap<string, Holder>> => {
    const range = { limit: names.length, ...(at === undefined ? {} : { at }) };
    const found = await read(range, (site) =>
      [...new Set(names)].flatMap((name): [string, Holder][] => {
        const holder = holders(site).get(name);
        return holder === undefined ? [] : [[name, holder]];
      }),
    );
    return new Map(found);
  };
  return {
    backlinks: (pageId, range = {}) =>
      read(range, ({ links, pages }) => {
        const found = links.filter(({ to }) => to === pageId);
        const from = new Set(found.map((link) => link.from));
        const linking = [...pages.values()].filter(({ id }) => from.has(id));
        return found.length > MAX_SORTED_BACKLINKS ? linking : inOrderOfTitle(linking);
      }),
    wantedPages: (range = {}) => read(range, ({ links }) => mostWanted(links)),
    orphans: (range = {}) =>
      read(range, ({ links, pages }) => {
        const linked = new Set(links.map(({ to }) => to));
        return inOrderOfTitle([...pages.values()].filter(({ id }) => !linked.has(id)));
      }),
    slugHolders: (slugs, at) => holdersOf(slugs, at, ({ holders }) => holders.slugs),
    titleHolders: (keys, at) => holdersOf(keys, at, ({ holders }) => holders.titles),
    pagesTitled: (key, range = {}) => read(range, ({ titled }) => titled.get(key) ?? []),
    backlinksChangedBy: async (pageIds, after) => {
      const found = await store.read(SITE, (tables) => {
        const links = tables<readonly LinkRow[]>("links");
        const { holders } = siteAt(tables, FOREVER - 1);
        return pageIds
          .flatMap((id) => links.get(id) ?? [])
          .filter(([, , , , since, until]) => since > after || (until > after && until < FOREVER))
          .flatMap(([, ...names]) => targetId(names, holders) ?? []);
      });
      return new Set(found);
    },
    archivedPages: async ({ limit = 50, offset = 0 } = {}) => {
      const all = await store.read(SITE, archivedPages);
      return (all ?? []).slice(offset, offset + limit);
    },
  };
}

function siteAt(tables: ReadonlyMemoryTables, at: number): SiteSnapshot {
  const holds = (row: PageRow | SlugRow | LinkRow) => {
    const [since, until] = row.slice(-2).map(Number);
    return since !== undefined && until !== undefined && since <= at && at < until;
  };
  const pages = new Map<string, LinkedPage>();
  for (const rows of tables<readonly PageRow[]>("pages").values()) {
    for (const [id, slug, title, , archived] of rows.filter(holds))
      if (archived === 0) pages.set(id, { id, slug, title });
  }
  const slugs = new Map<string, NamedPage>();
  for (const [slug, rows] of tables<readonly SlugRow[]>("slugs")) {
    const page = pages.get(rows.find(holds)?.[1] ?? "");
    if (page !== undefined) slugs.set(slug, nameOf(page));
  }
  const titled = new Map<string, LinkedPage[]>();
  for (const page of pages.values()) {
    titled.set(titleKey(page.title), [...(titled.get(titleKey(page.title)) ?? []), page]);
  }
  const holders = { slugs, titles: titleHolders(tables, titled, pages, at) };
  const links = [...tables<readonly LinkRow[]>("links").values()].flatMap((rows) =>
    rows.filter(holds).map(([from, slug, otherSlug, title]): ResolvedLink => {
      const target = linkTarget([slug, otherSlug, title], holders);
      const to = target.kind === "page" ? target.id : undefined;
      return { from, to, isWanted: target.kind === "nothing", slug };
    }),
  );
  return { pages, titled, holders, links: links.filter(({ from, to }) => from !== to) };
}

/** @param titled the pages at the position `at`, by title key */
function titleHolders(
  tables: ReadonlyMemoryTables,
  titled: ReadonlyMap<string, readonly LinkedPage[]>,
  pages: ReadonlyMap<string, LinkedPage>,
  at: number,
): ReadonlyMap<string, TitleHolder> {
  const ended = [...tables<readonly PageRow[]>("pages").values()]
    .flat()
    .filter(([, , , , archived, , until]) => archived === 0 && until <= at)
    .sort(([, , , , , , one], [, , , , , , other]) => one - other);
  const former = new Map(ended.map(([id, , , key]) => [key, pages.get(id)]));
  const found = new Map<string, TitleHolder>();
  for (const [key, page] of former)
    if (page !== undefined) found.set(key, { kind: "former", page: nameOf(page) });
  for (const [key, [page, other]] of titled) {
    if (other !== undefined) found.set(key, { kind: "several" });
    else if (page !== undefined) found.set(key, { kind: "only", page: nameOf(page) });
  }
  return found;
}

function nameOf({ id, slug }: LinkedPage): NamedPage {
  return { id, slug };
}

function targetId(names: readonly unknown[], holders: NameHolders): string | undefined {
  const target = linkTarget(names as unknown as LinkNames, holders);
  return target.kind === "page" ? target.id : undefined;
}

function archivedPages(tables: ReadonlyMemoryTables) {
  return [...tables<ArchivedRow>("archived").values()]
    .sort(([, one], [, other]) => other - one)
    .map(([id, , at, userId]) => {
      const [, slug = "", title = ""] = tables<readonly PageRow[]>("pages").get(id)?.at(-1) ?? [];
      return { id, slug, title, at: new Date(at), userId };
    });
}

function mostWanted(links: readonly ResolvedLink[]): WantedPage[] {
  const linkingPages = new Map<string, Set<string>>();
  for (const { slug, from } of links.filter(({ isWanted }) => isWanted)) {
    linkingPages.set(slug, (linkingPages.get(slug) ?? new Set()).add(from));
  }
  return Array.from(linkingPages, ([slug, pages]) => ({ slug, count: pages.size })).sort(
    (one, other) => other.count - one.count || byText(one.slug, other.slug),
  );
}

/** @param pages in the order of creation */
function inOrderOfTitle(pages: readonly LinkedPage[]): LinkedPage[] {
  return [...pages].sort((one, other) => byText(one.title, other.title));
}

// By code points, as the databases order texts.
function byText(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}
