import { randomUUID } from "node:crypto";
import type { Database } from "better-sqlite3";
import { EmailTakenError } from "./errors.ts";
import type { Person } from "./person.ts";

/** The row that is there while the wiki waits for its first administrator; its value is a random challenge. */
const CHALLENGE = "first-administrator";
/** better-auth's table wants a date; the challenge ends with its use and not before. */
const NEVER = "9999-12-31T00:00:00.000Z";

/**
 * The writes that must happen whole or not at all, on the tables of better-auth. Its own functions make a
 * person and their password in two steps, or hold the write lock of the events while they hash; these are
 * synchronous transactions, short, and never open across an `await`.
 */
export interface AccountWriter {
  /**
   * Stores a person with the hash of their password. `check` runs first, inside the transaction. A new
   * administrator, made in whatever way, ends the challenge for the first one.
   * @throws EmailTakenError, and what `check` throws — nothing is stored
   */
  insert(account: Omit<Person, "id">, passwordHash: string, check?: () => void): Person;
  /** Whether there is an administrator. */
  hasAdministrator(): boolean;
  /** The challenge, or null while none was made. */
  findChallenge(): string | null;
  /** The challenge; `proposed` becomes it if there is none yet. */
  keepChallenge(proposed: string): string;
}

export function accountWriter(connection: Database): AccountWriter {
  const insertUser = connection.prepare<Record<string, string>>(
    `INSERT INTO "user" ("id", "name", "email", "emailVerified", "role", "createdAt", "updatedAt")
     VALUES (@id, @name, @email, 0, @role, @now, @now)`,
  );
  const insertPassword = connection.prepare<Record<string, string>>(
    `INSERT INTO "account" ("id", "accountId", "providerId", "userId", "password", "createdAt", "updatedAt")
     VALUES (@accountId, @id, 'credential', @id, @passwordHash, @now, @now)`,
  );
  const selectEmail = connection.prepare<[string]>(`SELECT 1 FROM "user" WHERE "email" = ?`);
  const selectAdministrator = connection.prepare(`SELECT 1 FROM "user" WHERE "role" = 'admin' LIMIT 1`);
  const selectChallenge = connection
    .prepare<[string], string>(`SELECT "value" FROM "verification" WHERE "identifier" = ?`)
    .pluck();
  const insertChallenge = connection.prepare<Record<string, string>>(
    `INSERT INTO "verification" ("id", "identifier", "value", "expiresAt", "createdAt", "updatedAt")
     VALUES (@id, @identifier, @value, @expiresAt, @now, @now)`,
  );
  const deleteChallenge = connection.prepare<[string]>(`DELETE FROM "verification" WHERE "identifier" = ?`);

  const insert = connection.transaction(
    (account: Omit<Person, "id">, passwordHash: string, check?: () => void): Person => {
      check?.();
      if (selectEmail.get(account.email) !== undefined) throw new EmailTakenError(account.email);
      if (account.role === "admin") deleteChallenge.run(CHALLENGE);
      const person = { id: randomUUID(), ...account };
      const now = new Date().toISOString();
      insertUser.run({ ...person, now });
      insertPassword.run({ id: person.id, accountId: randomUUID(), passwordHash, now });
      return person;
    },
  );
  const findChallenge = () => selectChallenge.get(CHALLENGE) ?? null;
  const keepChallenge = connection.transaction((proposed: string): string => {
    const kept = findChallenge();
    if (kept !== null) return kept;
    const row = { id: randomUUID(), identifier: CHALLENGE, value: proposed, expiresAt: NEVER };
    insertChallenge.run({ ...row, now: new Date().toISOString() });
    return proposed;
  });

  return {
    insert: insert.immediate,
    hasAdministrator: () => selectAdministrator.get() !== undefined,
    findChallenge,
    keepChallenge: keepChallenge.immediate,
  };
}
