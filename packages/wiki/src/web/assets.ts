import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { addresses } from "./addresses.ts";

/** The folder of the built assets. The path is the same from the sources and the compiled files. */
export const assetFolder = fileURLToPath(new URL("../../dist/assets", import.meta.url));

let manifest: Readonly<Record<string, string>> | undefined;

/**
 * Returns the address of an asset such as "styles.css". It contains a hash of the content, so browsers may cache it
 * for ever.
 * @throws Error if the assets are not built or none has this name
 */
export function assetHref(name: string): string {
  return addresses.asset(assetFile(name));
}

/** Returns the file name of an asset. The manifest is read once per process. @throws like `assetHref` */
export function assetFile(name: string): string {
  manifest ??= readManifest();
  const file = manifest[name];
  if (file === undefined) throw new Error(`Asset "${name}" does not exist in ${assetFolder}.`);
  return file;
}

function readManifest(): Record<string, string> {
  try {
    return JSON.parse(readFileSync(`${assetFolder}/manifest.json`, "utf8"));
  } catch (cause) {
    throw new Error(`${assetFolder}/manifest.json cannot be read: run "npm run build" first.`, { cause });
  }
}
