import { randomBytes } from "node:crypto";
import { link, mkdir, open, readFile, unlink } from "node:fs/promises";
import { join } from "node:path";
import { InvalidSecretError } from "./errors.ts";

const SECRET_MIN_LENGTH = 32;

/** Returns 32 random bytes in base64url, for example for a wiki in memory. */
export function randomSecret(): string {
  return randomBytes(32).toString("base64url");
}

/**
 * Resolves to the secret that signs cookies and the first administrator's link: `configured`, or else the content of the
 * file `secret` in `dataDir`, which is created if needed. Concurrent processes get the same secret.
 * @throws InvalidSecretError if the secret is shorter than 32 characters, or its file cannot be read or created
 */
export async function loadSecret(dataDir: string, configured?: string): Promise<string> {
  if (configured !== undefined) return checked(configured, "PALIMPSEST_SECRET");
  const path = join(dataDir, "secret");
  try {
    return checked((await readIfExists(path)) ?? (await createSecret(dataDir, path)), path);
  } catch (error) {
    if (error instanceof InvalidSecretError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new InvalidSecretError(path, `${why}. Set PALIMPSEST_SECRET instead, or fix the file.`, error);
  }
}

function checked(secret: string, source: string): string {
  if (secret.length < SECRET_MIN_LENGTH) {
    throw new InvalidSecretError(
      source,
      `it is ${secret.length} characters long; at least ${SECRET_MIN_LENGTH} are needed.`,
    );
  }
  return secret;
}

/** Writes a temporary file and links it, so that no process reads a partial secret or replaces an existing one. */
async function createSecret(dataDir: string, path: string): Promise<string> {
  await mkdir(dataDir, { recursive: true });
  const temporary = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(`${randomSecret()}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await link(temporary, path).catch((error: unknown) => {
      if (!hasCode(error, "EEXIST")) throw error;
    });
  } finally {
    await unlink(temporary).catch(() => {});
  }
  return (await readFile(path, "utf8")).trim();
}

async function readIfExists(path: string): Promise<string | undefined> {
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
