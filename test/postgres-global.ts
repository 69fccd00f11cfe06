import type { TestProject } from "vitest/node";
import { startPostgres } from "./postgres-server.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Of the PostgreSQL server that all test files share. */
    readonly postgresUrl: string;
  }
}

/** Starts one PostgreSQL server for the whole run; who needs to stop one has a server of its own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Nobody cuts its power.
  const settings = { fsync: "off", full_page_writes: "off", max_connections: "200" };
  const server = await startPostgres({ settings });
  project.provide("postgresUrl", server.url);
  return () => server.stop();
}
