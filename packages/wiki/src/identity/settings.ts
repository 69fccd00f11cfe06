import type { SqlDatabase, SqlRow, Statement, Transaction } from "../database/sql-database.ts";
import { SETTINGS_TABLE } from "./account-tables.ts";
import { ACCOUNT_VERSIONS } from "./account-versions.ts";

/** `setup` is the first step of the set-up that is not done. It is absent after the set-up, and without one. */
export type SettingName = "name" | "setup";

const SELECT = `SELECT "value" FROM "${SETTINGS_TABLE}" WHERE "name" = $1`;
const DELETE = `DELETE FROM "${SETTINGS_TABLE}" WHERE "name" = $1`;
const INSERT = `INSERT INTO "${SETTINGS_TABLE}" ("name", "value") VALUES ($1, $2)`;
// Screens show settings like the names of people.
const RAISE_VERSION: Statement = [
  `UPDATE "${ACCOUNT_VERSIONS}" SET "people" = "people" + 1, "credentials" = "credentials" + 1`,
];

export async function selectSetting(database: SqlDatabase, name: SettingName): Promise<string | null> {
  const [row] = await database.query<SqlRow>(SELECT, [name]);
  return typeof row?.value === "string" ? row.value : null;
}

/** Stores a setting; null removes it. With `from`, does nothing if the stored value is another. */
export function* storeSetting(name: SettingName, value: string | null, from?: string): Transaction<void> {
  const [row] = yield [SELECT, [name]];
  if ((from !== undefined && row?.value !== from) || (row?.value ?? null) === value) return;
  yield [DELETE, [name]];
  if (value !== null) yield [INSERT, [name, value]];
  yield RAISE_VERSION;
}
