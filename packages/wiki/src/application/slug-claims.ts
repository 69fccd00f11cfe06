import type { Repository } from "@palimpsest/eventsourcing";
import type { NamedPage } from "../content/link-target.ts";
import { numberedSlug, slugFromTitle } from "../content/slug.ts";
import { Slug } from "../domain/slug.ts";
import { PageNotFoundError, SlugConflictError } from "./errors.ts";
import type { PageDetails, SlugResolution } from "./pages.ts";

/** Up to this attempt, commands that need a slug from the same title compete for the lowest free number. */
const MAX_ATTEMPTS_AT_LOWEST = 8;

interface CurrentClaims {
  find(type: typeof Slug, id: string): Promise<Slug | undefined>;
}

/** Claims and releases slugs. The returned claims have pending events, to be saved with the page. */
export class SlugClaims {
  readonly #repository: Repository;
  readonly #current: CurrentClaims;

  /** @param current loads current claims, from the repository or in an attempt of a command */
  constructor(repository: Repository, current: CurrentClaims) {
    this.#repository = repository;
    this.#current = current;
  }

  /** Resolves to the claim of a slug in canonical form; undefined if no page ever had it. */
  find(slug: string, version?: number): Promise<Slug | undefined> {
    const id = Slug.createId(slug);
    return version === undefined
      ? this.#current.find(Slug, id)
      : this.#repository.find(Slug, id, { version });
  }

  /** Claims `slug` for a page. @throws SlugConflictError */
  async claim(slug: string, pageId: string): Promise<Slug> {
    const claim = await this.#claimIfFree(slug, pageId);
    if (claim === undefined) throw new SlugConflictError(slug);
    return claim;
  }

  /**
   * Claims the slug made from `title` for a page. If another page has it, claims a free slug with a number after a used
   * one: the first free number unless slugs were released. Exponential then binary search: O(log n) lookups. Later
   * attempts choose a random number, because other commands compete for the lowest one.
   */
  async claimByTitle(title: string, pageId: string, attempt: number): Promise<Slug> {
    const base = slugFromTitle(title);
    const claimOf = (number: number) =>
      this.#claimIfFree(number === 1 ? base : numberedSlug(base, number), pageId);
    const isRandom = attempt > MAX_ATTEMPTS_AT_LOWEST;
    let free = isRandom ? 2 + Math.floor(Math.random() * 8 * attempt) : 1;
    let used = free - 1;
    let claim = await claimOf(free);
    for (let step = 1; claim === undefined; step *= 2) {
      used = free;
      free += step;
      claim = await claimOf(free);
    }
    while (!isRandom && free - used > 1) {
      const middle = Math.floor((used + free) / 2);
      const lower = await claimOf(middle);
      if (lower === undefined) used = middle;
      else [free, claim] = [middle, lower];
    }
    return claim;
  }

  async release(slug: string): Promise<Slug> {
    const claim = await this.find(slug);
    if (claim === undefined) throw new PageNotFoundError(slug);
    claim.updatePage({ pageId: null });
    return claim;
  }

  async #claimIfFree(slug: string, pageId: string): Promise<Slug | undefined> {
    const claim = await this.find(slug);
    if (claim === undefined) return Slug.create({ name: slug, pageId });
    // If the page itself has the slug, it was claimed after the page was loaded: saving fails, and is repeated.
    if (claim.pageId !== null && claim.pageId !== pageId) return undefined;
    claim.updatePage({ pageId });
    return claim;
  }
}

/** How many former pages of a slug are loaded to find one that is not archived. */
const MAX_FORMER_PAGES = 20;

/** Resolves to the page that the slug of a claim leads to. `getPage` loads a page by its id. */
export async function resolveClaim(
  claim: Slug | undefined,
  getPage: (id: string) => Promise<PageDetails>,
): Promise<SlugResolution> {
  const [last, ...earlier] = claim?.formerPageIds ?? [];
  const pageId = claim?.pageId ?? last;
  if (pageId === undefined) return { kind: "nothing" };
  const page = await getPage(pageId);
  if (claim?.pageId) {
    const formerPageId = claim.formerPageIds.find((id) => id !== pageId);
    return { kind: "page", page, formerPageId };
  }
  if (!page.archived) return { kind: "moved", page };
  for (const id of earlier.slice(0, MAX_FORMER_PAGES)) {
    const formerPage = await getPage(id);
    if (!formerPage.archived) return { kind: "archived", page, formerPage };
  }
  return { kind: "archived", page, formerPage: undefined };
}

/** Resolves to the pages that have these slugs, or had them last and are not archived. */
export async function slugHolders(
  slugs: Iterable<string>,
  resolve: (slug: string) => Promise<SlugResolution>,
): Promise<ReadonlyMap<string, NamedPage>> {
  const found = await Promise.all([...slugs].map(async (slug) => [slug, await resolve(slug)] as const));
  return new Map(
    found.flatMap(([name, resolution]) => {
      if (resolution.kind !== "page" && resolution.kind !== "moved") return [];
      const { id, slug } = resolution.page;
      return [[name, { id, slug }]];
    }),
  );
}
