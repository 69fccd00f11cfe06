import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { postgresRecorder } from "@palimpsest/eventsourcing/postgres";
import { openDatabase, sqliteRecorder } from "@palimpsest/eventsourcing/sqlite";
import pg from "pg";
import { afterAll, describe } from "vitest";
import type { Database as Configured } from "../packages/wiki/src/config.ts";
import { dropSchemas, type NewSchema, newSchema } from "./postgres-schemas.ts";

/** Databases of one kind, each with an empty event log, as accounts expect. */
export interface AccountDatabases {
  make(): Promise<Configured>;
  /** Returns a database without an event log. */
  missing(): Configured;
  /** Executes a statement on a separate connection, and resolves to its rows. */
  run(database: Configured, statement: string): Promise<readonly object[]>;
  /** Deletes all rows of the accounts. */
  clear(database: Configured): Promise<void>;
  /** Resolves to a value that changes with every write, also with one that changes no value. */
  trace(database: Configured): Promise<string>;
  removeAll(): Promise<void>;
}

export const TABLES = ["user", "account", "apikey", "verification", "session"];

/** Runs `tests` with each kind of persistent database. */
export function onEachAccountDatabase(name: string, tests: (databases: AccountDatabases) => void): void {
  for (const [kind, makeDatabases] of Object.entries(KINDS)) {
    describe(`${name}, in ${kind}`, () => {
      const databases = makeDatabases();
      afterAll(() => databases.removeAll());
      tests(databases);
    });
  }
}

const KINDS: Readonly<Record<string, () => AccountDatabases>> = {
  SQLite: sqliteDatabases,
  PostgreSQL: postgresDatabases,
};

function sqliteDatabases(): AccountDatabases {
  const folder = mkdtempSync(join(tmpdir(), "palimpsest-accounts-"));
  let files = 0;
  const run = async (database: Configured, statement: string): Promise<readonly object[]> => {
    const path = database.kind === "sqlite" ? database.path : "";
    const connection = openDatabase(path, { fileMustExist: true });
    try {
      const prepared = connection.prepare<[], object>(statement);
      if (prepared.reader) return prepared.all();
      prepared.run();
      return [];
    } finally {
      connection.close();
    }
  };
  return {
    async make() {
      const path = join(folder, `${++files}.db`);
      await (await sqliteRecorder({ path })).close();
      return { kind: "sqlite", path };
    },
    missing: () => ({ kind: "sqlite", path: join(folder, "missing.db") }),
    run,
    clear: (database) => clearWith(run, database),
    async trace(database) {
      const path = database.kind === "sqlite" ? database.path : "";
      const hash = createHash("sha256");
      for (const file of [path, `${path}-wal`]) hash.update(readFileSync(file));
      return hash.digest("hex");
    },
    removeAll: async () => rmSync(folder, { recursive: true }),
  };
}

/** Returns schemas of the shared PostgreSQL server. */
export function postgresDatabases(): AccountDatabases {
  const schemas: NewSchema[] = [];
  const configured = (): Configured & NewSchema => ({ kind: "postgres", ...newSchema() });
  const run = async (database: Configured, statement: string): Promise<readonly object[]> => {
    if (database.kind !== "postgres") throw new Error(`The database is ${database.kind}.`);
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    try {
      await client.query("SELECT set_config('search_path', $1, false)", [
        pg.escapeIdentifier(database.schema),
      ]);
      return (await client.query<object>(statement)).rows;
    } finally {
      await client.end();
    }
  };
  return {
    async make() {
      const database = configured();
      schemas.push(database);
      await (await postgresRecorder(database)).close();
      return database;
    },
    missing: configured,
    run,
    clear: (database) => clearWith(run, database),
    async trace(database) {
      // PostgreSQL writes a changed row to another place.
      const places = TABLES.map((table) => run(database, `SELECT ctid FROM "${table}"`));
      return JSON.stringify(await Promise.all(places));
    },
    removeAll: () => dropSchemas(schemas),
  };
}

async function clearWith(run: AccountDatabases["run"], database: Configured): Promise<void> {
  for (const table of ["session", "account", "apikey", "verification", "user"]) {
    await run(database, `DELETE FROM "${table}"`);
  }
}
