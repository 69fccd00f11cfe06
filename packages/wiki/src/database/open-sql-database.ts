import type { Database } from "../config.ts";
import type { PostgresDatabase } from "./postgres-database.ts";
import type { Purpose } from "./sql-database.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

/**
 * Opens connections to the wiki's database, which the recorder must have created. Loads only the driver it uses.
 * @throws DatabaseRefusedError if the database does not exist
 */
export async function openSqlDatabase(
  database: Database,
  purpose: Purpose,
): Promise<SqliteDatabase | PostgresDatabase> {
  if (database.kind === "postgres") {
    const { openPostgres } = await import("./postgres-database.ts");
    return openPostgres(database, purpose);
  }
  const { openSqlite } = await import("./sqlite-database.ts");
  return openSqlite(database, purpose);
}
