import type { LinkedSlugs } from "../content/wiki-links.ts";
import { FOREVER, type ProjectedPageEvent } from "./page-events.ts";
import type { PageStep, SectionPage } from "./page-follower.ts";

export const SITE = "site";
/** Of what is kept, on each backend. */
export const SITE_VERSION = 2;

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

/** A page that left the wiki, under the slug that it had. */
export interface ArchivedPage extends LinkedPage {
  /** When it was archived, and by whom. */
  readonly at: Date;
  readonly userId: string | null;
}

export interface LinkRange {
  /** 50 unless said. */
  readonly limit?: number;
  /** How many are left out; 0 unless said. */
  readonly offset?: number;
}

export interface SiteRange extends LinkRange {
  /** The position after whose event the wiki is looked at; the present one unless said. */
  readonly at?: number;
}

/**
 * Which pages there are and were, which slug leads to which, and which page links to which. A link leads to the page
 * that has its slug or, where none does, had it last, unless that one is archived. Archived pages do not link. Links
 * of a page to itself do not count.
 */
export interface SiteView {
  /** Resolves to the pages that link to this one, in order of title. */
  backlinks(pageId: string, range?: SiteRange): Promise<readonly LinkedPage[]>;
  /** Resolves to what is linked to and not there, the most wanted first. */
  wantedPages(range?: SiteRange): Promise<readonly WantedPage[]>;
  /** Resolves to the pages that no other page links to, in order of title. */
  orphans(range?: SiteRange): Promise<readonly LinkedPage[]>;
  /** Resolves to those of `slugs`, in canonical form and as many as one likes, that lead to a page. */
  leading(slugs: readonly string[], at?: number): Promise<ReadonlySet<string>>;
  /** Resolves to the pages that are archived now, the last one first. */
  archivedPages(range?: LinkRange): Promise<readonly ArchivedPage[]>;
}

// What holds from one position until another, that one excluded: until FOREVER, if it holds now.

/** What a page is called, from each event that changed it. */
export type PageRow = readonly [
  pageId: string,
  slug: string,
  title: string,
  archived: 0 | 1,
  since: number,
  until: number,
];
/** To which page a slug leads, if that one is not archived: the page that took it last, whether it has it still. */
export type SlugRow = readonly [slug: string, pageId: string, since: number, until: number];
/** What a link of a page likely means, and what else it may mean where no page has or had that. */
export type LinkRow = readonly [
  pageId: string,
  slug: string,
  otherSlug: string | null,
  since: number,
  until: number,
];
/** Each page that is archived now, with the event that did it. */
export type ArchivedRow = readonly [pageId: string, position: number, at: string, userId: string | null];

/** What a section changes: what ends of that which held before it, and all that began in it, ended or not. */
export interface SiteChanges {
  readonly endedPages: readonly (readonly [pageId: string, until: number])[];
  readonly endedSlugs: readonly (readonly [slug: string, until: number])[];
  readonly endedLinks: readonly (readonly [
    pageId: string,
    slug: string,
    otherSlug: string | null,
    until: number,
  ])[];
  readonly pages: readonly PageRow[];
  readonly slugs: readonly SlugRow[];
  readonly links: readonly LinkRow[];
  /** Pages that were archived or brought back, and those of them that are archived in the end. */
  readonly moved: readonly string[];
  readonly archived: readonly ArchivedRow[];
}

export function siteChanges(pages: readonly SectionPage[]): SiteChanges {
  const names = pages.map(namesOf);
  const links = pages.map(linksOf);
  const archivings = pages.flatMap(archivingOf);
  return {
    endedPages: names.flatMap(({ ended }) => ended),
    pages: names.flatMap(({ rows }) => rows),
    ...slugsTaken(pages),
    endedLinks: links.flatMap(({ ended }) => ended),
    links: links.flatMap(({ rows }) => rows),
    moved: archivings.map(({ originatorId }) => originatorId),
    archived: archivings.flatMap(archivedRow),
  };
}

function positionOf({ event }: PageStep): number {
  return event.notificationId;
}

function namesOf({ id, steps }: SectionPage): {
  readonly ended: SiteChanges["endedPages"];
  readonly rows: readonly PageRow[];
} {
  const renamed = steps.filter(
    ({ before, after }) =>
      before?.slug !== after.slug || before.title !== after.title || before.archived !== after.archived,
  );
  const [first] = renamed;
  const rows = renamed.map((step, index): PageRow => {
    const { slug, title, archived } = step.after;
    const next = renamed[index + 1];
    return [id, slug, title, archived ? 1 : 0, positionOf(step), next ? positionOf(next) : FOREVER];
  });
  return { ended: first?.before === undefined ? [] : [[id, positionOf(first)]], rows };
}

/** Slugs go from page to page, so all pages are looked at in the order of events. */
function slugsTaken(pages: readonly SectionPage[]): Pick<SiteChanges, "slugs" | "endedSlugs"> {
  const taken = pages
    .flatMap(({ id, steps }) => steps.filter(takesSlug).map((step) => ({ id, step })))
    .sort((one, other) => positionOf(one.step) - positionOf(other.step));
  const ended = new Map<string, number>();
  const rows: SlugRow[] = [];
  const current = new Map<string, number>();
  for (const { id, step } of taken) {
    const { slug } = step.after;
    const position = positionOf(step);
    const index = current.get(slug);
    const [, holder = "", since = 0] = (index === undefined ? undefined : rows[index]) ?? [];
    if (index === undefined) ended.set(slug, position);
    else rows[index] = [slug, holder, since, position];
    current.set(slug, rows.push([slug, id, position, FOREVER]) - 1);
  }
  return { endedSlugs: [...ended], slugs: rows };
}

function takesSlug({ before, after }: PageStep): boolean {
  return !after.archived && (before === undefined || before.archived || before.slug !== after.slug);
}

function linksOf({ id, steps }: SectionPage): {
  readonly ended: SiteChanges["endedLinks"];
  readonly rows: readonly LinkRow[];
} {
  const ended: SiteChanges["endedLinks"][number][] = [];
  const rows: LinkRow[] = [];
  const current = new Map<string, number>();
  for (const step of steps) {
    const position = positionOf(step);
    for (const slugs of step.wentLinks) {
      const index = current.get(keyOf(slugs));
      const row = index === undefined ? undefined : rows[index];
      if (index === undefined || row === undefined) ended.push([id, ...meaningOf(slugs), position]);
      else rows[index] = [row[0], row[1], row[2], row[3], position];
      current.delete(keyOf(slugs));
    }
    for (const slugs of step.cameLinks) {
      current.set(keyOf(slugs), rows.push([id, ...meaningOf(slugs), position, FOREVER]) - 1);
    }
  }
  return { ended, rows };
}

function keyOf(slugs: LinkedSlugs): string {
  return slugs.join("\n");
}

function meaningOf([slug, otherSlug]: LinkedSlugs): readonly [slug: string, otherSlug: string | null] {
  return [slug, otherSlug ?? null];
}

/** The last event of a page by which it was archived or brought back. */
function archivingOf({ steps }: SectionPage): readonly ProjectedPageEvent[] {
  const last = steps.findLast(({ before, after }) => (before?.archived ?? false) !== after.archived);
  return last === undefined ? [] : [last.event];
}

function archivedRow(event: ProjectedPageEvent): readonly ArchivedRow[] {
  if (event.type !== "Page.Archived") return [];
  const { originatorId, notificationId, recordedAt, data } = event;
  return [[originatorId, notificationId, recordedAt.toISOString(), data.userId]];
}
