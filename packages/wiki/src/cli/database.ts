import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { type Config, type Database, displayOf } from "../config.ts";
import type { Connections } from "../identity/postgres/connections.ts";
import { CommandFailedError, UsageError } from "./errors.ts";

/** A database that outlives the command. */
export interface KeptDatabase {
  /** As people read it: a path, or a URL without its password. */
  readonly name: string;
  /** Whether a wiki was made in it. */
  isThere(): Promise<boolean>;
  /** What it takes on the disk. */
  bytes(): Promise<number>;
}

/** @throws UsageError for a database in memory, which ends with the command */
export function requireKept({ database }: Config): KeptDatabase {
  if (database.kind === "sqlite") return sqliteDatabase(database.path);
  if (database.kind === "postgres") return postgresDatabase(database);
  throw new UsageError(
    'The database is "memory:", which ends with this command: nothing could be found in it or kept. ' +
      'Set --database-url to "sqlite:" and a path, or to "postgres://" and so on.',
  );
}

/** @throws CommandFailedError when the database was never made, instead of making it */
export async function requireDatabase(config: Config): Promise<KeptDatabase> {
  const database = requireKept(config);
  if (await database.isThere()) return database;
  throw new CommandFailedError(
    `There is no database ${database.name}. A wiki's is made by \`palimpsest serve\`, \`import\` or \`user add\`; ` +
      "--data-dir and --database-url say where.",
  );
}

function sqliteDatabase(path: string): KeptDatabase {
  return {
    name: path,
    isThere: async () => existsSync(path),
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

function postgresDatabase(database: Database & { readonly kind: "postgres" }): KeptDatabase {
  const connected = async <Answer>(ask: (connections: Connections) => Promise<Answer>): Promise<Answer> => {
    // Its driver takes a while to load.
    const { Connections } = await import("../identity/postgres/connections.ts");
    const connections = new Connections(database);
    try {
      return await ask(connections);
    } finally {
      await connections.end();
    }
  };
  return {
    name: `${displayOf(database)}, schema ${JSON.stringify(database.schema)}`,
    isThere: () => connected((connections) => connections.isThere()),
    bytes: () =>
      connected(async (connections) => {
        const rows = await connections.query<[string]>(
          `SELECT sum(pg_total_relation_size(oid)) FROM pg_class
           WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'`,
        );
        return Number(rows[0]?.[0] ?? 0);
      }),
  };
}
