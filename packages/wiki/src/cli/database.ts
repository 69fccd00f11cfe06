import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import type { Config, Database } from "../config.ts";
import type { PostgresDatabase } from "../database/postgres-database.ts";
import { CommandFailedError, UsageError } from "./errors.ts";

/** A database that outlives the command. */
export interface StoredDatabase {
  /** For messages: a path, or the hosts, the database and the schema. */
  readonly name: string;
  exists(): Promise<boolean>;
  bytes(): Promise<number>;
}

/** @throws UsageError for a database in memory */
export async function requirePersistentDatabase({ database }: Config): Promise<StoredDatabase> {
  if (database.kind === "sqlite") return sqliteDatabase(database.path);
  if (database.kind === "postgres") return postgresDatabase(database);
  throw new UsageError(
    'The database is "memory:", which stores nothing after a command ends. ' +
      'Set --database-url to "sqlite:" and a path, or to "postgres://user@host/database".',
  );
}

/** @throws CommandFailedError if the database does not exist. Does not create it. */
export async function requireExistingDatabase(config: Config): Promise<StoredDatabase> {
  const database = await requirePersistentDatabase(config);
  if (await database.exists()) return database;
  throw new CommandFailedError(
    `The database ${database.name} does not contain a wiki. Check --data-dir and --database-url. ` +
      "`palimpsest serve`, `import` and `user add` create a wiki.",
  );
}

function sqliteDatabase(path: string): StoredDatabase {
  return {
    name: path,
    exists: async () => existsSync(path),
    async bytes() {
      const sizes = ["", "-wal", "-shm"].map((suffix) =>
        stat(path + suffix).then(
          ({ size }) => size,
          () => 0,
        ),
      );
      return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    },
  };
}

async function postgresDatabase(database: Database & { readonly kind: "postgres" }): Promise<StoredDatabase> {
  const { PostgresServer } = await import("@palimpsest/eventsourcing/postgres");
  const { PostgresDatabase } = await import("../database/postgres-database.ts");
  const withConnection = async <Result>(
    work: (opened: PostgresDatabase) => Promise<Result>,
  ): Promise<Result> => {
    const opened = new PostgresDatabase(database, "accounts");
    try {
      return await work(opened);
    } finally {
      await opened.close();
    }
  };
  const { display } = new PostgresServer(database.url);
  return {
    name: `${display}, schema ${JSON.stringify(database.schema)}`,
    exists: () => withConnection((opened) => opened.holdsEvents()),
    bytes: () =>
      withConnection(async (opened) => {
        const [row] = await opened.query<{ readonly bytes: string | null }>(
          `SELECT sum(pg_total_relation_size(oid)) AS bytes FROM pg_class
           WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'`,
          [],
        );
        return Number(row?.bytes ?? 0);
      }),
  };
}
