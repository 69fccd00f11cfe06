import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const FOLDER = fileURLToPath(new URL("./peers/", import.meta.url));
// npm writes this file last, so it marks a complete installation.
const INSTALLED = join(FOLDER, "node_modules", ".package-lock.json");

/** Imports a package of `bench/peers`. The first call installs them all. */
export async function importPeer<Module>(name: string): Promise<Module> {
  return (await import(pathToFileURL(pathOfPeer(name)).href)) as Module;
}

/** Returns the path of a module of `bench/peers`. The first call installs them all. */
export function pathOfPeer(name: string): string {
  if (!existsSync(INSTALLED)) install();
  return createRequire(join(FOLDER, "package.json")).resolve(name);
}

function install(): void {
  console.log("Installing the libraries to compare with into bench/peers. sqlite3 may take two minutes.");
  const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: FOLDER, stdio: "inherit" });
  if (status === 0) return;
  throw new Error(
    "npm could not install bench/peers. If no binary of its package sqlite3 can be fetched, install Python and a C++ compiler and run: npm ci --prefix bench/peers",
  );
}
