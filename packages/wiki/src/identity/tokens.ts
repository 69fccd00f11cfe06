import { createHash, randomInt, randomUUID } from "node:crypto";
import type { SqlDatabase } from "../database/sql-database.ts";
import { TOKEN_COLUMNS } from "./account-tables.ts";
import { type ExpiringPerson, expiringPersonOf, findById, isId, type UserRow } from "./accounts.ts";
import { PersonNotFoundError, TokenNotFoundError } from "./errors.ts";
import { canonicalName } from "./person.ts";

/** A token as its owner sees it later; the token itself is shown only when it is created. */
export interface TokenEntry {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
}

interface TokenRow {
  readonly id: string;
  readonly name: string | null;
  /** ISO 8601 from SQLite. */
  readonly createdAt: Date | string;
}

/** Lets scanners for leaked secrets recognize a token. */
const TOKEN_PREFIX = "palimpsest_";
const TOKEN_RANDOM_LENGTH = 64;
const TOKEN_CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
/** Tokens have 75 characters; a longer text is refused before it is hashed. */
const TOKEN_MAX_LENGTH = 200;
const LIST_LIMIT = 1_000;

const INSERT = `
  INSERT INTO "apikey" (${TOKEN_COLUMNS})
  VALUES ($1, 'default', $2, $3, $4, true, NULL, $5, $5)`;
const SELECT_OWNER = {
  sqlite: selectOwner(`"apikey"."referenceId"`),
  postgres: selectOwner(`CAST("apikey"."referenceId" AS uuid)`),
};
const LIST = `
  SELECT "id", "name", "createdAt" FROM "apikey" WHERE "referenceId" = $1
  ORDER BY "createdAt" DESC LIMIT ${LIST_LIMIT}`;
const DELETE = `DELETE FROM "apikey" WHERE "id" = $1 AND "referenceId" = $2 RETURNING "id"`;

function selectOwner(ownerId: string): string {
  return `
    SELECT "user"."id", "user"."name", "user"."email", "user"."role", "apikey"."expiresAt"
    FROM "apikey" JOIN "user" ON "user"."id" = ${ownerId}
    WHERE "apikey"."key" = $1 AND "apikey"."enabled"`;
}

/** Creates a token and stores its hash. @throws PersonNotFoundError, InvalidNameError */
export async function createToken(
  database: SqlDatabase,
  personId: string,
  name: string,
): Promise<{ id: string; token: string }> {
  const canonical = canonicalName(name);
  if ((await findById(database, personId)) === null) throw new PersonNotFoundError(personId);
  const id = randomUUID();
  const token = `${TOKEN_PREFIX}${randomLetters(TOKEN_RANDOM_LENGTH)}`;
  await database.query(INSERT, [id, canonical, personId, tokenHashOf(token), new Date().toISOString()]);
  return { id, token };
}

/** Returns whether a text can be a token at all. */
export function isTokenLike(text: string): boolean {
  return text.startsWith(TOKEN_PREFIX) && text.length <= TOKEN_MAX_LENGTH;
}

/** Resolves to the owner of a token, which may have expired; undefined if it is unknown or disabled. */
export async function ownerOfToken(
  database: SqlDatabase,
  tokenHash: string,
): Promise<ExpiringPerson | undefined> {
  const [row] = await database.query<UserRow>(SELECT_OWNER[database.dialect], [tokenHash]);
  return row && expiringPersonOf(row);
}

/** Resolves to a person's tokens, newest first. */
export async function listTokens(database: SqlDatabase, personId: string): Promise<TokenEntry[]> {
  const rows = await database.query<TokenRow>(LIST, [personId]);
  return rows.map(({ id, name, createdAt }) => ({ id, name: name ?? "", createdAt: new Date(createdAt) }));
}

/** @throws TokenNotFoundError if the person has no such token */
export async function revokeToken(database: SqlDatabase, personId: string, tokenId: string): Promise<void> {
  if (!isId(tokenId)) throw new TokenNotFoundError(tokenId);
  const deleted = await database.query(DELETE, [tokenId, personId]);
  if (deleted.length === 0) throw new TokenNotFoundError(tokenId);
}

function randomLetters(length: number): string {
  const random = () => TOKEN_CHARACTERS[randomInt(TOKEN_CHARACTERS.length)];
  return Array.from({ length }, random).join("");
}

/** SHA-256 in base64url without padding, as in tokens that the plugin stored. Random tokens need no salt. */
export function tokenHashOf(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}
