import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { addresses } from "./addresses.ts";

/** The folder of the built assets, the same seen from the sources and from the compiled files. */
export const assetFolder = fileURLToPath(new URL("../../dist/assets", import.meta.url));

let manifest: Readonly<Record<string, string>> | undefined;

/**
 * The address of the asset `name` ("styles.css"), with the hash of its content in it: it may be cached
 * for ever. The manifest is read once per process.
 * @throws Error — the assets were not built, or there is none of that name.
 */
export function assetHref(name: string): string {
  manifest ??= readManifest();
  const file = manifest[name];
  if (file === undefined) throw new Error(`There is no asset "${name}" in ${assetFolder}`);
  return addresses.asset(file);
}

function readManifest(): Record<string, string> {
  try {
    return JSON.parse(readFileSync(`${assetFolder}/manifest.json`, "utf8"));
  } catch (cause) {
    throw new Error(`The assets are not built: run "npm run build". Looked in ${assetFolder}`, { cause });
  }
}
