import Database from "better-sqlite3";

/** As in the library's own sqlite/driver.ts: from Node 24.19 on, the objects of better-sqlite3 must never be collected. */
const kept = new Set<object>();

/**
 * Opens a database whose objects are never collected. `prepare` gives one statement for each text. Not to be called
 * are `pragma` and `iterate`, whose objects cannot be kept.
 */
export function openDatabase(path: string, options: Database.Options = {}): Database.Database {
  const db = new Database(path, options);
  kept.add(db);
  const prepare = db.prepare.bind(db);
  const statements = new Map<string, Database.Statement>();
  const prepareOnce = (sql: string): Database.Statement => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  db.prepare = prepareOnce as Database.Database["prepare"];
  return db;
}
