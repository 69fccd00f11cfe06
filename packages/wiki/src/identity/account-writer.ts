import type { Person } from "./person.ts";

/** What decides whether somebody may become the first administrator. */
export interface Administration {
  readonly hasAdministrator: boolean;
  /** The challenge for the first one, or null while none was made. */
  readonly challenge: string | null;
}

/**
 * The writes that must happen whole or not at all, on the tables of better-auth. Its own functions make a
 * person and their password in two steps, or hold a transaction open while they hash; these are short.
 */
export interface AccountWriter {
  /**
   * Stores a person with the hash of their password. `check` runs first, inside the transaction, where
   * nobody else makes an account. A new administrator, made in whatever way, ends the challenge for the first one.
   * @throws EmailTakenError, and what `check` throws — nothing is stored
   */
  insert(
    account: Omit<Person, "id">,
    passwordHash: string,
    check?: (administration: Administration) => void,
  ): Promise<Person>;
  administration(): Promise<Administration>;
  /** The challenge; `proposed` becomes it if there is none yet. */
  keepChallenge(proposed: string): Promise<string>;
}

/** The `identifier` of the row that is there while the wiki waits for its first administrator. */
export const CHALLENGE = "first-administrator";

/** better-auth's table wants a date; the challenge ends with its use and not before. */
export const NEVER = "9999-12-31T00:00:00.000Z";
