import type { LinkNames } from "./wiki-links.ts";

/** A page that has, or had, the name of a link. */
export interface NamedPage {
  readonly id: string;
  /** The slug that the page has at the date that is read. */
  readonly slug: string;
}

/**
 * The pages that a title leads to: the only page with the title, several pages with it, or the page that had it last.
 * Archived pages do not count.
 */
export type TitleHolder =
  | { readonly kind: "only" | "former"; readonly page: NamedPage }
  | { readonly kind: "several" };

/** The pages that names lead to. Names without an entry lead to no page. */
export interface NameHolders {
  /** By slug: the page that has the slug, or else the page that had it last. */
  readonly slugs: ReadonlyMap<string, NamedPage>;
  /** By title key. */
  readonly titles: ReadonlyMap<string, TitleHolder>;
}

export type LinkTarget =
  /** `slug` is the slug as written if it leads to the page, otherwise the slug of the page. */
  | { readonly kind: "page"; readonly id: string; readonly slug: string }
  /** Several pages have the title. */
  | { readonly kind: "several" }
  | { readonly kind: "nothing" };

/**
 * Resolves a link: to the page with its slug, else to the only page with its title, else to a page that had the slug or
 * title last. A slug made from a title counts after the title itself. `projections/sql/site-targets.ts` resolves in the
 * same order.
 */
export function linkTarget([slug, otherSlug, title]: LinkNames, { slugs, titles }: NameHolders): LinkTarget {
  const first = slugs.get(slug);
  const other = otherSlug === null ? undefined : slugs.get(otherSlug);
  const titled = title === null ? undefined : titles.get(title);
  if (first?.slug === slug) return { kind: "page", id: first.id, slug };
  if (titled?.kind === "only") return { kind: "page", ...titled.page };
  if (other !== undefined && otherSlug !== null && (other.slug === otherSlug || first === undefined)) {
    return { kind: "page", id: other.id, slug: otherSlug };
  }
  if (first !== undefined) return { kind: "page", id: first.id, slug };
  if (titled?.kind === "former") return { kind: "page", ...titled.page };
  return { kind: titled?.kind ?? "nothing" };
}
