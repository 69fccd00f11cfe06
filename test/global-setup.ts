import { execFile } from "node:child_process";
import { chmod, mkdtemp, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";
import { startPostgres } from "./postgres-server.ts";
import { programsFolder } from "./programs-folder.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** URL of the PostgreSQL server that all test files share. */
    readonly postgresUrl: string;
  }
}

const buildAssets = fileURLToPath(new URL("../packages/wiki/scripts/build-assets.mjs", import.meta.url));

const MEMORY_FOLDER = "/dev/shm";
const MIN_MEMORY_BYTES = 4_000_000_000;

/**
 * Builds the web assets, and starts one PostgreSQL server for the whole run. Tests that stop a server start their own.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const removeFolder = await keepTemporaryFilesInMemory();
  const [server] = await Promise.all([
    startPostgres({ settings: { max_connections: "200" } }),
    promisify(execFile)(process.execPath, [buildAssets]),
  ]);
  project.provide("postgresUrl", server.url);
  return async () => {
    await server.stop();
    await removeFolder();
  };
}

/**
 * Moves temporary files to a folder in memory, where syncs cost nothing, unless `TMPDIR` is set or memory is scarce.
 * Resolves to a function that removes the folder.
 */
async function keepTemporaryFilesInMemory(): Promise<() => Promise<void>> {
  const space = await statfs(MEMORY_FOLDER).catch(() => undefined);
  const bytes = space === undefined ? 0 : space.bavail * space.bsize;
  if (process.env.TMPDIR !== undefined || bytes < MIN_MEMORY_BYTES) return async () => {};
  const folder = await mkdtemp(join(MEMORY_FOLDER, "palimpsest-tests-"));
  // The account that runs PostgreSQL must reach its data.
  await chmod(folder, 0o755);
  process.env.PALIMPSEST_TEST_PROGRAMS = programsFolder();
  process.env.TMPDIR = folder;
  return () => rm(folder, { recursive: true, force: true });
}
