import { fieldError } from "../error-text.ts";

export type PersonErrors = { readonly [name in "name" | "email" | "password" | "form"]?: string };

const FIELDS = {
  "invalid-name": "name",
  "invalid-email": "email",
  "email-taken": "email",
  "weak-password": "password",
  "sign-in-failed": "form",
} as const;

/** Returns the errors to show beside the fields. @throws `error` itself if it is not about a field */
export function personErrors(error: unknown): PersonErrors {
  const errors = fieldError(error, FIELDS);
  if (errors === undefined) throw error;
  return errors;
}
