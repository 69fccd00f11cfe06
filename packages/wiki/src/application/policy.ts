/** Roles, the most powerful first. Each may do everything that the roles after it may do. */
export const ROLES = ["admin", "editor", "reader"] as const;
export type Role = (typeof ROLES)[number];

export type Action = "read" | "write" | "administer";

/** The role of the person who makes a request, or null for a visitor who is not signed in. */
export type Requester = { readonly role: Role } | null;

const MINIMUM_ROLES: Record<Action, Role> = { read: "reader", write: "editor", administer: "admin" };

/** Returns the least powerful role that may do an action, or "anyone". */
export function minimumRole(action: Action, policy: { readonly publicReading: boolean }): Role | "anyone" {
  return action === "read" && policy.publicReading ? "anyone" : MINIMUM_ROLES[action];
}

export function may(
  requester: Requester,
  action: Action,
  policy: { readonly publicReading: boolean },
): boolean {
  const role = minimumRole(action, policy);
  if (role === "anyone") return true;
  return requester !== null && ROLES.indexOf(requester.role) <= ROLES.indexOf(role);
}
