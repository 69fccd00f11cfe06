import type { Database } from "better-sqlite3";
import { newerVersionRefused, otherProgramRefused, type Schema } from "./database-file.ts";
import { pragma } from "./driver.ts";

/**
 * Brings the database at `path` to the newest version of `schema`, and makes a new one ours.
 * @throws DatabaseRefusedError when it holds something else, or is newer; it is as it was.
 */
export function migrate(db: Database, path: string, schema: Schema): void {
  // What is looked at has to be one state of the file: another process may be making it at this moment.
  const needed = db.transaction(() => needsMigration(db, path, schema));
  while (needed()) db.transaction(() => applyNext(db, path, schema)).immediate();
}

/** Applies one step. Another process may have been first, so everything is read again in the transaction. */
function applyNext(db: Database, path: string, schema: Schema): void {
  if (!needsMigration(db, path, schema)) return;
  const version = schemaVersion(db);
  if (version === 0) db.exec(`PRAGMA application_id = ${schema.applicationId}`);
  db.exec(schema.migrations[version] ?? "");
  db.exec(`PRAGMA user_version = ${version + 1}`);
}

function needsMigration(db: Database, path: string, { applicationId, migrations }: Schema): boolean {
  const found = pragma(db, "application_id");
  const version = schemaVersion(db);
  if (found === applicationId) {
    if (version > migrations.length) throw newerVersionRefused(path, version, migrations.length);
    return version < migrations.length;
  }
  const tables = db.prepare("SELECT count(*) FROM sqlite_schema").pluck().get();
  if (found !== 0 || version !== 0 || tables !== 0) throw otherProgramRefused(path);
  return true;
}

function schemaVersion(db: Database): number {
  return Number(pragma(db, "user_version"));
}
