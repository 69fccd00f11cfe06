import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { InvalidSecretError } from "./errors.ts";
import { loadSecret, randomSecret } from "./secrets.ts";

const folder = mkdtempSync(join(tmpdir(), "palimpsest-secrets-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("creates a secret that only its user may read, and finds it again", async () => {
  const dataDir = join(folder, "new", "data");
  const secret = await loadSecret(dataDir);
  expect(secret).toMatch(/^[\w-]{43}$/);
  expect(await loadSecret(dataDir)).toBe(secret);
  expect(readFileSync(join(dataDir, "secret"), "utf8").trim()).toBe(secret);
  expect(statSync(join(dataDir, "secret")).mode & 0o777).toBe(0o600);
});

test("creates one secret and no other file for concurrent calls", async () => {
  const dataDir = join(folder, "race");
  const secrets = await Promise.all(Array.from({ length: 20 }, () => loadSecret(dataDir)));
  expect(new Set(secrets).size).toBe(1);
  expect(readdirSync(dataDir)).toEqual(["secret"]);
});

test("uses a configured secret and writes nothing", async () => {
  const dataDir = join(folder, "configured");
  const configured = "x".repeat(32);
  expect(await loadSecret(dataDir, configured)).toBe(configured);
  expect(() => readdirSync(dataDir)).toThrow("ENOENT");
});

test("rejects a secret that is too short", async () => {
  for (const configured of ["", "x".repeat(31)]) {
    const refusal = loadSecret(folder, configured);
    await expect(refusal).rejects.toThrow(InvalidSecretError);
    await expect(refusal).rejects.toThrow(/PALIMPSEST_SECRET .* at least 32/);
  }
  writeFileSync(join(folder, "secret"), "short\n");
  await expect(loadSecret(folder)).rejects.toThrow(InvalidSecretError);
  expect(readFileSync(join(folder, "secret"), "utf8")).toBe("short\n");
});

test("reports a data folder that cannot be created", async () => {
  writeFileSync(join(folder, "file"), "");
  await expect(loadSecret(join(folder, "file"))).rejects.toMatchObject({ code: "invalid-secret" });
});

test("generates a new random secret each time", () => {
  expect(randomSecret()).toHaveLength(43);
  expect(randomSecret()).not.toBe(randomSecret());
});
