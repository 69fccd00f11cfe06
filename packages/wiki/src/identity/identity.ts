import { CodedError } from "@palimpsest/eventsourcing";
import { APIError } from "better-auth";
import type { Role } from "../application/policy.ts";
import type { Database } from "../config.ts";
import { openSqlDatabase } from "../database/open-sql-database.ts";
import type { SqlDatabase } from "../database/sql-database.ts";
import { authDatabaseOf, migrate } from "./account-tables.ts";
import {
  type Administration,
  findByEmail,
  insertPerson,
  namesById,
  type PersonName,
  personOf,
} from "./accounts.ts";
import { type Auth, authOptions, createAuth } from "./auth.ts";
import { SignInFailedError, SignUpClosedError } from "./errors.ts";
import {
  administration,
  checkFirstAdministratorToken,
  firstAdministratorLink,
  firstAdministratorToken,
} from "./first-administrator.ts";
import { canonicalEmail, canonicalName, checkPassword, EMAIL_MAX_LENGTH, type Person } from "./person.ts";
import { createToken, listTokens, ownerOfToken, revokeToken, type TokenEntry } from "./tokens.ts";

export interface IdentityOptions {
  /** The database of the events, which the recorder must have created, or memory. */
  readonly database: Database;
  /** Signs cookies. At least 32 characters, the same in all processes. See `loadSecret`. */
  readonly secret: string;
  /** The origin of the wiki, such as `https://wiki.example.org`. */
  readonly baseUrl: string;
  /** Whether visitors may create an account, with the role reader. */
  readonly signUp: "closed" | "open";
  /** Whether cookies are sent over HTTPS only. Their names then begin with `__Secure-`. */
  readonly secureCookies: boolean;
}

export interface Credentials {
  readonly email: string;
  readonly password: string;
}

export interface NewPerson extends Credentials {
  readonly name: string;
}

/** A person who has signed in, and the `Set-Cookie` headers of their session. */
export interface SignedIn {
  readonly person: Person;
  readonly setCookies: string[];
}

/** The accounts of a wiki. Roles are read with each lookup, so a change has effect at once. */
export interface Identity {
  /**
   * Resolves to the owner of a session; null if it is missing, forged, expired or ended. Writes only to delete an
   * expired one.
   */
  personOfSession(headers: Headers): Promise<Person | null>;
  /** Resolves to the owner of a token; null for any other text. */
  personOfToken(token: string): Promise<Person | null>;
  /** Starts a session of 30 days. @throws SignInFailedError */
  signIn(credentials: Credentials, headers: Headers): Promise<SignedIn>;
  /**
   * Creates an account with the role reader and signs it in.
   * @throws SignUpClosedError, and errors of `addUser`
   */
  signUp(person: NewPerson, headers: Headers): Promise<SignedIn>;
  /** Ends the session, if any. The returned cookies delete the session cookies of the browser. */
  signOut(headers: Headers): Promise<{ setCookies: string[] }>;
  /** @throws EmailTakenError, InvalidEmailError, InvalidNameError, WeakPasswordError */
  addUser(person: NewPerson & { readonly role: Role }): Promise<Person>;
  /**
   * Creates a token and stores its hash. It has the rights of its owner and does not expire.
   * @throws PersonNotFoundError, InvalidNameError
   */
  createToken(personId: string, token: { readonly name: string }): Promise<{ id: string; token: string }>;
  /** Resolves to a person's tokens, newest first. */
  listTokens(personId: string): Promise<TokenEntry[]>;
  /** @throws TokenNotFoundError if the person has no such token */
  revokeToken(personId: string, tokenId: string): Promise<void>;
  /** Resolves to the person with this e-mail, ignoring case, or null. */
  findPersonByEmail(email: string): Promise<Person | null>;
  /** Resolves to the names by id. Ids without an account are absent. */
  personsByIds(ids: Iterable<string>): Promise<ReadonlyMap<string, PersonName>>;
  countUsers(): Promise<number>;
  /**
   * Resolves to the token of the first administrator's link, the same at every start; null once an administrator
   * exists.
   */
  firstAdministratorToken(): Promise<string | null>;
  /** Resolves to "used" once an administrator exists, and otherwise to whether the token creates the first one. */
  firstAdministratorLink(token: string): Promise<"valid" | "used" | "invalid">;
  /**
   * Creates the first administrator, which ends the token. Of concurrent calls, one succeeds.
   * @throws FirstAdministratorRefusedError, and errors of `addUser`; the token remains valid
   */
  createFirstAdministrator(person: NewPerson & { readonly token: string }): Promise<Person>;
  close(): Promise<void>;
}

/**
 * Opens the accounts and creates their tables if needed. Several processes may do so at once.
 * @throws DatabaseRefusedError if the recorder has not created the database
 */
export async function openIdentity(options: IdentityOptions): Promise<Identity> {
  const database = await openSqlDatabase(options.database, "accounts");
  try {
    const settings = authOptions({ ...options, database: authDatabaseOf(database) });
    await migrate(database, settings);
    const { signUp, secret } = options;
    const auth = createAuth(settings);
    return new BetterAuthIdentity({ signUp, secret, auth, context: await auth.$context, database });
  } catch (error) {
    await database.close();
    throw error;
  }
}

interface Parts extends Pick<IdentityOptions, "signUp" | "secret"> {
  readonly auth: Auth;
  readonly context: Awaited<Auth["$context"]>;
  readonly database: SqlDatabase;
}

class BetterAuthIdentity implements Identity {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async personOfSession(headers: Headers): Promise<Person | null> {
    if (!headers.has("cookie")) return null;
    const session = await this.#parts.auth.api.getSession({ headers }).catch((error: unknown) => {
      throw unwrapped(error);
    });
    return session && personOf(session.user);
  }

  personOfToken(token: string): Promise<Person | null> {
    return ownerOfToken(this.#parts.database, token);
  }

  async signIn({ email, password }: Credentials, headers: Headers): Promise<SignedIn> {
    if (email.length > EMAIL_MAX_LENGTH) throw new SignInFailedError();
    try {
      const { headers: answer, response } = await this.#parts.auth.api.signInEmail({
        body: { email: email.trim(), password },
        headers,
        returnHeaders: true,
      });
      return { person: personOf(response.user), setCookies: answer.getSetCookie() };
    } catch (error) {
      // better-auth rejects malformed credentials with other errors.
      if (error instanceof APIError && error.statusCode < 500) throw new SignInFailedError();
      throw error;
    }
  }

  async signUp(person: NewPerson, headers: Headers): Promise<SignedIn> {
    if (this.#parts.signUp === "closed") throw new SignUpClosedError();
    await this.#insert(person, "reader");
    return this.signIn(person, headers);
  }

  async signOut(headers: Headers): Promise<{ setCookies: string[] }> {
    const { headers: answer } = await this.#parts.auth.api.signOut({ headers, returnHeaders: true });
    return { setCookies: answer.getSetCookie() };
  }

  addUser(person: NewPerson & { readonly role: Role }): Promise<Person> {
    return this.#insert(person, person.role);
  }

  createToken(personId: string, { name }: { readonly name: string }) {
    return createToken(this.#parts.database, this.#parts.context, personId, name);
  }

  listTokens(personId: string): Promise<TokenEntry[]> {
    return listTokens(this.#parts.database, personId);
  }

  revokeToken(personId: string, tokenId: string): Promise<void> {
    return revokeToken(this.#parts.database, personId, tokenId);
  }

  findPersonByEmail(email: string): Promise<Person | null> {
    return findByEmail(this.#parts.context, email.trim().toLowerCase());
  }

  personsByIds(ids: Iterable<string>): Promise<ReadonlyMap<string, PersonName>> {
    return namesById(this.#parts.context, ids);
  }

  countUsers(): Promise<number> {
    return this.#parts.context.internalAdapter.countTotalUsers();
  }

  firstAdministratorToken(): Promise<string | null> {
    return firstAdministratorToken(this.#parts.database, this.#parts.secret);
  }

  firstAdministratorLink(token: string): Promise<"valid" | "used" | "invalid"> {
    return firstAdministratorLink(this.#parts.database, token, this.#parts.secret);
  }

  async createFirstAdministrator({ token, ...person }: NewPerson & { readonly token: string }) {
    const { database, secret } = this.#parts;
    const check = (found: Administration) => checkFirstAdministratorToken(found, token, secret);
    // Checked before the password is hashed, which is slow, and again in the transaction.
    check(await administration(database));
    return this.#insert(person, "admin", check);
  }

  close(): Promise<void> {
    return this.#parts.database.close();
  }

  async #insert(
    { email, name, password }: NewPerson,
    role: Role,
    check?: (found: Administration) => void,
  ): Promise<Person> {
    const account = { email: canonicalEmail(email), name: canonicalName(name), role };
    checkPassword(password);
    const { database, context } = this.#parts;
    const passwordHash = await context.password.hash(password);
    return database.transaction(() => insertPerson(account, passwordHash, check));
  }
}

/** Returns the error of the database, which better-auth wraps. */
function unwrapped(error: unknown): unknown {
  return error instanceof APIError && error.cause instanceof CodedError ? error.cause : error;
}
