import { projection, type Statement } from "@palimpsest/eventsourcing";
import { Closed, Credited, Debited, Opened } from "../bank-accounts/account.ts";

/** The balances of open accounts. Amounts are added up, so an event that is processed twice would show. */
export const balances = projection({
  name: "balances",
  version: 1,
  handles: [Opened, Credited, Debited, Closed],
  tables: ["accounts"],
  create: (table): Statement[] => [
    {
      sql: `CREATE TABLE ${table("accounts")} (id TEXT PRIMARY KEY, owner TEXT NOT NULL, cents BIGINT NOT NULL)`,
    },
  ],
  project: (events, table) =>
    events.map(({ type, originatorId, data }): Statement => {
      if (type === "Account.Closed")
        return { sql: `DELETE FROM ${table("accounts")} WHERE id = $1`, params: [originatorId] };
      if (type === "Account.Opened")
        return {
          sql: `INSERT INTO ${table("accounts")} (id, owner, cents) VALUES ($1, $2, 0)`,
          params: [originatorId, data.owner],
        };
      const cents = type === "Account.Credited" ? data.cents : -data.cents;
      return {
        sql: `UPDATE ${table("accounts")} SET cents = cents + $1 WHERE id = $2`,
        params: [cents, originatorId],
      };
    }),
});
