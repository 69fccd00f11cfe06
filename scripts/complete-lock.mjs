// Adds to package-lock.json the packages for other platforms that `npm install` left out, as it does with those that
// the registry in use does not have. Without them `npm ci` refuses the lock. Run it after changing a dependency.
import { readFileSync, writeFileSync } from "node:fs";

const file = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(file, "utf8"));
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
    const place = `node_modules/${name}`;
    if (lock.packages[place] !== undefined || !/^\d+\.\d+\.\d+/.test(version)) continue;
    const platform = name.split("/").at(-1).split("-");
    const system = platform.find((part) => systems.includes(part));
    if (system === undefined) continue;
    const processor = platform[platform.indexOf(system) + 1];
    const libc = platform.includes("musl")
      ? { libc: ["musl"] }
      : platform.includes("gnu") && system === "linux"
        ? { libc: ["glibc"] }
        : {};
    lock.packages[place] = {
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
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added.length} added`);
