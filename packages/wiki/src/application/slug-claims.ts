import { AggregateNotFoundError, type Repository } from "@palimpsest/eventsourcing";
import { numberedSlug, slugFromTitle } from "../content/slug.ts";
import { Slug } from "../domain/slug.ts";
import { SlugConflictError } from "./errors.ts";

/** Who has which slug. What is returned changed hands, and is to be saved with the page that it is about. */
export class SlugClaims {
  readonly #repository: Repository;

  constructor(repository: Repository) {
    this.#repository = repository;
  }

  /** Resolves to the claim to a slug in canonical form, as it is or was at `version`; undefined if there never was one. */
  async find(slug: string, version?: number): Promise<Slug | undefined> {
    try {
      const at = version === undefined ? {} : { version };
      return await this.#repository.get(Slug, Slug.createId(slug), at);
    } catch (error) {
      if (error instanceof AggregateNotFoundError) return undefined;
      throw error;
    }
  }

  /** Gives `slug` to a page. @throws SlugConflictError */
  async claim(slug: string, pageId: string): Promise<Slug> {
    const claim = await this.#claimIfFree(slug, pageId);
    if (claim === undefined) throw new SlugConflictError(slug);
    return claim;
  }

  /**
   * Gives a page the slug made from `title` or, where another page has that one, one with a number that is free: the
   * first, unless others are at it at this moment. Who keeps losing to them goes on from a number of their own.
   */
  async claimByTitle(title: string, pageId: string, attempt: number): Promise<Slug> {
    const wanted = slugFromTitle(title);
    const start = attempt <= 8 ? 1 : 2 + Math.floor(Math.random() * 8 * attempt);
    for (let number = start; ; number += 1) {
      const slug = number === 1 ? wanted : numberedSlug(wanted, number);
      const claim = await this.#claimIfFree(slug, pageId);
      if (claim !== undefined) return claim;
    }
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
