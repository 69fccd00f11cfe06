import { setImmediate } from "node:timers/promises";
import type { LoadPage, PageState, ProjectedPageEvent } from "./page-events.ts";
import { PageFollower, type SectionPage } from "./page-follower.ts";

/** How many sections are kept: what one view is given, another is soon. */
const KEPT_SECTIONS = 2;
/** Pages are kept up to so many UTF-16 code units, so that later sections need not load them. */
const KEPT_UNITS = 32_000_000;
/** A section ends with the event whose page brings the pages to this, for the texts of all are in memory at once. */
const SECTION_UNITS = 20_000_000;
/** What a step of a page takes in memory, beside its page. */
const UNITS_OF_A_STEP = 100;
/** Others have their turn after so many UTF-16 code units of pages, for a section can be thousands of events. */
const UNITS_IN_A_TURN = 100_000;
/** How much time an event costs beside its page. */
const UNITS_OF_AN_EVENT = 500;

interface WeighedSection {
  readonly events: readonly ProjectedPageEvent[];
  readonly taken: Promise<number>;
}

interface FollowedSection {
  readonly events: readonly ProjectedPageEvent[];
  readonly pages: Promise<readonly SectionPage[]>;
}

/**
 * Follows pages through sections of the notifications, once for all projections that are given the same section at
 * about the same time. A page is loaded at most once in a section, and not if it was in one lately.
 */
export class PageSections {
  readonly #loadPage: LoadPage;
  readonly #origin: string | undefined;
  #weighed: readonly WeighedSection[] = [];
  #sections: readonly FollowedSection[] = [];
  readonly #kept = new KeptPages();

  /** @param origin under which people know the wiki: absolute addresses of it are links within the wiki */
  constructor(loadPage: LoadPage, origin?: string) {
    this.#loadPage = loadPage;
    this.#origin = origin;
  }

  /** Resolves to how many of `events`, from 1 on, are one section: all of them unless their pages are large. */
  batchLimit(events: readonly ProjectedPageEvent[]): Promise<number> {
    const known = this.#weighed.find((section) => isSame(section.events, events));
    if (known !== undefined) return known.taken;
    const section = { events, taken: this.#weigh(events) };
    this.#weighed = [...this.#weighed, section].slice(-KEPT_SECTIONS);
    section.taken.catch(() => {
      this.#weighed = this.#weighed.filter((other) => other !== section);
    });
    return section.taken;
  }

  /** Resolves to the pages that `events` are about, in the order in which they first appear. */
  read(events: readonly ProjectedPageEvent[]): Promise<readonly SectionPage[]> {
    const known = this.#sections.find((section) => isSame(section.events, events));
    if (known !== undefined) return known.pages;
    const section = { events, pages: this.#follow(events) };
    this.#sections = [...this.#sections, section].slice(-KEPT_SECTIONS);
    section.pages.catch(() => {
      this.#sections = this.#sections.filter((other) => other !== section);
    });
    return section.pages;
  }

  /** Keeps the pages that it has to load: they are followed next. */
  async #weigh(events: readonly ProjectedPageEvent[]): Promise<number> {
    const seen = new Set<string>();
    let units = 0;
    for (const [index, event] of events.entries()) {
      const { originatorId: id, originatorVersion } = event;
      const before = seen.has(id) ? undefined : await this.#loaded(id, originatorVersion - 1);
      seen.add(id);
      const created = event.type === "Page.Created" ? event.data.body.length : 0;
      units += UNITS_OF_A_STEP + created + (before?.body.length ?? 0);
      if (units >= SECTION_UNITS) return index + 1;
    }
    return events.length;
  }

  async #loaded(id: string, version: number): Promise<PageState | undefined> {
    if (version === 0) return undefined;
    const state = await this.#pageAt(id, version);
    this.#kept.put(id, version, state);
    if (state.body.length >= UNITS_IN_A_TURN) await setImmediate();
    return state;
  }

  async #follow(events: readonly ProjectedPageEvent[]): Promise<readonly SectionPage[]> {
    const pages: SectionPage[] = [];
    let units = 0;
    for (const [id, ofPage] of byPage(events)) {
      const follower = new PageFollower(id, this.#origin);
      for (const event of ofPage) {
        // An event can be missing: one that an operator had left out.
        const before = event.originatorVersion - 1;
        if (before > 0 && follower.version !== before)
          await follower.begin(before, await this.#pageAt(id, before));
        const { body } = await follower.follow(event);
        units += UNITS_OF_AN_EVENT + body.length;
        if (units < UNITS_IN_A_TURN) continue;
        units = 0;
        await setImmediate();
      }
      pages.push(follower.page());
      this.#kept.put(id, follower.version, follower.state);
    }
    return pages;
  }

  async #pageAt(id: string, version: number): Promise<PageState> {
    return this.#kept.get(id, version) ?? (await this.#loadPage(id, version));
  }
}

function isSame(one: readonly ProjectedPageEvent[], other: readonly ProjectedPageEvent[]): boolean {
  return one.length === other.length && one.every(({ id }, index) => id === other[index]?.id);
}

function byPage(events: readonly ProjectedPageEvent[]): ReadonlyMap<string, readonly ProjectedPageEvent[]> {
  const pages = new Map<string, ProjectedPageEvent[]>();
  for (const event of events) {
    const ofPage = pages.get(event.originatorId);
    if (ofPage === undefined) pages.set(event.originatorId, [event]);
    else ofPage.push(event);
  }
  return pages;
}

/** The pages that were seen last, each at one version. */
class KeptPages {
  readonly #pages = new Map<string, { readonly version: number; readonly state: PageState }>();
  #units = 0;

  get(id: string, version: number): PageState | undefined {
    const kept = this.#pages.get(id);
    return kept?.version === version ? kept.state : undefined;
  }

  put(id: string, version: number, state: PageState | undefined): void {
    this.#remove(id);
    if (state === undefined) return;
    this.#pages.set(id, { version, state });
    this.#units += unitsOf(state);
    for (const oldest of this.#pages.keys()) {
      if (this.#units <= KEPT_UNITS) break;
      this.#remove(oldest);
    }
  }

  #remove(id: string): void {
    const kept = this.#pages.get(id);
    if (kept === undefined) return;
    this.#units -= unitsOf(kept.state);
    this.#pages.delete(id);
  }
}

/** Something for the rest of it, too. */
function unitsOf({ body, title, slug }: PageState): number {
  return body.length + title.length + slug.length + 200;
}
