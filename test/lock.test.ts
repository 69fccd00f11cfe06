// What `npm ci` does with package-lock.json.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

interface Package {
  readonly dev?: boolean;
  readonly resolved?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const text = readFileSync(new URL("../package-lock.json", import.meta.url), "utf8");
const { packages } = JSON.parse(text) as { packages: Readonly<Record<string, Package>> };

describe("package-lock.json", () => {
  it("names no registry", () => {
    const resolved = Object.entries(packages).filter(([, { resolved = "" }]) => /^[a-z]+:/.test(resolved));
    expect(resolved).toEqual([]);
  });

  it("marks the tools for development, so that `npm ci --omit=dev` leaves them out", () => {
    const used = new Set(
      Object.entries(packages)
        .filter(([path]) => /^packages\/[^/]+$/.test(path))
        .flatMap(([, { dependencies = {} }]) => Object.keys(dependencies)),
    );
    const tools = Object.keys(packages[""]?.devDependencies ?? {}).filter((name) => !used.has(name));
    expect(tools).toContain("vitest");
    const installed = [...tools, "rollup"].filter((name) => !packages[`node_modules/${name}`]?.dev);
    expect(installed, "run node scripts/complete-lock.mjs").toEqual([]);
  });
});
