import { randomBytes } from "node:crypto";
import { link, mkdir, open, readFile, unlink } from "node:fs/promises";
import { join } from "node:path";
import { InvalidSecretError } from "./errors.ts";

const SECRET_MIN_LENGTH = 32;

/** A secret for a wiki that is not kept: 32 random bytes as text. */
export function randomSecret(): string {
  return randomBytes(32).toString("base64url");
}

/**
 * The secret that signs cookies and tokens: `configured` if it is given, otherwise the one in the file
 * `secret` in `dataDir`, which the first start makes. Processes that start at once get the same one.
 *
 * @throws InvalidSecretError when the secret is shorter than 32 characters, or its file cannot be used
 */
export async function loadSecret(dataDir: string, configured?: string): Promise<string> {
  if (configured !== undefined) return checked(configured, "PALIMPSEST_SECRET");
  const path = join(dataDir, "secret");
  try {
    return checked((await readIfThere(path)) ?? (await makeSecret(dataDir, path)), path);
  } catch (error) {
    if (error instanceof InvalidSecretError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new InvalidSecretError(path, `${why}. Set PALIMPSEST_SECRET instead, or mend the file.`, error);
  }
}

function checked(secret: string, source: string): string {
  if (secret.length < SECRET_MIN_LENGTH) {
    throw new InvalidSecretError(
      source,
      `it has ${secret.length} characters and needs at least ${SECRET_MIN_LENGTH}.`,
    );
  }
  return secret;
}

/** Writes a whole file aside and links it into place: nobody sees half a secret, and the first one stays. */
async function makeSecret(dataDir: string, path: string): Promise<string> {
  await mkdir(dataDir, { recursive: true });
  const aside = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    const file = await open(aside, "wx", 0o600);
    try {
      await file.writeFile(`${randomSecret()}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await link(aside, path).catch((error: unknown) => {
      if (!hasCode(error, "EEXIST")) throw error;
    });
  } finally {
    await unlink(aside).catch(() => {});
  }
  return (await readFile(path, "utf8")).trim();
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
