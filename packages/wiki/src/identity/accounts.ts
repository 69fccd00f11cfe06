import { randomUUID } from "node:crypto";
import type { Dialect, SqlDatabase, SqlRow, Statement, Transaction } from "../database/sql-database.ts";
import { EmailTakenError } from "./errors.ts";
import { type Person, roleOf } from "./person.ts";

/** The columns that the wiki reads of better-auth's table of users, with the end of a session or token. */
export interface UserRow {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly role?: unknown;
  /** ISO 8601 from SQLite. */
  readonly expiresAt?: Date | string | null;
}

/** The owner of a session or token. */
export interface ExpiringPerson {
  readonly person: Person;
  /** In milliseconds since 1970; infinite for a token that does not expire. */
  readonly expiresAtMs: number;
}

/** The id and name that pages show of a person. */
export type PersonName = Pick<Person, "id" | "name">;

/** The state that decides whether somebody may become the first administrator. */
export interface Administration {
  readonly hasAdministrator: boolean;
  /** The challenge of the first administrator's link; null before the first start and once an administrator exists. */
  readonly challenge: string | null;
}

/** The `identifier` of the challenge in the table "verification". */
const CHALLENGE = "first-administrator";
/** The table requires a time; the challenge does not expire. */
const NEVER = "9999-12-31T00:00:00.000Z";

export const SELECT_ADMINISTRATION: Statement = [
  `SELECT EXISTS (SELECT 1 FROM "user" WHERE "role" = 'admin') AS "hasAdministrator",
          (SELECT "value" FROM "verification" WHERE "identifier" = $1) AS "challenge"`,
  [CHALLENGE],
];

/** PostgreSQL rejects a comparison of its column with other texts. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const USER = `SELECT "id", "name", "email", "role" FROM "user"`;
const SELECT_NAMES: Readonly<Record<Dialect, string>> = {
  sqlite: `SELECT "id", "name" FROM "user" WHERE "id" IN (SELECT value FROM json_each($1))`,
  postgres: `SELECT "id", "name" FROM "user" WHERE "id" IN (
    SELECT CAST(value AS uuid) FROM json_array_elements_text(CAST($1 AS json)))`,
};

export function isId(text: string): boolean {
  return UUID.test(text);
}

export async function findById(database: SqlDatabase, id: string): Promise<Person | null> {
  const [row] = isId(id) ? await database.query<UserRow>(`${USER} WHERE "id" = $1`, [id]) : [];
  return row === undefined ? null : personOf(row);
}

export async function findByEmail(database: SqlDatabase, email: string): Promise<Person | null> {
  // PostgreSQL's texts cannot hold NUL.
  if (email.includes("\0")) return null;
  const [row] = await database.query<UserRow>(`${USER} WHERE "email" = $1`, [email]);
  return row === undefined ? null : personOf(row);
}

export function selectNames(database: SqlDatabase, ids: readonly string[]): Promise<PersonName[]> {
  return database.query<PersonName>(SELECT_NAMES[database.dialect], [JSON.stringify(ids)]);
}

export async function countUsers(database: SqlDatabase): Promise<number> {
  const [row] = await database.query<SqlRow>(`SELECT count(*) AS "count" FROM "user"`, []);
  return Number(row?.count);
}

export async function hasUsers(database: SqlDatabase): Promise<boolean> {
  // The condition lets SQLite search an index.
  return (await database.query(`SELECT 1 FROM "user" WHERE "email" > '' LIMIT 1`, [])).length > 0;
}

export function personOf({ id, name, email, role }: UserRow): Person {
  return { id, name, email, role: roleOf(role) };
}

export function expiringPersonOf(row: UserRow): ExpiringPerson {
  const { expiresAt } = row;
  return {
    person: personOf(row),
    expiresAtMs: expiresAt ? new Date(expiresAt).getTime() : Number.POSITIVE_INFINITY,
  };
}

export function administrationOf([row]: readonly SqlRow[]): Administration {
  const challenge = row?.challenge;
  return {
    hasAdministrator: Boolean(row?.hasAdministrator),
    challenge: typeof challenge === "string" ? challenge : null,
  };
}

/**
 * Stores a person and the hash of their password in one transaction. better-auth's functions store them in two steps,
 * or keep a transaction open while they hash. An administrator removes the challenge.
 * @param check Runs first, while nobody else can create an account.
 * @throws EmailTakenError, and errors of `check`
 */
export function* insertPerson(
  account: Omit<Person, "id">,
  passwordHash: string,
  check?: (administration: Administration) => void,
): Transaction<Person> {
  check?.(administrationOf(yield SELECT_ADMINISTRATION));
  const taken = yield [`SELECT 1 FROM "user" WHERE "email" = $1`, [account.email]];
  if (taken.length > 0) throw new EmailTakenError(account.email);
  if (account.role === "admin") yield [`DELETE FROM "verification" WHERE "identifier" = $1`, [CHALLENGE]];
  const { id, name, email, role } = { id: randomUUID(), ...account };
  const now = new Date().toISOString();
  yield [
    `INSERT INTO "user" ("id", "name", "email", "emailVerified", "role", "createdAt", "updatedAt")
     VALUES ($1, $2, $3, false, $4, $5, $5)`,
    [id, name, email, role, now],
  ];
  yield [
    `INSERT INTO "account" ("id", "accountId", "providerId", "userId", "password", "createdAt", "updatedAt")
     VALUES ($1, $2, 'credential', $3, $4, $5, $5)`,
    [randomUUID(), id, id, passwordHash, now],
  ];
  return { id, name, email, role };
}

/** Returns the challenge, after storing `proposed` if there is none. */
export function* ensureChallenge(proposed: string): Transaction<string> {
  const { challenge } = administrationOf(yield SELECT_ADMINISTRATION);
  if (challenge !== null) return challenge;
  yield [
    `INSERT INTO "verification" ("id", "identifier", "value", "expiresAt", "createdAt", "updatedAt")
     VALUES ($1, $2, $3, $4, $5, $5)`,
    [randomUUID(), CHALLENGE, proposed, NEVER, new Date().toISOString()],
  ];
  return proposed;
}
