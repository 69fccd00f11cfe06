import type { NamedPage, TitleHolder } from "../content/link-target.ts";
import { titleKey } from "../content/title-key.ts";
import type { LinkNames } from "../content/wiki-links.ts";
import { FOREVER, type ProjectedPageEvent } from "./page-events.ts";
import type { BatchPage, PageStep } from "./page-follower.ts";

export const SITE = "site";
/** Increment it when the stored rows change in any database. */
export const SITE_VERSION = 6;

export interface LinkedPage extends NamedPage {
  readonly title: string;
}

/** The slug of links that lead to no page. */
export interface WantedPage {
  readonly slug: string;
  /** The number of pages that link to it. */
  readonly count: number;
}

/** An archived page, with its last slug. */
export interface ArchivedPage extends LinkedPage {
  /** The time of archiving. */
  readonly at: Date;
  /** The user who archived the page. */
  readonly userId: string | null;
}

export interface LinkRange {
  /** Default: 50. */
  readonly limit?: number;
  /** The number of results to skip. Default: 0. */
  readonly offset?: number;
}

export interface SiteRange extends LinkRange {
  /** A position. Reads the site as it was after that event. Default: the current site. */
  readonly at?: number;
}

/** Backlinks are in order of title unless more links than this lead to the page. */
export const MAX_SORTED_BACKLINKS = 1_000;

/**
 * Pages, their names and links, now and at earlier positions. A slug leads to the page that has it, or else to the page
 * that had it last, unless that page is archived. `linkTarget` says where a link leads. Links of archived pages, and of a
 * page to itself or to its files, do not count. A link that several pages with a title could have counts for none of them.
 */
export interface SiteView {
  /**
   * Resolves to the pages that link to this one: in order of title, or of creation if more than `MAX_SORTED_BACKLINKS`
   * links lead to it.
   */
  backlinks(pageId: string, range?: SiteRange): Promise<readonly LinkedPage[]>;
  /** Resolves to the wanted pages, those with the most links first. */
  wantedPages(range?: SiteRange): Promise<readonly WantedPage[]>;
  /** Resolves to the pages that no other page links to, in order of title, then of creation. */
  orphans(range?: SiteRange): Promise<readonly LinkedPage[]>;
  /** Resolves to the pages that slugs lead to. `slugs` must be in canonical form; their number is not limited. */
  slugHolders(slugs: readonly string[], at?: number): Promise<ReadonlyMap<string, NamedPage>>;
  /** Resolves to the pages that titles lead to, by title key. The number of `keys` is not limited. */
  titleHolders(keys: readonly string[], at?: number): Promise<ReadonlyMap<string, TitleHolder>>;
  /** Resolves to the pages with a title, in the order of creation. */
  pagesTitled(key: string, range?: SiteRange): Promise<readonly LinkedPage[]>;
  /**
   * Resolves to the pages whose backlinks may have changed because a link of one of `pageIds` was added or removed after a
   * position.
   */
  backlinksChangedBy(pageIds: readonly string[], after: number): Promise<ReadonlySet<string>>;
  /** Resolves to the archived pages, the latest first. */
  archivedPages(range?: LinkRange): Promise<readonly ArchivedPage[]>;
}

// A row holds from the position `since` to before the position `until`, which is FOREVER for current rows.

/** A name of a page, from the event that changed it. */
export type PageRow = readonly [
  pageId: string,
  slug: string,
  title: string,
  titleKey: string,
  archived: 0 | 1,
  since: number,
  until: number,
];
/** The last page that took a slug, whether or not it still has it. */
export type SlugRow = readonly [slug: string, pageId: string, since: number, until: number];
/** A link of a page. */
export type LinkRow = readonly [pageId: string, ...names: LinkNames, since: number, until: number];
/** An archived page, with the event that archived it. */
export type ArchivedRow = readonly [pageId: string, position: number, at: string, userId: string | null];

/** A link that a page got or lost at a position. */
type LinkChange = readonly [pageId: string, ...names: LinkNames, position: number];

type NameChange = readonly [name: string, position: number];

/** The changes of a batch: rows from before that end in it, and all rows that begin in it. */
export interface SiteChanges {
  /** The changed pages, in the order of their first events. */
  readonly pageIds: readonly string[];
  /** The slugs and title keys in the new rows, in the order of events. */
  readonly texts: readonly string[];
  /** The names of added links, each with the position of its first link in the batch, in the order of events. */
  readonly linkNames: readonly (readonly [...names: LinkNames, position: number])[];
  readonly endedPages: readonly (readonly [pageId: string, until: number])[];
  readonly endedSlugs: readonly (readonly [slug: string, until: number])[];
  readonly endedLinks: readonly LinkChange[];
  readonly pages: readonly PageRow[];
  readonly slugs: readonly SlugRow[];
  readonly links: readonly LinkRow[];
  readonly changedLinks: readonly LinkChange[];
  /** The slugs and title keys that an event gave to a page or took from it. */
  readonly changedSlugs: readonly NameChange[];
  readonly changedTitles: readonly NameChange[];
  /** Existing pages that an event archived or unarchived. */
  readonly toggles: readonly (readonly [pageId: string, position: number])[];
  /** Pages that the batch archived or unarchived. */
  readonly toggled: readonly string[];
  /** The toggled pages that are archived after the batch. */
  readonly archived: readonly ArchivedRow[];
}

/** Returns the same pages in parts of at most `size` events each, in the order of events. */
export function inParts(pages: readonly BatchPage[], size: number): readonly (readonly BatchPage[])[] {
  const steps = pages
    .flatMap((page) => page.steps.map((step) => ({ page, step })))
    .sort((one, other) => positionOf(one.step) - positionOf(other.step));
  const parts: BatchPage[][] = [];
  for (let start = 0; start < steps.length; start += size) {
    const stepsOf = new Map<BatchPage, PageStep[]>();
    for (const { page, step } of steps.slice(start, start + size)) {
      const pageSteps = stepsOf.get(page);
      if (pageSteps === undefined) stepsOf.set(page, [step]);
      else pageSteps.push(step);
    }
    parts.push(Array.from(stepsOf, ([page, pageSteps]) => ({ ...page, steps: pageSteps })));
  }
  return parts;
}

/** @param pages in the order of their first events */
export function siteChanges(pages: readonly BatchPage[]): SiteChanges {
  const names = pages.map(namesOf);
  const links = pages.map(linksOf);
  const archivings = pages.flatMap(archivingOf);
  const steps = pages.flatMap((page) => page.steps).sort((one, other) => positionOf(one) - positionOf(other));
  return {
    pageIds: pages.map(({ id }) => id),
    texts: textsOf(steps),
    linkNames: linkNamesOf(steps),
    changedSlugs: nameChanges(steps, ({ slug }) => slug),
    changedTitles: nameChanges(steps, ({ title }) => titleKey(title)),
    endedPages: names.flatMap(({ ended }) => ended),
    pages: names.flatMap(({ rows }) => rows),
    ...slugsTaken(pages),
    endedLinks: links.flatMap(({ ended }) => ended),
    links: links.flatMap(({ rows }) => rows),
    changedLinks: pages.flatMap(linkChangesOf),
    toggles: pages.flatMap(({ id, steps }) =>
      steps.flatMap((step) =>
        step.before !== undefined && step.before.archived !== step.after.archived
          ? [[id, positionOf(step)] as const]
          : [],
      ),
    ),
    toggled: archivings.map(({ originatorId }) => originatorId),
    archived: archivings.flatMap(archivedRow),
  };
}

function positionOf({ event }: PageStep): number {
  return event.notificationId;
}

/** @param steps in the order of events */
function textsOf(steps: readonly PageStep[]): readonly string[] {
  const texts = new Set<string>();
  for (const { after, addedLinks } of steps) {
    texts.add(after.slug).add(titleKey(after.title));
    for (const names of addedLinks) {
      for (const name of names) if (name !== null) texts.add(name);
    }
  }
  return [...texts];
}

/** @param steps in the order of events */
function linkNamesOf(steps: readonly PageStep[]): SiteChanges["linkNames"] {
  const found = new Map<string, SiteChanges["linkNames"][number]>();
  for (const step of steps) {
    for (const names of step.addedLinks) {
      const key = keyOf(names);
      if (!found.has(key)) found.set(key, [names[0], names[1], names[2], positionOf(step)]);
    }
  }
  return [...found.values()];
}

function nameChanges(
  steps: readonly PageStep[],
  nameOf: (page: PageStep["after"]) => string,
): readonly NameChange[] {
  return steps.flatMap((step) => {
    const [before, after] = [step.before && nameOf(step.before), nameOf(step.after)];
    if (before === after) return [];
    return [before, after].flatMap((name) => (name === undefined ? [] : [[name, positionOf(step)] as const]));
  });
}

function linkChangesOf({ id, steps }: BatchPage): readonly LinkChange[] {
  return steps.flatMap((step) =>
    [...step.addedLinks, ...step.removedLinks].map(
      ([slug, otherSlug, title]): LinkChange => [id, slug, otherSlug, title, positionOf(step)],
    ),
  );
}

function namesOf({ id, steps }: BatchPage): {
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
    const until = next ? positionOf(next) : FOREVER;
    return [id, slug, title, titleKey(title), archived ? 1 : 0, positionOf(step), until];
  });
  return { ended: first?.before === undefined ? [] : [[id, positionOf(first)]], rows };
}

// In the order of events of all pages, since slugs pass from page to page.
function slugsTaken(pages: readonly BatchPage[]): Pick<SiteChanges, "slugs" | "endedSlugs"> {
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

function linksOf({ id, steps }: BatchPage): {
  readonly ended: SiteChanges["endedLinks"];
  readonly rows: readonly LinkRow[];
} {
  const ended: SiteChanges["endedLinks"][number][] = [];
  const rows: LinkRow[] = [];
  const current = new Map<string, number>();
  for (const step of steps) {
    const position = positionOf(step);
    for (const names of step.removedLinks) {
      const index = current.get(keyOf(names));
      const [, , , , since] = (index === undefined ? undefined : rows[index]) ?? [];
      if (index === undefined || since === undefined) ended.push([id, ...names, position]);
      else rows[index] = [id, ...names, since, position];
      current.delete(keyOf(names));
    }
    for (const names of step.addedLinks) {
      const [slug, otherSlug, title] = names;
      current.set(keyOf(names), rows.push([id, slug, otherSlug, title, position, FOREVER]) - 1);
    }
  }
  return { ended, rows };
}

/** Returns the names of a link as one text. */
export function keyOf([slug, otherSlug, title]: LinkNames): string {
  return `${slug}\n${otherSlug ?? ""}\n${title ?? ""}`;
}

/** Returns the last event of a page that archived or unarchived it. */
function archivingOf({ steps }: BatchPage): readonly ProjectedPageEvent[] {
  const last = steps.findLast(({ before, after }) => (before?.archived ?? false) !== after.archived);
  return last === undefined ? [] : [last.event];
}

function archivedRow(event: ProjectedPageEvent): readonly ArchivedRow[] {
  if (event.type !== "Page.Archived") return [];
  const { originatorId, notificationId, recordedAt, data } = event;
  return [[originatorId, notificationId, recordedAt.toISOString(), data.userId]];
}
