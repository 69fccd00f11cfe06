import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const FOLDER = fileURLToPath(new URL("./peers/", import.meta.url));
// npm writes it last, so that half an installation is not taken for a whole one.
const INSTALLED = join(FOLDER, "node_modules", ".package-lock.json");

/** Imports a package of `bench/peers`, all of which are installed there when the first one is asked for. */
export async function importPeer<Module>(name: string): Promise<Module> {
  if (!existsSync(INSTALLED)) install();
  const path = createRequire(join(FOLDER, "package.json")).resolve(name);
  return (await import(pathToFileURL(path).href)) as Module;
}

function install(): void {
  console.log(
    "Installing what is measured beside Palimpsest into bench/peers; sqlite3 may take two minutes …",
  );
  const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: FOLDER, stdio: "inherit" });
  if (status === 0) return;
  throw new Error(
    `npm could not install bench/peers. Its package sqlite3 is compiled where no binary of it can be fetched,
which needs Python and a compiler for C++. Then: npm ci --prefix bench/peers`,
  );
}
