import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { SqlDatabase } from "../database/sql-database.ts";
import { type Administration, administrationOf, ensureChallenge, SELECT_ADMINISTRATION } from "./accounts.ts";
import { FirstAdministratorRefusedError } from "./errors.ts";

// While no administrator exists, a random challenge is stored, and the token is its signature. So the database alone
// does not reveal the token, and every process and every restart shows the same link.

export async function administration(database: SqlDatabase): Promise<Administration> {
  const [text, values = []] = SELECT_ADMINISTRATION;
  return administrationOf(await database.query(text, values));
}

/** Resolves to the token, which the first call creates; null once an administrator exists. */
export async function firstAdministratorToken(database: SqlDatabase, secret: string): Promise<string | null> {
  const { hasAdministrator, challenge } = await administration(database);
  if (hasAdministrator) return null;
  const proposed = randomBytes(24).toString("base64url");
  return tokenOf(challenge ?? (await database.transaction(() => ensureChallenge(proposed))), secret);
}

/** Resolves to "used" once an administrator exists, and otherwise to whether `token` creates the first one. */
export async function firstAdministratorLink(
  database: SqlDatabase,
  token: string,
  secret: string,
): Promise<"valid" | "used" | "invalid"> {
  const valid = await firstAdministratorToken(database, secret);
  if (valid === null) return "used";
  return equalInConstantTime(token, valid) ? "valid" : "invalid";
}

/** @throws FirstAdministratorRefusedError if an administrator exists, or the token is wrong */
export function checkFirstAdministratorToken(
  { hasAdministrator, challenge }: Administration,
  token: string,
  secret: string,
): void {
  if (hasAdministrator) throw new FirstAdministratorRefusedError("administrator-exists");
  if (challenge === null || !equalInConstantTime(token, tokenOf(challenge, secret))) {
    throw new FirstAdministratorRefusedError("wrong-token");
  }
}

function tokenOf(challenge: string, secret: string): string {
  return createHmac("sha256", secret).update(`first-administrator\n${challenge}`).digest("base64url");
}

/** Compares two texts in a time that does not depend on where they differ. */
function equalInConstantTime(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
