// Runs before `npm pack` and `npm publish` in a package's folder. Builds the package, deletes output of deleted sources,
// and copies the documentation that ships with the package.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = process.cwd();

/** The pages of `docs/` that ship in each package, as folders or files. */
const DOCUMENTATION = {
  "@palimpsest/eventsourcing": ["library", "clock.md", "errors.md"],
  palimpsest: ["configuration.md", "command-line.md", "clock.md", "errors.md"],
};

const { name } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));

// `npm pack` reads the tarball's name from stdout.
const run = (script, ...args) =>
  execFileSync(process.execPath, [script, ...args], { cwd: root, stdio: ["ignore", 2, 2] });

removeStaleOutput();
run(join(root, "node_modules/typescript/bin/tsc"), "-b", folder);
const assets = join(folder, "scripts/build-assets.mjs");
if (existsSync(assets)) run(assets);
copyDocumentation();

function filesIn(path) {
  if (!existsSync(path)) return [];
  const entries = readdirSync(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

function removeStaleOutput() {
  const dist = join(folder, "dist");
  for (const file of filesIn(dist)) {
    const [, stem] = /^(.*?)(?:\.d\.ts|\.js)(?:\.map)?$/.exec(relative(dist, file)) ?? [];
    if (stem === undefined || stem.startsWith("assets")) continue;
    const source = join(folder, "src", stem);
    if (!existsSync(`${source}.ts`) && !existsSync(`${source}.tsx`)) rmSync(file);
  }
}

function copyDocumentation() {
  const from = join(root, "docs");
  const to = join(folder, "docs");
  rmSync(to, { recursive: true, force: true });
  const pages = (DOCUMENTATION[name] ?? [])
    .map((page) => join(from, page))
    .flatMap((page) => (page.endsWith(".md") ? [page] : filesIn(page)))
    // The API reference is generated; editors show the same doc comments.
    .filter((page) => !page.startsWith(join(from, "library/api")));
  for (const page of pages) {
    const copy = join(to, relative(from, page));
    mkdirSync(dirname(copy), { recursive: true });
    if (!page.endsWith(".md")) writeFileSync(copy, readFileSync(page));
    else writeFileSync(copy, withoutDeadLinks(page, readFileSync(page, "utf8"), pages));
  }
}

/** The text of a page in which links to files that do not ship are plain text. */
function withoutDeadLinks(page, text, pages) {
  return text.replace(/\[([^\]]*)\]\(([^)\s]+)\)/g, (link, label, target) => {
    if (/^(https?:|#)/.test(target)) return link;
    const [path] = target.split("#");
    return pages.includes(resolve(dirname(page), path))
      ? link
      : `${label} (${basename(path)} in the repository)`;
  });
}
