import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";
import { startPostgres } from "./postgres-server.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** URL of the PostgreSQL server that all test files share. */
    readonly postgresUrl: string;
  }
}

const buildAssets = fileURLToPath(new URL("../packages/wiki/scripts/build-assets.mjs", import.meta.url));

/**
 * Builds the web assets, and starts one PostgreSQL server for the whole run. Tests that stop a server start their own.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [server] = await Promise.all([
    startPostgres({ settings: { max_connections: "200" } }),
    promisify(execFile)(process.execPath, [buildAssets]),
  ]);
  project.provide("postgresUrl", server.url);
  return () => server.stop();
}
