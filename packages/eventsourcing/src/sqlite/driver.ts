import SqliteDatabase, { type Database, type Options, type Statement } from "better-sqlite3";

/**
 * What better-sqlite3 made stays referenced as long as its thread lives. From Node 24.19 on, its objects call Node
 * when they are collected, and where that happens outside JavaScript, Node aborts the process. Little is kept: a
 * process opens few connections, and each prepares every text once.
 */
const kept = new Set<object>();

export function keep<T extends object>(made: T): T {
  kept.add(made);
  return made;
}

/**
 * Opens a database whose objects are never collected; all databases are opened here. `prepare` gives one statement
 * for each text, so values belong into parameters. `pragma` and `iterate`, whose objects cannot be kept, are refused:
 * settings are made with `exec`, and read with `pragma` below.
 */
export function openDatabase(path: string, options: Options = {}): Database {
  const db = keep(new SqliteDatabase(path, options));
  const prepare = db.prepare.bind(db);
  const statements = new Map<string, Statement>();
  const prepareOnce = (sql: string): Statement => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = prepare(sql);
    statement.iterate = refused;
    statements.set(sql, statement);
    return statement;
  };
  db.prepare = prepareOnce as Database["prepare"];
  db.pragma = refused;
  return db;
}

function refused(): never {
  throw new TypeError("What this makes cannot be kept, and would end the process when it is collected.");
}

/** Reads a setting of the database, or of the connection. */
export function pragma(db: Database, name: string): unknown {
  return db.prepare(`PRAGMA ${name}`).pluck().get();
}
