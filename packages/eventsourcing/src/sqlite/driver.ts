import SqliteDatabase, { type Database, type Options, type Statement } from "better-sqlite3";

/**
 * Objects of better-sqlite3, referenced as long as their thread lives. From Node 24.19 on they call Node when they are
 * garbage-collected, and Node aborts the process if that happens outside JavaScript. A process opens few connections,
 * and each prepares every SQL text once, so the set stays small.
 */
const neverCollected = new Set<object>();

/** Returns `object`, which is never garbage-collected from now on. */
export function keepAlive<T extends object>(object: T): T {
  neverCollected.add(object);
  return object;
}

/**
 * Opens a SQLite database. Its objects are never garbage-collected, and `prepare` returns the same statement for the
 * same text, so pass values as parameters. `pragma` and `iterate` throw a TypeError, because their objects cannot be
 * kept: change settings with `exec`, read them with a prepared statement, and read rows with `all`.
 */
export function openDatabase(path: string, options: Options = {}): Database {
  const db = keepAlive(new SqliteDatabase(path, options));
  const prepare = db.prepare.bind(db);
  const statements = new Map<string, Statement>();
  const prepareOnce = (sql: string): Statement => {
    const prepared = statements.get(sql);
    if (prepared !== undefined) return prepared;
    const statement = prepare(sql);
    statement.iterate = refuse;
    statements.set(sql, statement);
    return statement;
  };
  db.prepare = prepareOnce as Database["prepare"];
  db.pragma = refuse;
  return db;
}

function refuse(): never {
  throw new TypeError(
    "pragma() and iterate() create objects that abort the process when they are garbage-collected. Use exec(), prepare() or all().",
  );
}

export function pragma(db: Database, name: string): unknown {
  return db.prepare(`PRAGMA ${name}`).pluck().get();
}
