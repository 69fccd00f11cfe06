import type { Role } from "../application/policy.ts";
import type { Database } from "../config.ts";
import { openSqlDatabase } from "../database/open-sql-database.ts";
import type { SqlDatabase, Transaction } from "../database/sql-database.ts";
import { authDatabaseOf, migrate } from "./account-tables.ts";
import { AccountVersions } from "./account-versions.ts";
import {
  type Administration,
  countUsers,
  type ExpiringPerson,
  findByEmail,
  hasUsers,
  insertPerson,
  isId,
  type PersonName,
  selectNames,
} from "./accounts.ts";
import type { SignIn } from "./auth.ts";
import { type AuthOptions, authOptions } from "./auth-options.ts";
import { InvitationInvalidError, SignInFailedError, SignUpClosedError } from "./errors.ts";
import {
  administration,
  checkFirstAdministratorToken,
  firstAdministratorLink,
  firstAdministratorToken,
} from "./first-administrator.ts";
import { acceptInvitation, createInvitation, findInvitation, type Invitation } from "./invitations.ts";
import {
  type Credentials,
  canonicalEmail,
  canonicalName,
  checkPassword,
  EMAIL_MAX_LENGTH,
  type Person,
  type SignedIn,
} from "./person.ts";
import { SessionCookie } from "./session-cookie.ts";
import { deleteExpiredSessions, endSession, ownerOfSession } from "./sessions.ts";
import { type SettingName, selectSetting, storeSetting } from "./settings.ts";
import { SETUP_STEPS, type SetupStep } from "./setup-steps.ts";
import {
  createToken,
  isTokenLike,
  listTokens,
  ownerOfToken,
  revokeToken,
  type TokenEntry,
  tokenHashOf,
} from "./tokens.ts";
import { VersionedCache } from "./versioned-cache.ts";

/** Limits of the caches: sessions and tokens, names, and settings. */
const MAX_CACHED_CREDENTIALS = 10_000;
const MAX_CACHED_NAMES = 10_000;
const MAX_CACHED_SETTINGS = 10;
const MAX_WIKI_NAME_LENGTH = 60;

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

export interface NewPerson extends Credentials {
  readonly name: string;
}

/**
 * The accounts of a wiki. Sessions, tokens and names are cached. Changes that this process makes have effect at once,
 * also changes of other processes on SQLite; on PostgreSQL, theirs have effect within a second.
 */
export interface Identity {
  /** Resolves to the owner of a session; null if it is missing, forged, expired or ended. Never writes. */
  personOfSession(cookieHeader: string | undefined): Promise<Person | null>;
  /** Resolves to the owner of a token; null for any other text. */
  personOfToken(token: string): Promise<Person | null>;
  /** Like `personOfSession`, but returns undefined if the answer needs a query. */
  cachedPersonOfSession(cookieHeader: string | undefined): Person | null | undefined;
  /** Like `personOfToken`, but returns undefined if the answer needs a query. */
  cachedPersonOfToken(token: string): Person | null | undefined;
  /** Resolves to a number that changes when a name or a role changes, or an account is deleted. */
  peopleVersion(): Promise<number>;
  /** Like `peopleVersion`, but returns undefined if the answer needs a query. */
  cachedPeopleVersion(): number | undefined;
  /** Starts a session of 30 days. @throws SignInFailedError */
  signIn(credentials: Credentials): Promise<SignedIn>;
  /**
   * Creates an account with the role reader and signs it in.
   * @throws SignUpClosedError, and errors of `addUser`
   */
  signUp(person: NewPerson): Promise<SignedIn>;
  /** Ends the session, if any. The returned cookies delete the session cookie of the browser. */
  signOut(cookieHeader: string | undefined): Promise<{ setCookies: string[] }>;
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
  /** Resolves to whether the wiki has an account, or had one when it was last asked. */
  hasAccounts(): Promise<boolean>;
  /** Resolves to the name that was chosen for the wiki, or null. */
  wikiName(): Promise<string | null>;
  /** @throws InvalidNameError */
  nameWiki(name: string): Promise<void>;
  /** Resolves to the first step of the set-up that is not done; null if no set-up is in progress. */
  setupStep(): Promise<SetupStep | null>;
  /** Continues the set-up after `step`, if that is its current step. After the last step, no set-up is in progress. */
  completeSetupStep(step: SetupStep): Promise<void>;
  /** Creates an invitation, which one person can accept once, within seven days. */
  createInvitation(invitation: {
    readonly role: Role;
    readonly createdBy: string;
  }): Promise<{ readonly secret: string; readonly expiresAt: Date }>;
  /** Resolves to the invitation with this secret; null if it was accepted, has expired or never existed. */
  findInvitation(secret: string): Promise<Invitation | null>;
  /**
   * Creates an account with the role of the invitation, and signs it in. Of concurrent calls, one succeeds.
   * @throws InvitationInvalidError, and errors of `addUser`; the invitation remains valid after the latter
   */
  acceptInvitation(person: NewPerson & { readonly secret: string }): Promise<SignedIn>;
  /**
   * Resolves to the token of the first administrator's link, the same at every start; null once an administrator
   * exists.
   */
  firstAdministratorToken(): Promise<string | null>;
  /** Resolves to "used" once an administrator exists, and otherwise to whether the token creates the first one. */
  firstAdministratorLink(token: string): Promise<"valid" | "used" | "invalid">;
  /**
   * Creates the first administrator, which ends the token and starts the set-up. Of concurrent calls, one succeeds.
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
    return new StoredIdentity(database, options, settings);
  } catch (error) {
    await database.close();
    throw error;
  }
}

class StoredIdentity implements Identity {
  readonly #database: SqlDatabase;
  readonly #options: Pick<IdentityOptions, "signUp" | "secret">;
  readonly #authOptions: AuthOptions;
  readonly #versions: AccountVersions;
  readonly #cookie: SessionCookie;
  /** By the value of the cookie. */
  readonly #sessions = new VersionedCache<ExpiringPerson>(MAX_CACHED_CREDENTIALS);
  /** By the hash of the token. */
  readonly #tokens = new VersionedCache<ExpiringPerson>(MAX_CACHED_CREDENTIALS);
  readonly #names = new VersionedCache<PersonName>(MAX_CACHED_NAMES);
  readonly #settings = new VersionedCache<{ readonly value: string | null }>(MAX_CACHED_SETTINGS);
  #hadAccounts = false;
  #signIn: Promise<SignIn> | undefined;

  constructor(database: SqlDatabase, options: IdentityOptions, authOptions: AuthOptions) {
    this.#database = database;
    this.#options = options;
    this.#authOptions = authOptions;
    this.#versions = new AccountVersions(database);
    this.#cookie = new SessionCookie(options);
  }

  cachedPersonOfSession(cookieHeader = ""): Person | null | undefined {
    const value = this.#cookie.valueIn(cookieHeader);
    return value === undefined ? null : this.#cachedPerson(this.#sessions, value);
  }

  async personOfSession(cookieHeader = ""): Promise<Person | null> {
    const value = this.#cookie.valueIn(cookieHeader);
    if (value === undefined) return null;
    return this.#person(this.#sessions, value, async () => {
      const token = this.#cookie.tokenOf(value);
      return token === undefined ? undefined : ownerOfSession(this.#database, token);
    });
  }

  cachedPersonOfToken(token: string): Person | null | undefined {
    return isTokenLike(token) ? this.#cachedPerson(this.#tokens, tokenHashOf(token)) : null;
  }

  async personOfToken(token: string): Promise<Person | null> {
    if (!isTokenLike(token)) return null;
    const hash = tokenHashOf(token);
    return this.#person(this.#tokens, hash, () => ownerOfToken(this.#database, hash));
  }

  async peopleVersion(): Promise<number> {
    return (await this.#versions.current()).people;
  }

  cachedPeopleVersion(): number | undefined {
    return this.#versions.now()?.people;
  }

  async signIn(credentials: Credentials): Promise<SignedIn> {
    if (credentials.email.length > EMAIL_MAX_LENGTH) throw new SignInFailedError();
    this.#signIn ??= import("./auth.ts").then(({ createSignIn }) => createSignIn(this.#authOptions));
    const signedIn = await (await this.#signIn)(credentials);
    await deleteExpiredSessions(this.#database, signedIn.person.id);
    return signedIn;
  }

  async signUp(person: NewPerson): Promise<SignedIn> {
    if (this.#options.signUp === "closed") throw new SignUpClosedError();
    await this.#addWithRole(person, "reader");
    return this.signIn(person);
  }

  async signOut(cookieHeader = ""): Promise<{ setCookies: string[] }> {
    const value = this.#cookie.valueIn(cookieHeader);
    const token = value === undefined ? undefined : this.#cookie.tokenOf(value);
    if (token !== undefined) await this.#change(() => endSession(this.#database, token));
    return { setCookies: [this.#cookie.deletion()] };
  }

  addUser(person: NewPerson & { readonly role: Role }): Promise<Person> {
    return this.#addWithRole(person, person.role);
  }

  createToken(personId: string, { name }: { readonly name: string }) {
    return createToken(this.#database, personId, name);
  }

  listTokens(personId: string): Promise<TokenEntry[]> {
    return listTokens(this.#database, personId);
  }

  revokeToken(personId: string, tokenId: string): Promise<void> {
    return this.#change(() => revokeToken(this.#database, personId, tokenId));
  }

  findPersonByEmail(email: string): Promise<Person | null> {
    return findByEmail(this.#database, email.trim().toLowerCase());
  }

  async personsByIds(ids: Iterable<string>): Promise<ReadonlyMap<string, PersonName>> {
    const names = new Map<string, PersonName>();
    const unique = [...new Set(ids)].filter(isId);
    if (unique.length === 0) return names;
    const { people } = this.#versions.now() ?? (await this.#versions.current());
    const missing: string[] = [];
    for (const id of unique) {
      const name = this.#names.get(id, people);
      if (name === undefined) missing.push(id);
      else names.set(id, name);
    }
    for (const name of missing.length === 0 ? [] : await selectNames(this.#database, missing)) {
      this.#names.set(name.id, name, people);
      names.set(name.id, name);
    }
    return names;
  }

  countUsers(): Promise<number> {
    return countUsers(this.#database);
  }

  async hasAccounts(): Promise<boolean> {
    this.#hadAccounts ||= await hasUsers(this.#database);
    return this.#hadAccounts;
  }

  wikiName(): Promise<string | null> {
    return this.#setting("name");
  }

  async nameWiki(name: string): Promise<void> {
    const canonical = canonicalName(name, MAX_WIKI_NAME_LENGTH);
    await this.#change(() => this.#database.transaction(() => storeSetting("name", canonical)));
  }

  async setupStep(): Promise<SetupStep | null> {
    const stored = await this.#setting("setup");
    return SETUP_STEPS.find((step) => step === stored) ?? null;
  }

  async completeSetupStep(step: SetupStep): Promise<void> {
    const next = SETUP_STEPS[SETUP_STEPS.indexOf(step) + 1] ?? null;
    await this.#change(() => this.#database.transaction(() => storeSetting("setup", next, step)));
  }

  createInvitation({ role, createdBy }: { readonly role: Role; readonly createdBy: string }) {
    return createInvitation(this.#database, role, createdBy);
  }

  findInvitation(secret: string): Promise<Invitation | null> {
    return findInvitation(this.#database, secret);
  }

  async acceptInvitation({ secret, ...person }: NewPerson & { readonly secret: string }): Promise<SignedIn> {
    // Checked before the password is hashed, which is slow, and again in the transaction.
    if ((await this.findInvitation(secret)) === null) throw new InvitationInvalidError();
    await this.#insert(person, function* (account, passwordHash) {
      const role = yield* acceptInvitation(secret);
      return yield* insertPerson({ ...account, role }, passwordHash);
    });
    return this.signIn(person);
  }

  firstAdministratorToken(): Promise<string | null> {
    return firstAdministratorToken(this.#database, this.#options.secret);
  }

  firstAdministratorLink(token: string): Promise<"valid" | "used" | "invalid"> {
    return firstAdministratorLink(this.#database, token, this.#options.secret);
  }

  async createFirstAdministrator({ token, ...person }: NewPerson & { readonly token: string }) {
    const check = (found: Administration) => checkFirstAdministratorToken(found, token, this.#options.secret);
    // Checked before the password is hashed, which is slow, and again in the transaction.
    check(await administration(this.#database));
    return this.#insert(person, function* (account, passwordHash) {
      const created = yield* insertPerson({ ...account, role: "admin" }, passwordHash, check);
      yield* storeSetting("setup", SETUP_STEPS[0]);
      return created;
    });
  }

  close(): Promise<void> {
    return this.#database.close();
  }

  #addWithRole(person: NewPerson, role: Role): Promise<Person> {
    return this.#insert(person, (account, passwordHash) => insertPerson({ ...account, role }, passwordHash));
  }

  /** Hashes the password, and then runs the transaction that stores the account. */
  async #insert(
    { email, name, password }: NewPerson,
    begin: (account: Pick<Person, "email" | "name">, passwordHash: string) => Transaction<Person>,
  ): Promise<Person> {
    const account = { email: canonicalEmail(email), name: canonicalName(name) };
    checkPassword(password);
    const { hashPassword } = await import("better-auth/crypto");
    const passwordHash = await hashPassword(password);
    return this.#database.transaction(() => begin(account, passwordHash));
  }

  async #setting(name: SettingName): Promise<string | null> {
    const { people } = this.#versions.now() ?? (await this.#versions.current());
    const cached = this.#settings.get(name, people);
    if (cached !== undefined) return cached.value;
    const value = await selectSetting(this.#database, name);
    this.#settings.set(name, { value }, people);
    return value;
  }

  #cachedPerson(cache: VersionedCache<ExpiringPerson>, key: string): Person | null | undefined {
    const versions = this.#versions.now();
    const found = versions && cache.get(key, versions.credentials);
    return found && validPerson(found);
  }

  async #person(
    cache: VersionedCache<ExpiringPerson>,
    key: string,
    find: () => Promise<ExpiringPerson | undefined>,
  ): Promise<Person | null> {
    const { credentials } = this.#versions.now() ?? (await this.#versions.current());
    const cached = cache.get(key, credentials);
    if (cached !== undefined) return validPerson(cached);
    const found = await find();
    if (found === undefined) return null;
    cache.set(key, found, credentials);
    return validPerson(found);
  }

  /** Makes a change that cached entries must not survive. */
  async #change<Result>(change: () => Promise<Result>): Promise<Result> {
    try {
      return await change();
    } finally {
      this.#versions.expire();
    }
  }
}

function validPerson({ person, expiresAtMs }: ExpiringPerson): Person | null {
  return expiresAtMs > Date.now() ? person : null;
}
