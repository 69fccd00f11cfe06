// Imports go one way: each layer may use those before it, and no file is in a cycle.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const library = join(root, "packages/eventsourcing/src");
const wiki = join(root, "packages/wiki/src");

/** From the left to the right; the layers of one line do not know each other. */
const LIBRARY_LAYERS = [
  ["errors.ts"],
  ["clone.ts", "uuid.ts", "context.ts", "auto-reset-event.ts", "yielding.ts", "warnings.ts"],
  ["difference.ts"],
  ["recorder"],
  ["events"],
  ["aggregates"],
  ["application"],
  ["projections"],
  ["process"],
  ["index.ts"],
  ["specification.ts"],
];
const BACKENDS = ["memory", "sqlite", "postgres"];
const BACKENDS_MAY_USE = [
  "errors.ts",
  "uuid.ts",
  "auto-reset-event.ts",
  "yielding.ts",
  "recorder",
  "projections",
];

const WIKI_LAYERS = [
  ["config.ts", "content"],
  ["domain"],
  ["projections"],
  ["application"],
  ["http"],
  ["identity", "drafts"],
  ["web", "api", "cli"],
  ["open-views.ts"],
  ["create-wiki.ts"],
  ["main.ts"],
];

function sourcesIn(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return sourcesIn(path);
    return /(?<!\.test|\.d)\.tsx?$/.test(name) ? [path] : [];
  });
}

/** The files that a file imports by a relative path, types too. */
function importsOf(file: string): string[] {
  const source = readFileSync(file, "utf8");
  const specifiers = source.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"(\.[^"]*)"/g);
  return [...specifiers].map(([, specifier = ""]) => resolve(dirname(file), specifier));
}

/** The first folder or the file of `path` below `base`. */
function partOf(base: string, path: string): string {
  return relative(base, path).split(/[\\/]/)[0] ?? "";
}

function violations(
  base: string,
  layers: readonly (readonly string[])[],
  free: readonly string[] = [],
): string[] {
  const layerOf = (part: string) => layers.findIndex((layer) => layer.includes(part));
  return sourcesIn(base).flatMap((file) => {
    const part = partOf(base, file);
    if (free.includes(part)) return [];
    const layer = layerOf(part);
    if (layer === -1) return [`${relative(root, file)} is in no layer`];
    return importsOf(file)
      .filter((imported) => {
        const target = partOf(base, imported);
        return target !== part && (layerOf(target) === -1 || layerOf(target) >= layer);
      })
      .map((imported) => `${relative(root, file)} imports ${relative(root, imported)}`);
  });
}

function cyclesIn(base: string): string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (file: string, trail: readonly string[]): void => {
    if (trail.includes(file)) {
      const cycle = [...trail.slice(trail.indexOf(file)), file];
      found.push(cycle.map((one) => relative(base, one)).join(" → "));
    } else if (!done.has(file)) {
      for (const imported of importsOf(file)) visit(imported, [...trail, file]);
      done.add(file);
    }
  };
  for (const file of sourcesIn(base)) visit(file, []);
  return found;
}

describe("the architecture", () => {
  it("has sources to look at", () => {
    expect(sourcesIn(library).length).toBeGreaterThan(20);
    expect(sourcesIn(wiki).length).toBeGreaterThan(40);
    expect(importsOf(join(wiki, "create-wiki.ts")).length).toBeGreaterThan(5);
  });

  it("lets the library's files import those before them only, and no backend", () => {
    expect(violations(library, LIBRARY_LAYERS, [...BACKENDS, "testing"])).toEqual([]);
  });

  it("lets a backend import the port and the errors, and no other backend", () => {
    const wrong = BACKENDS.flatMap((backend) =>
      sourcesIn(join(library, backend)).flatMap((file) =>
        importsOf(file)
          .filter((imported) => ![backend, ...BACKENDS_MAY_USE].includes(partOf(library, imported)))
          .map((imported) => `${relative(root, file)} imports ${relative(root, imported)}`),
      ),
    );
    expect(wrong).toEqual([]);
  });

  it("lets the wiki's folders import those before them only", () => {
    expect(violations(wiki, WIKI_LAYERS)).toEqual([]);
  });

  it("lets the wiki use the library by its public names alone", () => {
    const wrong = sourcesIn(wiki).filter((file) => importsOf(file).some((path) => !path.startsWith(wiki)));
    expect(wrong.map((file) => relative(root, file))).toEqual([]);
  });

  it("has no cycle", () => {
    expect(cyclesIn(library)).toEqual([]);
    expect(cyclesIn(wiki)).toEqual([]);
  });
});
