/** What a person may do is a matter of one role; each may what those after it may. */
export const ROLES = ["admin", "editor", "reader"] as const;
export type Role = (typeof ROLES)[number];

/** Everything that needs a permission. */
export type Action = "read" | "write" | "administer";

/** Whoever asks: a person with a role, or null for someone who has not signed in. */
export type Asker = { readonly role: Role } | null;

const LEAST_ROLE: Record<Action, Role> = { read: "reader", write: "editor", administer: "admin" };

/** Returns the least role that an action needs, or "anyone". */
export function roleFor(action: Action, policy: { readonly publicReading: boolean }): Role | "anyone" {
  return action === "read" && policy.publicReading ? "anyone" : LEAST_ROLE[action];
}

/** True when `asker` may do `action`. */
export function may(asker: Asker, action: Action, policy: { readonly publicReading: boolean }): boolean {
  const needed = roleFor(action, policy);
  if (needed === "anyone") return true;
  return asker !== null && ROLES.indexOf(asker.role) <= ROLES.indexOf(needed);
}
