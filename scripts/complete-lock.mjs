// Completes package-lock.json. Run it after changing a dependency. It
// - removes optional peers that are tools for development, such as vitest, which better-auth names. `npm ci --omit=dev`
//   would install them, because the lock has them;
// - adds packages for other platforms. `npm install` omits those that the registry in use does not have, and `npm ci`
//   then refuses the lock.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const file = new URL("../package-lock.json", import.meta.url);
const read = () => JSON.parse(readFileSync(file, "utf8"));
const write = (lock) => writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);

let lock = read();
const workspaces = Object.entries(lock.packages).filter(([path]) => /^packages\/[^/]+$/.test(path));
const used = new Set(workspaces.flatMap(([, { dependencies = {} }]) => Object.keys(dependencies)));
const tools = Object.keys(lock.packages[""].devDependencies).filter((name) => !used.has(name));
let removed = 0;
for (const [path, { dev, devOptional, peerDependencies, peerDependenciesMeta = {} }] of Object.entries(
  lock.packages,
)) {
  if (!path.includes("node_modules/") || dev || devOptional) continue;
  for (const tool of tools.filter((name) => peerDependenciesMeta[name]?.optional)) {
    delete peerDependencies[tool];
    delete peerDependenciesMeta[tool];
    removed += 1;
  }
}
if (removed > 0) {
  write(lock);
  // npm then updates the marks of packages that are for development only.
  const cwd = fileURLToPath(new URL("..", import.meta.url));
  execFileSync("npm", ["install", "--package-lock-only", "--ignore-scripts"], {
    cwd,
    shell: process.platform === "win32",
  });
  lock = read();
}

const systems = [
  "aix",
  "android",
  "darwin",
  "freebsd",
  "linux",
  "netbsd",
  "openbsd",
  "openharmony",
  "sunos",
  "win32",
];
const added = [];

for (const [path, { optionalDependencies = {}, dev }] of Object.entries(lock.packages)) {
  if (!path.startsWith("node_modules/")) continue;
  for (const [name, version] of Object.entries(optionalDependencies)) {
    const installPath = `node_modules/${name}`;
    if (lock.packages[installPath] !== undefined || !/^\d+\.\d+\.\d+/.test(version)) continue;
    const platform = name.split("/").at(-1).split("-");
    const system = platform.find((part) => systems.includes(part));
    if (system === undefined) continue;
    const processor = platform[platform.indexOf(system) + 1];
    const libc = platform.includes("musl")
      ? { libc: ["musl"] }
      : platform.includes("gnu") && system === "linux"
        ? { libc: ["glibc"] }
        : {};
    lock.packages[installPath] = {
      version,
      cpu: [processor],
      ...(dev ? { dev } : {}),
      ...libc,
      optional: true,
      os: [system],
    };
    added.push(name);
  }
}

const [root, ...others] = Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1));
lock.packages = Object.fromEntries([root, ...others]);
write(lock);
console.log(`${removed} optional peers removed, ${added.length} packages added`);
