import { Mapper, ProjectionRunner, type SqlViewStore } from "@palimpsest/eventsourcing";
import { balances } from "./balances.ts";
import { RemoteLog } from "./remote-log.ts";

export interface Account {
  readonly owner: string;
  readonly cents: number;
}

/** Returns a runner that keeps the balances of a bank elsewhere, and a query of them. */
export function followBank(url: string, store: SqlViewStore, onError?: (error: unknown) => void) {
  const runner = new ProjectionRunner({
    recorder: new RemoteLog(url),
    mapper: new Mapper(balances.handles),
    store,
    projections: [balances],
    ...(onError && { onError }),
  });
  const accounts = () =>
    store.read<Account>("balances", (table) => ({
      sql: `SELECT owner, cents FROM ${table("accounts")} ORDER BY owner`,
    }));
  return { runner, accounts };
}
