import { type Projection, projection } from "@palimpsest/eventsourcing";
import type {
  MemoryChange,
  MemoryTables,
  MemoryViewStore,
  ReadonlyMemoryTables,
} from "@palimpsest/eventsourcing/memory";
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
      (pages.get(id) ?? []).map(([, slug, title, archived, since, end]) => [
        id,
        slug,
        title,
        archived,
        since,
        Math.min(end, until),
      ]),
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
    const ends = new Map(ended.map(([, slug, otherSlug, until]) => [`${slug}\n${otherSlug}`, until]));
    links.set(
      id,
      (links.get(id) ?? []).map(([, slug, otherSlug, since, end]) => [
        id,
        slug,
        otherSlug,
        since,
        end < FOREVER ? end : (ends.get(`${slug}\n${otherSlug}`) ?? FOREVER),
      ]),
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
  readonly leadsTo: (slug: string | null) => string | undefined;
}

interface ResolvedLink {
  readonly from: string;
  /** Undefined if the link leads to no page. */
  readonly to: string | undefined;
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
    existingSlugs: async (slugs, at) => {
      const range = { limit: slugs.length, ...(at === undefined ? {} : { at }) };
      return new Set(await read(range, ({ leadsTo }) => slugs.filter((slug) => leadsTo(slug) !== undefined)));
    },
    backlinksChangedBy: async (pageIds, after) => {
      const found = await store.read(SITE, (tables) => {
        const links = tables<readonly LinkRow[]>("links");
        const slugs = tables<readonly SlugRow[]>("slugs");
        return pageIds
          .flatMap((id) => links.get(id) ?? [])
          .filter(([, , , since, until]) => since > after || (until > after && until < FOREVER))
          .flatMap(([, slug, otherSlug]) => [slug, otherSlug ?? slug])
          .flatMap((slug) => slugs.get(slug)?.find((row) => row[3] === FOREVER)?.[1] ?? []);
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
    for (const [id, slug, title, archived] of rows.filter(holds))
      if (archived === 0) pages.set(id, { id, slug, title });
  }
  const slugs = tables<readonly SlugRow[]>("slugs");
  const leadsTo = (slug: string | null) => {
    const [, id = ""] = (slug === null ? undefined : slugs.get(slug)?.find(holds)) ?? [];
    return pages.has(id) ? id : undefined;
  };
  const links = [...tables<readonly LinkRow[]>("links").values()].flatMap((rows) =>
    rows
      .filter(holds)
      .map(
        ([from, slug, otherSlug]): ResolvedLink => ({ from, to: leadsTo(slug) ?? leadsTo(otherSlug), slug }),
      ),
  );
  return { pages, leadsTo, links: links.filter(({ from, to }) => from !== to) };
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
  for (const { slug, from } of links.filter(({ to }) => to === undefined)) {
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
