/** The types of columns, which differ between the databases. */
export interface ColumnTypes {
  readonly id: "text" | "uuid";
  readonly boolean: "integer" | "boolean";
  readonly time: "date" | "timestamptz";
}

// Wikis that used the plugin @better-auth/api-key 1.7.5 have a table of the same name with more columns, all of which
// may be null. `configId` and `updatedAt` are required there. The wiki sets neither `enabled` to false nor `expiresAt`,
// but respects both.
export const TOKEN_COLUMNS = `"id", "configId", "name", "referenceId", "key", "enabled", "expiresAt", "createdAt", "updatedAt"`;

/** The statements that create the table: `key` is the hash of the token, `referenceId` the id of its owner. */
export function createTokenTable(types: ColumnTypes): string {
  return `
    CREATE TABLE "apikey" (
      "id" ${types.id} NOT NULL PRIMARY KEY,
      "configId" text NOT NULL,
      "name" text,
      "referenceId" text NOT NULL,
      "key" text NOT NULL UNIQUE,
      "enabled" ${types.boolean},
      "expiresAt" ${types.time},
      "createdAt" ${types.time} NOT NULL,
      "updatedAt" ${types.time} NOT NULL
    );
    CREATE INDEX "apikey_referenceId_idx" ON "apikey" ("referenceId");`;
}
