import type { PageDetails } from "../application/content-management.ts";
import { SYSTEM, type UserId } from "../domain/user.ts";

export interface PersonJson {
  readonly id: string;
  readonly name: string;
}

/** The names of those who have an account. */
export type Names = ReadonlyMap<string, { readonly name: string }>;

export function personJson(userId: UserId | null, names: Names): PersonJson | null {
  if (userId === null) return null;
  const name = names.get(userId)?.name ?? (userId === SYSTEM ? "System" : "Unknown");
  return { id: userId, name };
}

/** A page in a list: without its body. */
export function listedPageJson(page: PageDetails, names: Names) {
  return {
    id: page.id,
    slug: page.slug,
    title: page.title,
    version: page.version,
    // No page can be archived yet.
    archived: false,
    createdAt: page.createdAt.toISOString(),
    createdBy: personJson(page.createdBy, names),
    modifiedAt: page.modifiedAt.toISOString(),
    modifiedBy: personJson(page.modifiedBy, names),
  };
}

export function pageJson(page: PageDetails, names: Names, position: number) {
  return { ...listedPageJson(page, names), body: page.body, position };
}

/** Everyone whose name `pages` need. */
export function peopleOf(...pages: readonly PageDetails[]): Set<UserId> {
  return new Set(
    pages.flatMap(({ createdBy, modifiedBy }) => [createdBy, modifiedBy]).filter((id) => id !== null),
  );
}
