import { randomUUID } from "node:crypto";
import type { ClientBase } from "pg";
import { type AccountWriter, type Administration, CHALLENGE, NEVER } from "../account-writer.ts";
import { EmailTakenError } from "../errors.ts";
import type { Connections } from "./connections.ts";

const SELECT_ADMINISTRATION = `
  SELECT EXISTS (SELECT FROM "user" WHERE "role" = 'admin'),
         (SELECT "value" FROM "verification" WHERE "identifier" = '${CHALLENGE}')`;

type AdministrationRow = [hasAdministrator: boolean, challenge: string | null];

/** Writes accounts one after another, by an advisory lock: they are few, and each depends on those before it. */
export function accountWriter(connections: Connections, lockKey: string): AccountWriter {
  const alone = <Result>(work: (client: ClientBase) => Promise<Result>): Promise<Result> =>
    connections.transaction(async (client) => {
      await client.query("SELECT pg_advisory_xact_lock($1::bigint)", [lockKey]);
      return work(client);
    });
  return {
    insert: (account, passwordHash, check) =>
      alone(async (client) => {
        check?.(await administrationSeenBy(client));
        const { rowCount } = await client.query(`SELECT FROM "user" WHERE "email" = $1`, [account.email]);
        if (rowCount !== 0) throw new EmailTakenError(account.email);
        if (account.role === "admin")
          await client.query(`DELETE FROM "verification" WHERE "identifier" = $1`, [CHALLENGE]);
        const person = { id: randomUUID(), ...account };
        await client.query(
          `INSERT INTO "user" ("id", "name", "email", "emailVerified", "role", "createdAt", "updatedAt")
           VALUES ($1, $2, $3, false, $4, now(), now())`,
          [person.id, person.name, person.email, person.role],
        );
        await client.query(
          `INSERT INTO "account" ("id", "accountId", "providerId", "userId", "password", "createdAt", "updatedAt")
           VALUES ($1, $2::uuid::text, 'credential', $2::uuid, $3, now(), now())`,
          [randomUUID(), person.id, passwordHash],
        );
        return person;
      }),
    administration: async () =>
      administrationOf(await connections.query<AdministrationRow>(SELECT_ADMINISTRATION)),
    keepChallenge: (proposed) =>
      alone(async (client) => {
        const { challenge } = await administrationSeenBy(client);
        if (challenge !== null) return challenge;
        await client.query(
          `INSERT INTO "verification" ("id", "identifier", "value", "expiresAt", "createdAt", "updatedAt")
           VALUES ($1, $2, $3, $4, now(), now())`,
          [randomUUID(), CHALLENGE, proposed, NEVER],
        );
        return proposed;
      }),
  };
}

async function administrationSeenBy(client: ClientBase): Promise<Administration> {
  const { rows } = await client.query<AdministrationRow>({ text: SELECT_ADMINISTRATION, rowMode: "array" });
  return administrationOf(rows);
}

function administrationOf([row]: readonly AdministrationRow[]): Administration {
  return { hasAdministrator: row?.[0] === true, challenge: row?.[1] ?? null };
}
