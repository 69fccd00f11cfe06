import { randomBytes, randomUUID } from "node:crypto";
import { ROLES, type Role } from "../application/policy.ts";
import type { SqlDatabase, SqlRow, Transaction } from "../database/sql-database.ts";
import { INVITATION_TABLE } from "./account-tables.ts";
import { InvitationInvalidError } from "./errors.ts";
import { tokenHashOf } from "./tokens.ts";

export interface Invitation {
  readonly role: Role;
  readonly expiresAt: Date;
}

/** How long an invitation can be accepted. */
const INVITATION_DAYS = 7;
const INVITATION_MS = INVITATION_DAYS * 24 * 60 * 60 * 1000;
const SECRET_BYTES = 24;

const INSERT = `
  INSERT INTO "${INVITATION_TABLE}" ("id", "secretHash", "role", "createdBy", "createdAt", "expiresAt")
  VALUES ($1, $2, $3, $4, $5, $6)`;
const VALID = `"secretHash" = $1 AND "expiresAt" > $2`;
const SELECT = `SELECT "role", "expiresAt" FROM "${INVITATION_TABLE}" WHERE ${VALID}`;
const ACCEPT = `DELETE FROM "${INVITATION_TABLE}" WHERE ${VALID} RETURNING "role"`;
const DELETE_EXPIRED = `DELETE FROM "${INVITATION_TABLE}" WHERE "expiresAt" <= $1`;

/** Stores an invitation with the hash of its secret, which only the result contains. */
export async function createInvitation(
  database: SqlDatabase,
  role: Role,
  createdBy: string,
): Promise<{ readonly secret: string; readonly expiresAt: Date }> {
  const now = new Date();
  const expiresAt = new Date(now.getTime() + INVITATION_MS);
  const secret = randomBytes(SECRET_BYTES).toString("base64url");
  await database.query(DELETE_EXPIRED, [now.toISOString()]);
  const times = [now.toISOString(), expiresAt.toISOString()];
  await database.query(INSERT, [randomUUID(), tokenHashOf(secret), role, createdBy, ...times]);
  return { secret, expiresAt };
}

/** Resolves to the invitation with this secret; null if it was accepted, has expired or never existed. */
export async function findInvitation(database: SqlDatabase, secret: string): Promise<Invitation | null> {
  const [row] = await database.query<SqlRow>(SELECT, [tokenHashOf(secret), new Date().toISOString()]);
  return row === undefined
    ? null
    : { role: roleIn(row), expiresAt: new Date(row.expiresAt as Date | string) };
}

/** Removes the invitation and returns its role. @throws InvitationInvalidError */
export function* acceptInvitation(secret: string): Transaction<Role> {
  const [row] = yield [ACCEPT, [tokenHashOf(secret), new Date().toISOString()]];
  if (row === undefined) throw new InvitationInvalidError();
  return roleIn(row);
}

function roleIn({ role }: SqlRow): Role {
  const found = ROLES.find((one) => one === role);
  if (found === undefined) throw new InvitationInvalidError();
  return found;
}
