import type { Repository } from "@palimpsest/eventsourcing";
import { numberedSlug, slugFromTitle } from "../content/slug.ts";
import { Slug } from "../domain/slug.ts";
import { SlugConflictError } from "./errors.ts";
import type { PageDetails, SlugResolution } from "./pages.ts";

/** So often all who want a slug made of one title try for the lowest number. */
const EARLY_ATTEMPTS = 8;

/** Who has which slug. What is returned changed hands, and is to be saved with the page that it is about. */
export class SlugClaims {
  readonly #repository: Repository;

  constructor(repository: Repository) {
    this.#repository = repository;
  }

  /** Resolves to the claim to a slug in canonical form, as it is or was at `version`; undefined if there never was one. */
  find(slug: string, version?: number): Promise<Slug | undefined> {
    return this.#repository.find(Slug, Slug.createId(slug), { version });
  }

  /** Gives `slug` to a page. @throws SlugConflictError */
  async claim(slug: string, pageId: string): Promise<Slug> {
    const claim = await this.#claimIfFree(slug, pageId);
    if (claim === undefined) throw new SlugConflictError(slug);
    return claim;
  }

  /**
   * Gives a page the slug made from `title` or, where another page has that one, one with a number that is free and
   * the one below it is not: the first, as long as none was given back. It takes about twice as many looks as the
   * number has binary digits. Who keeps losing to others at this moment takes a number far from theirs.
   */
  async claimByTitle(title: string, pageId: string, attempt: number): Promise<Slug> {
    const wanted = slugFromTitle(title);
    const claimOf = (number: number) =>
      this.#claimIfFree(number === 1 ? wanted : numberedSlug(wanted, number), pageId);
    const late = attempt > EARLY_ATTEMPTS;
    let free = late ? 2 + Math.floor(Math.random() * 8 * attempt) : 1;
    let taken = free - 1;
    let claim = await claimOf(free);
    for (let step = 1; claim === undefined; step *= 2) {
      taken = free;
      free += step;
      claim = await claimOf(free);
    }
    // The lowest is the one that all others are after, too.
    while (!late && free - taken > 1) {
      const between = Math.floor((taken + free) / 2);
      const lower = await claimOf(between);
      if (lower === undefined) taken = between;
      else [free, claim] = [between, lower];
    }
    return claim;
  }

  /** Takes a slug from the page that has it. */
  async release(slug: string): Promise<Slug> {
    const claim = await this.#repository.get(Slug, Slug.createId(slug));
    claim.updatePage({ pageId: null });
    return claim;
  }

  async #claimIfFree(slug: string, pageId: string): Promise<Slug | undefined> {
    const claim = await this.find(slug);
    if (claim === undefined) return Slug.create({ name: slug, pageId });
    // A slug that this very page holds was claimed after the page was read: saving meets that, and is run again.
    if (claim.pageId !== null && claim.pageId !== pageId) return undefined;
    claim.updatePage({ pageId });
    return claim;
  }
}

/** How many pages that had a slug are looked through for one that is not archived. */
const MOST_FORMER_PAGES = 20;

/** Resolves to where the slug of a claim leads, if there is one, with pages as `pageOf` gives them. */
export async function leadOf(
  claim: Slug | undefined,
  pageOf: (id: string) => Promise<PageDetails>,
): Promise<SlugResolution> {
  const [last, ...earlier] = claim?.formerPageIds ?? [];
  const pageId = claim?.pageId ?? last;
  if (pageId === undefined) return { kind: "nothing" };
  const page = await pageOf(pageId);
  if (claim?.pageId) {
    const formerPageId = claim.formerPageIds.find((id) => id !== pageId);
    return { kind: "page", page, formerPageId };
  }
  if (!page.archived) return { kind: "moved", page };
  for (const id of earlier.slice(0, MOST_FORMER_PAGES)) {
    const formerPage = await pageOf(id);
    if (!formerPage.archived) return { kind: "archived", page, formerPage };
  }
  return { kind: "archived", page, formerPage: undefined };
}
