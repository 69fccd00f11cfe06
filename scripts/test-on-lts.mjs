// Runs the tests on the current LTS version of Node, in a copy of the repository with its own node_modules. Arguments
// go to vitest: `npm run test:lts -- packages/wiki/src/content`. Needs the registry, and a C++ compiler where
// better-sqlite3 has no prebuilt binary to download. `--keep` keeps the copy, whose folder the first line names.
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const LTS = "24";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const keep = process.argv.includes("--keep");
const filters = process.argv.slice(2).filter((argument) => argument !== "--keep");
const work = mkdtempSync(join(tmpdir(), "palimpsest-lts-"));
console.log(`Testing in ${work}`);

const environment = { ...process.env };
for (const name of Object.keys(environment))
  if (/^(npm_|NODE_OPTIONS$|PALIMPSEST_)/.test(name)) delete environment[name];

/** Installs Node from npm and returns the folder that has `bin/node`, and the headers in `include`. */
function installNode() {
  const folder = join(work, "node");
  mkdirSync(folder);
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ private: true, allowScripts: { node: true } }),
  );
  execFileSync("npm", ["install", `node@${LTS}`, "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: folder,
    env: environment,
    stdio: "inherit",
  });
  // The package `node` installs the one of the platform inside itself.
  const inner = join(folder, "node_modules/node/node_modules");
  const platform = readdirSync(inner).find((name) => existsSync(join(inner, name, "bin/node")));
  if (platform === undefined) throw new Error(`${inner} has no package with bin/node.`);
  return join(inner, platform);
}

/** Copies the files that git tracks or would add. */
function copyRepository(target) {
  const list = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
  });
  for (const path of list.split("\0"))
    if (path !== "" && existsSync(join(root, path))) cpSync(join(root, path), join(target, path));
}

let status = 1;
try {
  const node = installNode();
  environment.PATH = `${join(node, "bin")}${delimiter}${environment.PATH}`;
  // node-gyp then compiles with these headers instead of downloading them.
  environment.npm_config_nodedir = node;
  const release = "process.version + ' ' + process.release.lts";
  const version = execFileSync("node", ["--print", release], { env: environment, encoding: "utf8" }).trim();
  if (version.endsWith("undefined")) throw new Error(`Node ${version} is not an LTS version.`);
  console.log(`Node ${version}`);
  const copy = join(work, "repository");
  copyRepository(copy);
  const run = spawnSync("npm", ["test", "--silent", "--", ...filters], {
    cwd: copy,
    env: environment,
    stdio: "inherit",
  });
  status = run.status ?? 1;
} finally {
  if (!keep) rmSync(work, { recursive: true, force: true });
}
process.exitCode = status;
