import type { Database } from "better-sqlite3";
import { newerVersionRefused, otherProgramRefused, type Schema } from "./database-file.ts";
import { pragma } from "./driver.ts";

/**
 * Migrates the database at `path` to the newest version of `schema`. An empty database gets the schema.
 * @throws DatabaseRefusedError: the database has another schema or a newer version; it is unchanged.
 */
export function migrate(db: Database, path: string, schema: Schema): void {
  // In a transaction, since another process may be creating the file.
  const needed = db.transaction(() => needsMigration(db, path, schema));
  while (needed()) db.transaction(() => applyNext(db, path, schema)).immediate();
}

/** Applies one step, unless another process has already done so. */
function applyNext(db: Database, path: string, schema: Schema): void {
  if (!needsMigration(db, path, schema)) return;
  const version = schemaVersion(db);
  if (version === 0) db.exec(`PRAGMA application_id = ${schema.applicationId}`);
  db.exec(schema.migrations[version] ?? "");
  db.exec(`PRAGMA user_version = ${version + 1}`);
}

function needsMigration(db: Database, path: string, { applicationId, migrations }: Schema): boolean {
  const foundApplication = pragma(db, "application_id");
  const version = schemaVersion(db);
  if (foundApplication === applicationId) {
    if (version > migrations.length) throw newerVersionRefused(path, version, migrations.length);
    return version < migrations.length;
  }
  const tables = db.prepare("SELECT count(*) FROM sqlite_schema").pluck().get();
  if (foundApplication !== 0 || version !== 0 || tables !== 0) throw otherProgramRefused(path);
  return true;
}

function schemaVersion(db: Database): number {
  return Number(pragma(db, "user_version"));
}
