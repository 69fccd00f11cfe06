import { z } from "zod";
import { ROLES, type Role } from "../application/policy.ts";
import { InvalidEmailError, InvalidNameError, WeakPasswordError } from "./errors.ts";

/** Somebody with an account. `id` is the UUID that stands on their events; `email` is in lower case. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly role: Role;
}

const NAME_MAX_LENGTH = 200;
/** RFC 5321 4.5.3.1.3: a path has at most 256 octets, two of which are its angle brackets. */
export const EMAIL_MAX_LENGTH = 254;
export const PASSWORD_MIN_LENGTH = 8;
export const PASSWORD_MAX_LENGTH = 128;

// Control characters, line separators and lone surrogates break a line or a page; the bidirectional controls
// let a name take on the look of another. Joiners stay: emoji and several scripts need them.
const UNFIT_IN_NAME = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;
const VISIBLE = /[^\s\p{Cf}\p{M}]/u;

/** The one spelling of an e-mail: trimmed and in lower case. @throws InvalidEmailError */
export function canonicalEmail(text: string): string {
  const email = text.trim().toLowerCase();
  if (email.length > EMAIL_MAX_LENGTH || !z.email().safeParse(email).success) {
    throw new InvalidEmailError(text, EMAIL_MAX_LENGTH);
  }
  return email;
}

/** The one spelling of a name: trimmed and in NFC; it counts code points. @throws InvalidNameError */
export function canonicalName(text: string, maxLength = NAME_MAX_LENGTH): string {
  // A code point has at most two units; a longer text is refused before it is worked on.
  if (text.length > 4 * maxLength) throw new InvalidNameError(text, maxLength);
  const name = text.trim().normalize("NFC");
  if (UNFIT_IN_NAME.test(name) || !VISIBLE.test(name) || [...name].length > maxLength) {
    throw new InvalidNameError(text, maxLength);
  }
  return name;
}

/** @throws WeakPasswordError when the password is too short, or too long to be hashed at a fair cost */
export function checkPassword(password: string): void {
  if (password.length < PASSWORD_MIN_LENGTH || password.length > PASSWORD_MAX_LENGTH) {
    throw new WeakPasswordError(password.length, PASSWORD_MIN_LENGTH, PASSWORD_MAX_LENGTH);
  }
}

/** A role as stored; one that this program does not know gives the least rights. */
export function roleOf(stored: unknown): Role {
  return ROLES.find((role) => role === stored) ?? "reader";
}
