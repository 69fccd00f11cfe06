import type { SqlDatabase } from "../database/sql-database.ts";
import { type ExpiringPerson, expiringPersonOf, type UserRow } from "./accounts.ts";

const SELECT_OWNER = `
  SELECT "user"."id", "user"."name", "user"."email", "user"."role", "session"."expiresAt"
  FROM "session" JOIN "user" ON "user"."id" = "session"."userId"
  WHERE "session"."token" = $1`;
const DELETE = `DELETE FROM "session" WHERE "token" = $1`;
const DELETE_EXPIRED = `DELETE FROM "session" WHERE "userId" = $1 AND "expiresAt" < $2`;

/** Resolves to the owner of a session, which may have expired; undefined if there is no such session. */
export async function ownerOfSession(
  database: SqlDatabase,
  token: string,
): Promise<ExpiringPerson | undefined> {
  const [row] = await database.query<UserRow>(SELECT_OWNER, [token]);
  return row && expiringPersonOf(row);
}

export async function endSession(database: SqlDatabase, token: string): Promise<void> {
  await database.query(DELETE, [token]);
}

export async function deleteExpiredSessions(database: SqlDatabase, personId: string): Promise<void> {
  await database.query(DELETE_EXPIRED, [personId, new Date().toISOString()]);
}
