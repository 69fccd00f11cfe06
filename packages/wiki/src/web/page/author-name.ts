import { type Names, nameOf } from "../../application/people.ts";
import type { UserId } from "../../domain/user.ts";

/** Returns what a screen calls somebody; null for nobody that is known. */
export function authorName(userId: UserId | null, names: Names): string | null {
  return userId === null ? null : nameOf(userId, names);
}
