import { z } from "zod";
import { ROLES, type Role } from "../application/policy.ts";
import { InvalidEmailError, InvalidNameError, WeakPasswordError } from "./errors.ts";

/** A person with an account. Events name their author by `id`, a UUID. `email` is in lower case. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly role: Role;
}

export interface Credentials {
  readonly email: string;
  readonly password: string;
}

/** A person who has signed in, and the `Set-Cookie` headers of their session. */
export interface SignedIn {
  readonly person: Person;
  readonly setCookies: string[];
}

const NAME_MAX_LENGTH = 200;
/** RFC 5321 4.5.3.1.3: a path has at most 256 octets, two of which are its angle brackets. */
export const EMAIL_MAX_LENGTH = 254;
export const PASSWORD_MIN_LENGTH = 8;
export const PASSWORD_MAX_LENGTH = 128;

// Control characters, line separators and lone surrogates break a line or a page. Bidirectional controls can make a name
// look like another. Joiners are allowed, since emoji and several scripts need them.
const FORBIDDEN_IN_NAME = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;
const VISIBLE = /[^\s\p{Cf}\p{M}]/u;

/** Returns an e-mail trimmed and in lower case. @throws InvalidEmailError */
export function canonicalEmail(text: string): string {
  const email = text.trim().toLowerCase();
  if (email.length > EMAIL_MAX_LENGTH || !z.email().safeParse(email).success) {
    throw new InvalidEmailError(text, EMAIL_MAX_LENGTH);
  }
  return email;
}

/** Returns a name trimmed and in NFC. The limit counts code points. @throws InvalidNameError */
export function canonicalName(text: string, maxLength = NAME_MAX_LENGTH): string {
  // Reject very long texts before normalizing them.
  if (text.length > 4 * maxLength) throw new InvalidNameError(text, maxLength);
  const name = text.trim().normalize("NFC");
  if (FORBIDDEN_IN_NAME.test(name) || !VISIBLE.test(name) || [...name].length > maxLength) {
    throw new InvalidNameError(text, maxLength);
  }
  return name;
}

/** @throws WeakPasswordError */
export function checkPassword(password: string): void {
  if (password.length < PASSWORD_MIN_LENGTH || password.length > PASSWORD_MAX_LENGTH) {
    throw new WeakPasswordError(password.length, PASSWORD_MIN_LENGTH, PASSWORD_MAX_LENGTH);
  }
}

/** Returns a stored role. Unknown roles count as reader. */
export function roleOf(stored: unknown): Role {
  return ROLES.find((role) => role === stored) ?? "reader";
}
