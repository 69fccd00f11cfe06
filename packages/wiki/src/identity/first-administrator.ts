import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { AccountWriter, Administration } from "./account-writer.ts";
import { FirstAdministratorRefusedError } from "./errors.ts";

// A random challenge is stored while there is no administrator, and the token is its signature: the database
// alone does not give the token away, and every process and every restart shows the same link.

/** The token, made at the first call; null once there is an administrator. */
export async function firstAdministratorToken(writer: AccountWriter, secret: string): Promise<string | null> {
  const { hasAdministrator, challenge } = await writer.administration();
  if (hasAdministrator) return null;
  return tokenOf(challenge ?? (await writer.keepChallenge(randomBytes(24).toString("base64url"))), secret);
}

/** Resolves to "used" once there is an administrator, and else to whether `token` is the one that makes them. */
export async function firstAdministratorLink(
  writer: AccountWriter,
  token: string,
  secret: string,
): Promise<"valid" | "used" | "invalid"> {
  const valid = await firstAdministratorToken(writer, secret);
  if (valid === null) return "used";
  return equalInConstantTime(token, valid) ? "valid" : "invalid";
}

/** @throws FirstAdministratorRefusedError when there is an administrator, or the token is not the one */
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
