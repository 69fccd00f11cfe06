import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

interface Package {
  readonly dev?: boolean;
  readonly engines?: { readonly node?: string };
  readonly resolved?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function lockAt(path: string): Readonly<Record<string, Package>> {
  return JSON.parse(readFileSync(new URL(`../${path}`, import.meta.url), "utf8")).packages;
}

const packages = lockAt("package-lock.json");
const OLDEST_NODE = "20.19.0";

/** Whether a range such as `^20.0.0 || >=22.0.0` contains a version. */
function admits(range: string, version: string): boolean {
  return range.split("||").some((alternative) =>
    alternative
      .replace(/(\D)\s+(?=\d)/g, "$1")
      .split(/\s+/)
      .filter((comparator) => comparator !== "")
      .every((comparator) => admitsOne(comparator, version)),
  );
}

function admitsOne(comparator: string, version: string): boolean {
  const [, operator = "", bound = ""] = /^([<>=^~]*)v?([\d.x*]+)$/.exec(comparator) ?? [];
  if (bound === "") throw new Error(`Cannot read the version range ${comparator}.`);
  const parts = bound.split(".").filter((part) => /^\d+$/.test(part));
  const padded = Array.from({ length: 3 }, (_, index) => parts[index] ?? "0").join(".");
  const order = version.localeCompare(padded, "en", { numeric: true });
  const fixed = operator === "^" ? 1 : operator === "~" ? Math.min(2, parts.length) : parts.length;
  const sameLine = parts.slice(0, fixed).every((part, index) => version.split(".")[index] === part);
  if (operator === ">=") return order >= 0;
  if (operator === ">") return order > 0 && !sameLine;
  if (operator === "<=") return order <= 0 || sameLine;
  if (operator === "<") return order < 0;
  return sameLine && order >= 0;
}

describe("package-lock.json", () => {
  it.each(["package-lock.json", "tools/api-reference/package-lock.json"])(
    "contains no registry host: %s",
    (path) => {
      const resolved = Object.entries(lockAt(path)).filter(([, { resolved = "" }]) =>
        /^[a-z]+:/.test(resolved),
      );
      expect(resolved).toEqual([]);
    },
  );

  it("marks tools for development, so that `npm ci --omit=dev` does not install them", () => {
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

  it("has only production packages that support the oldest supported Node", () => {
    const root = packages[""]?.engines?.node;
    expect(root).toBe(">=20.19");
    const unsupported = Object.entries(packages)
      .filter(([, { dev }]) => !dev)
      .filter(([, { engines }]) => !admits(engines?.node ?? "*", OLDEST_NODE))
      .map(([path, { engines }]) => `${path}: ${engines?.node}`);
    expect(unsupported).toEqual([]);
  });

  it.each([
    [">=20.19", true],
    ["^20.18.0 || >=22", true],
    ["^12.22.0 || ^14.17.0 || >= 16.0.0", true],
    ["20.x || 22.x", true],
    [">=18 <21", true],
    ["*", true],
    ["~20.19", true],
    [">= 20.19.1", false],
    [">=22", false],
    ["^18 || 22", false],
    [">=18 <20", false],
    [">20", false],
  ])("tests whether the range %s contains a version", (range, admitted) => {
    expect(admits(range, OLDEST_NODE)).toBe(admitted);
  });
});
