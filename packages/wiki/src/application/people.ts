import { SYSTEM, type UserId } from "../domain/user.ts";
import type { PageDetails } from "./pages.ts";

/** The names of those who have an account, by user id. */
export type Names = ReadonlyMap<UserId, { readonly name: string }>;

/** Whoever knows names. */
export interface People {
  /** Resolves to the names of those of `ids` that have one. */
  personsByIds(ids: Iterable<UserId>): Promise<Names>;
}

/** Returns what to call a user of whom only the id stands in the record. */
export function nameOf(userId: UserId, names: Names): string {
  return names.get(userId)?.name ?? (userId === SYSTEM ? "System" : "Unknown");
}

/** Everyone whom the bylines of `pages` name. */
export function authorsOf(pages: readonly Pick<PageDetails, "createdBy" | "modifiedBy">[]): Set<UserId> {
  return new Set(
    pages.flatMap(({ createdBy, modifiedBy }) => [createdBy, modifiedBy]).filter((id) => id !== null),
  );
}

/** Returns what a screen calls somebody; null for nobody that is known. */
export function authorName(userId: UserId | null, names: Names): string | null {
  return userId === null ? null : nameOf(userId, names);
}
