import { randomUUID } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";
import type {} from "./global-setup.ts";

/** The name of an unused schema on the server that all test files share. */
export interface NewSchema {
  readonly url: string;
  readonly schema: string;
}

export function newSchema(): NewSchema {
  // A name that is valid only in quotes.
  return { url: inject("postgresUrl"), schema: `A "test" ${randomUUID()}` };
}

/** Removes the schemas and their content. No connection may use them. */
export async function dropSchemas(schemas: readonly NewSchema[]): Promise<void> {
  const [first] = schemas;
  if (first === undefined) return;
  const client = new pg.Client({ connectionString: first.url });
  await client.connect();
  try {
    for (const { schema } of schemas)
      await client.query(`DROP SCHEMA IF EXISTS ${pg.escapeIdentifier(schema)} CASCADE`);
  } finally {
    await client.end();
  }
}
