import { randomUUID } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";
import type {} from "./global-setup.ts";

/** A name for a schema that nobody else uses, on the server that all test files share. */
export interface NewSchema {
  readonly url: string;
  readonly schema: string;
}

export function newSchema(): NewSchema {
  // Not a name that could do without its quotes.
  return { url: inject("postgresUrl"), schema: `A "test" ${randomUUID()}` };
}

/** Removes the schemas and what is in them; nobody may have them open. */
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
