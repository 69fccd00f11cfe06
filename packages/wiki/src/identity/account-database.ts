import type { BetterAuthOptions } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import type { AccountWriter } from "./account-writer.ts";
import { type ColumnTypes, createTokenTable } from "./token-table.ts";

/** The tables of the accounts, better-auth's and the tokens, in a database of some kind. */
export interface AccountDatabase {
  /** What better-auth reads and writes its tables by. */
  readonly connection: NonNullable<BetterAuthOptions["database"]>;
  readonly columnTypes: ColumnTypes;
  /** Creates the missing tables. Several processes may do so at once. */
  migrate(options: BetterAuthOptions): Promise<void>;
  /** Runs a statement that returns rows and has the parameters `$1`, `$2`, …; the tables must exist. */
  query<Row>(text: string, values: readonly string[]): Promise<Row[]>;
  /** The writes that better-auth has no whole function for; the tables must exist. */
  writer(): AccountWriter;
  close(): Promise<void>;
}

/** Resolves to the statements that create the missing tables and columns; empty if nothing is missing. */
export async function missingTables(
  options: BetterAuthOptions,
  hasTokens: boolean,
  types: ColumnTypes,
): Promise<string> {
  const plan = await getMigrations(options);
  const isComplete = plan.toBeCreated.length + plan.toBeAdded.length + plan.toBeAddedIndexes.length === 0;
  return (isComplete ? "" : await plan.compileMigrations()) + (hasTokens ? "" : createTokenTable(types));
}
