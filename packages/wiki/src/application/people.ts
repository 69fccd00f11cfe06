import { SYSTEM, type UserId } from "../domain/user.ts";
import type { PageDetails } from "./pages.ts";

/** The names of people with an account, by user id. */
export type Names = ReadonlyMap<UserId, { readonly name: string }>;

export interface People {
  /** Resolves to the names of these people. Ids without an account are left out. */
  personsByIds(ids: Iterable<UserId>): Promise<Names>;
}

/** Returns the displayed name of a user: events store only the id. */
export function nameOf(userId: UserId, names: Names): string {
  return names.get(userId)?.name ?? (userId === SYSTEM ? "System" : "Unknown");
}

/** Returns the ids of the authors that the bylines of `pages` show. */
export function authorsOf(pages: readonly Pick<PageDetails, "createdBy" | "modifiedBy">[]): Set<UserId> {
  return new Set(
    pages.flatMap(({ createdBy, modifiedBy }) => [createdBy, modifiedBy]).filter((id) => id !== null),
  );
}

/** Returns the displayed name of an author; null if the author is unknown. */
export function authorName(userId: UserId | null, names: Names): string | null {
  return userId === null ? null : nameOf(userId, names);
}
