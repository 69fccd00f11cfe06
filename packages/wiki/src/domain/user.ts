import { CodedError, currentUserId, NAMESPACE_URL, uuid5 } from "@palimpsest/eventsourcing";
import { z } from "zod";

/** UUID of whoever acts: a person's account, or `SYSTEM`. */
export type UserId = string;

/** Acts where nobody in particular does: imports without a name, background work. */
export const SYSTEM: UserId = uuid5(NAMESPACE_URL, "/users/system");

/** What every event of the wiki carries; see `attribution`. */
export const attributionShape = { userId: z.uuid().nullable() };

/** Gives each event the user who acts while it is triggered. */
export function attribution(): { userId: UserId | null } {
  return { userId: currentUserId() };
}

/** Nobody is known who gives the command. Nothing was changed. */
export class UserRequiredError extends CodedError {
  readonly code = "user-required";

  constructor() {
    super("A change to the wiki needs a user: run the command in asUser(id, …).");
  }
}

/** @throws UserRequiredError when the caller acts as nobody */
export function requireUser(): UserId {
  const userId = currentUserId();
  if (userId === null) throw new UserRequiredError();
  return userId;
}
