import { defaultKeyHasher } from "@better-auth/api-key";
import { findById, isId } from "./accounts.ts";
import { type Auth, type Tables, TOKEN_PREFIX } from "./auth.ts";
import { PersonNotFoundError, TokenNotFoundError } from "./errors.ts";
import { canonicalName, type Person } from "./person.ts";

/** A token as its owner sees it later; the token itself is shown once, when it is made. */
export interface TokenEntry {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
}

interface TokenRow {
  id: string;
  name: string | null;
  referenceId: string;
  enabled: boolean;
  expiresAt: Date | null;
  createdAt: Date;
}

/** Ours have 75 characters; a longer text is refused before it is hashed. */
const TOKEN_MAX_LENGTH = 200;
const LISTED_AT_MOST = 1_000;

/** @throws PersonNotFoundError, InvalidNameError */
export async function createToken(
  auth: Auth,
  tables: Tables,
  personId: string,
  name: string,
): Promise<{ id: string; token: string }> {
  const canonical = canonicalName(name);
  if ((await findById(tables, personId)) === null) throw new PersonNotFoundError(personId);
  const { id, key } = await auth.api.createApiKey({ body: { name: canonical, userId: personId } });
  return { id, token: key };
}

/**
 * The owner of a token. The plugin's own check writes the time of use to the row at each request, a commit
 * with its sync; this one finds the same row by the same hash, reads its owner, and writes nothing.
 */
export async function ownerOfToken(tables: Tables, token: string): Promise<Person | null> {
  if (!token.startsWith(TOKEN_PREFIX) || token.length > TOKEN_MAX_LENGTH) return null;
  const row = await tables.findOne<TokenRow>({
    model: "apikey",
    where: [{ field: "key", value: await defaultKeyHasher(token) }],
  });
  if (row === null || !row.enabled || (row.expiresAt !== null && row.expiresAt <= new Date())) return null;
  return findById(tables, row.referenceId);
}

/** A person's tokens, the newest first. */
export async function listTokens(tables: Tables, personId: string): Promise<TokenEntry[]> {
  const rows = await tables.findMany<TokenRow>({
    model: "apikey",
    where: [{ field: "referenceId", value: personId }],
    sortBy: { field: "createdAt", direction: "desc" },
    limit: LISTED_AT_MOST,
  });
  return rows.map(({ id, name, createdAt }) => ({ id, name: name ?? "", createdAt }));
}

/** @throws TokenNotFoundError when the person has no such token */
export async function revokeToken(tables: Tables, personId: string, tokenId: string): Promise<void> {
  if (!isId(tokenId)) throw new TokenNotFoundError(tokenId);
  const revoked = await tables.deleteMany({
    model: "apikey",
    where: [
      { field: "id", value: tokenId },
      { field: "referenceId", value: personId },
    ],
  });
  if (revoked === 0) throw new TokenNotFoundError(tokenId);
}
