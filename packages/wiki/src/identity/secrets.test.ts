import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { InvalidSecretError } from "./errors.ts";
import { loadSecret, randomSecret } from "./secrets.ts";

const folder = mkdtempSync(join(tmpdir(), "palimpsest-secrets-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the first start makes a secret that only its user may read, and later starts find it", async () => {
  const dataDir = join(folder, "new", "data");
  const secret = await loadSecret(dataDir);
  expect(secret).toMatch(/^[\w-]{43}$/);
  expect(await loadSecret(dataDir)).toBe(secret);
  expect(readFileSync(join(dataDir, "secret"), "utf8").trim()).toBe(secret);
  expect(statSync(join(dataDir, "secret")).mode & 0o777).toBe(0o600);
});

test("starts at once agree on one secret and leave nothing else behind", async () => {
  const dataDir = join(folder, "race");
  const secrets = await Promise.all(Array.from({ length: 20 }, () => loadSecret(dataDir)));
  expect(new Set(secrets).size).toBe(1);
  expect(readdirSync(dataDir)).toEqual(["secret"]);
});

test("a configured secret is taken and nothing is written", async () => {
  const dataDir = join(folder, "configured");
  const configured = "x".repeat(32);
  expect(await loadSecret(dataDir, configured)).toBe(configured);
  expect(() => readdirSync(dataDir)).toThrow("ENOENT");
});

test("a secret that is too short is refused, wherever it comes from", async () => {
  for (const configured of ["", "x".repeat(31)]) {
    const refusal = loadSecret(folder, configured);
    await expect(refusal).rejects.toThrow(InvalidSecretError);
    await expect(refusal).rejects.toThrow(/PALIMPSEST_SECRET .* at least 32/);
  }
  writeFileSync(join(folder, "secret"), "short\n");
  await expect(loadSecret(folder)).rejects.toThrow(InvalidSecretError);
  expect(readFileSync(join(folder, "secret"), "utf8")).toBe("short\n");
});

test("a data folder that cannot be made is said to be the reason", async () => {
  writeFileSync(join(folder, "file"), "");
  await expect(loadSecret(join(folder, "file"))).rejects.toMatchObject({ code: "invalid-secret" });
});

test("a secret for a wiki that is not kept is new each time", () => {
  expect(randomSecret()).toHaveLength(43);
  expect(randomSecret()).not.toBe(randomSecret());
});
