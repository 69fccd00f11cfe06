// Imports go one way: a layer imports only the layers before it, and neither files nor folders form a cycle.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const library = join(root, "packages/eventsourcing/src");
const wiki = join(root, "packages/wiki/src");

/** Lowest layer first. Parts of one layer do not import each other. */
const LIBRARY_LAYERS = [
  ["errors.ts"],
  [
    "clone.ts",
    "uuid.ts",
    "context.ts",
    "auto-reset-event.ts",
    "keyed-mutex.ts",
    "yielding.ts",
    "warnings.ts",
  ],
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
  ["workers"],
  ["domain"],
  ["projections"],
  ["application"],
  ["http", "database", "import"],
  ["identity", "drafts", "files", "export"],
  ["web", "api", "cli"],
  ["processes", "open-content.ts"],
  ["open-views.ts"],
  ["create-wiki.ts", "projection-program.ts", "page-reader-program.ts"],
  ["serve-wiki.ts"],
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

function isIn(folder: string, path: string): boolean {
  return path.startsWith(folder + sep);
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

/**
 * The import cycles between the entries of each folder. An entry is a file, or a subfolder with everything in it. So a
 * cycle between files is found in the lowest folder that contains all of them.
 */
function cyclesIn(folder: string): string[] {
  const graph = new Map<string, Set<string>>();
  for (const file of sourcesIn(folder)) {
    const entry = partOf(folder, file);
    const targets = graph.get(entry) ?? new Set();
    graph.set(entry, targets);
    for (const imported of importsOf(file)) {
      const target = partOf(folder, imported);
      if (target !== entry && target !== "..") targets.add(target);
    }
  }
  const own = cyclesOf(graph).map((cycle) => `${relative(root, folder)}: ${cycle.join(" → ")}`);
  return [...own, ...foldersIn(folder).flatMap(cyclesIn)];
}

/** One cycle through each edge that closes one in a depth-first search; none if the graph is acyclic. */
function cyclesOf(graph: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const done = new Set<string>();
  const found: string[][] = [];
  const visit = (node: string, trail: readonly string[]): void => {
    if (trail.includes(node)) {
      found.push([...trail.slice(trail.indexOf(node)), node]);
    } else if (!done.has(node)) {
      for (const target of graph.get(node) ?? []) visit(target, [...trail, node]);
      done.add(node);
    }
  };
  for (const node of graph.keys()) visit(node, []);
  return found;
}

function foldersIn(folder: string): string[] {
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isDirectory());
}

/** The folders of the wiki's web interface that have routes of their own; the other folders are shared by them. */
function featuresOfWeb(): string[] {
  return foldersIn(join(wiki, "web")).filter((folder) =>
    readdirSync(folder).some((name) => name.endsWith("-routes.ts")),
  );
}

describe("the architecture", () => {
  it("finds sources and their imports", () => {
    expect(sourcesIn(library).length).toBeGreaterThan(20);
    expect(sourcesIn(wiki).length).toBeGreaterThan(40);
    expect(importsOf(join(wiki, "create-wiki.ts")).length).toBeGreaterThan(5);
  });

  it("lets each layer of the library import earlier layers only, and no backend", () => {
    expect(violations(library, LIBRARY_LAYERS, [...BACKENDS, "testing"])).toEqual([]);
  });

  it("lets a backend import the ports and the errors, and no other backend", () => {
    const wrong = BACKENDS.flatMap((backend) =>
      sourcesIn(join(library, backend)).flatMap((file) =>
        importsOf(file)
          .filter((imported) => ![backend, ...BACKENDS_MAY_USE].includes(partOf(library, imported)))
          .map((imported) => `${relative(root, file)} imports ${relative(root, imported)}`),
      ),
    );
    expect(wrong).toEqual([]);
  });

  it("lets each layer of the wiki import earlier layers only", () => {
    expect(violations(wiki, WIKI_LAYERS)).toEqual([]);
  });

  it("lets the wiki import only the public names of the library", () => {
    const wrong = sourcesIn(wiki).filter((file) => importsOf(file).some((path) => !path.startsWith(wiki)));
    expect(wrong.map((file) => relative(root, file))).toEqual([]);
  });

  it("lets a feature of the web interface import shared folders and no other feature", () => {
    const features = featuresOfWeb();
    expect(features.length).toBeGreaterThan(5);
    const wrong = features.flatMap((feature) =>
      sourcesIn(feature).flatMap((file) =>
        importsOf(file)
          .filter((imported) => features.some((other) => other !== feature && isIn(other, imported)))
          .map((imported) => `${relative(root, file)} imports ${relative(root, imported)}`),
      ),
    );
    expect(wrong).toEqual([]);
  });

  it("has no import cycle between files or folders", () => {
    expect([...cyclesIn(library), ...cyclesIn(wiki)]).toEqual([]);
  });
});
