import {
  Mapper,
  ProjectionRunner,
  type ProjectionRunnerOptions,
  type SqlViewStore,
} from "@palimpsest/eventsourcing";
import { balances } from "./balances.ts";
import { RemoteLog } from "./remote-log.ts";

export interface Account {
  readonly owner: string;
  readonly cents: number;
}

type Options = Pick<ProjectionRunnerOptions<unknown>, "onError" | "pollIntervalMs" | "retryDelayMs">;

/** Returns a runner that computes the balances of a bank from its log, and a query of the balances. */
export function followBank(url: string, store: SqlViewStore, options: Options = {}) {
  const runner = new ProjectionRunner({
    recorder: new RemoteLog(url),
    mapper: new Mapper(balances.handles),
    store,
    projections: [balances],
    ...options,
  });
  const accounts = () =>
    store.read<Account>("balances", (table) => ({
      sql: `SELECT owner, cents FROM ${table("accounts")} ORDER BY owner`,
    }));
  return { runner, accounts };
}
