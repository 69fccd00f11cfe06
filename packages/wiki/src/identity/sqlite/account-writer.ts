import { randomUUID } from "node:crypto";
import type { Database } from "better-sqlite3";
import { type AccountWriter, type Administration, CHALLENGE, NEVER } from "../account-writer.ts";
import { EmailTakenError } from "../errors.ts";
import type { Person } from "../person.ts";

/** Writes accounts by synchronous transactions: open across an `await` they would hold up the events of their file. */
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

  const administration = (): Administration => ({
    hasAdministrator: selectAdministrator.get() !== undefined,
    challenge: selectChallenge.get(CHALLENGE) ?? null,
  });
  const insert = connection.transaction(
    (account: Omit<Person, "id">, passwordHash: string, check?: (found: Administration) => void): Person => {
      check?.(administration());
      if (selectEmail.get(account.email) !== undefined) throw new EmailTakenError(account.email);
      if (account.role === "admin") deleteChallenge.run(CHALLENGE);
      const person = { id: randomUUID(), ...account };
      const now = new Date().toISOString();
      insertUser.run({ ...person, now });
      insertPassword.run({ id: person.id, accountId: randomUUID(), passwordHash, now });
      return person;
    },
  );
  const keepChallenge = connection.transaction((proposed: string): string => {
    const { challenge } = administration();
    if (challenge !== null) return challenge;
    const row = { id: randomUUID(), identifier: CHALLENGE, value: proposed, expiresAt: NEVER };
    insertChallenge.run({ ...row, now: new Date().toISOString() });
    return proposed;
  });

  return {
    insert: async (...account) => insert.immediate(...account),
    administration: async () => administration(),
    keepChallenge: async (proposed) => keepChallenge.immediate(proposed),
  };
}
