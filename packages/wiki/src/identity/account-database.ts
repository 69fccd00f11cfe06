import type { BetterAuthOptions } from "better-auth";
import type { AccountWriter } from "./account-writer.ts";

/** The tables of better-auth in a database of some kind. */
export interface AccountDatabase {
  /** What better-auth reads and writes them by. */
  readonly connection: NonNullable<BetterAuthOptions["database"]>;
  /** Makes the tables that are missing. Several processes may do so at once. */
  migrate(options: BetterAuthOptions): Promise<void>;
  /** The writes that better-auth has no whole function for; the tables must be there. */
  writer(): AccountWriter;
  close(): Promise<void>;
}
