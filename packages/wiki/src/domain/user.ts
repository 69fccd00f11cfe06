import { CodedError, currentUserId, NAMESPACE_URL, uuid5 } from "@palimpsest/eventsourcing";
import { z } from "zod";

/** UUID of whoever acts: a person's account, or `SYSTEM`. */
export type UserId = string;

/** Acts where nobody in particular does: imports without a name, background work. */
export const SYSTEM: UserId = uuid5(NAMESPACE_URL, "/users/system");

/** The ambient field of every event of the wiki: the user who acts when it is triggered. */
export const attribution = {
  fields: { userId: z.uuid().nullable() },
  values: (): { userId: UserId | null } => ({ userId: currentUserId() }),
};

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
