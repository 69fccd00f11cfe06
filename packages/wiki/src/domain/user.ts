import { CodedError, currentUserId, NAMESPACE_URL, uuid5 } from "@palimpsest/eventsourcing";
import { z } from "zod";

/** The UUID of a person's account, or `SYSTEM`. */
export type UserId = string;

/** The user of background work and of imports without a named user. */
export const SYSTEM: UserId = uuid5(NAMESPACE_URL, "/users/system");

/** The field of all events of the wiki: the current user when the event is triggered. */
export const attribution = {
  fields: { userId: z.uuid().nullable() },
  values: (): { userId: UserId | null } => ({ userId: currentUserId() }),
};

/** A command was called without a current user. */
export class UserRequiredError extends CodedError {
  readonly code = "user-required";

  constructor() {
    super("A command needs a user. Call it in asUser(id, …).");
  }
}

/**
 * Returns the current user.
 *
 * @throws UserRequiredError if there is none
 */
export function requireUser(): UserId {
  const userId = currentUserId();
  if (userId === null) throw new UserRequiredError();
  return userId;
}
