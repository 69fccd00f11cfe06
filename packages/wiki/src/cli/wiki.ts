import { existsSync } from "node:fs";
import type { ContentManagement } from "../application/content-management.ts";
import type { Config } from "../config.ts";
import type { Identity } from "../identity/identity.ts";
import { CommandFailedError, UsageError } from "./errors.ts";

/** What a command needs of a wiki. */
export interface OpenWiki {
  readonly content: ContentManagement;
  readonly identity: Identity;
  /** Ends what is under way and releases the databases. */
  close(): Promise<void>;
}

/** A wiki with a server before it. */
export interface ServedWiki extends OpenWiki {
  /** Where it listens, as an address for a browser. */
  readonly address: string;
}

/** What the commands are given by the entry of the program. */
export interface Dependencies {
  readonly version: string;
  /** Opens the databases, making them where they are missing. */
  readonly openWiki: (config: Config) => Promise<OpenWiki>;
  /** As `openWiki`, and listens. */
  readonly serveWiki: (config: Config) => Promise<ServedWiki>;
}

/** Whether there is a database that a command could find something in. */
export function isDatabaseThere({ database }: Config): boolean {
  return database.kind === "sqlite" && existsSync(database.path);
}

/** Returns the database's path. @throws UsageError for one in memory, which ends with the command */
export function requireKept({ database }: Config): string {
  if (database.kind === "sqlite") return database.path;
  throw new UsageError(
    'The database is "memory:", which ends with this command: nothing could be found in it or kept. ' +
      'Set --database-url to "sqlite:" and a path.',
  );
}

/** Returns the database's path. @throws CommandFailedError when it was never made, instead of making it */
export function requireDatabase(config: Config): string {
  const path = requireKept(config);
  if (isDatabaseThere(config)) return path;
  throw new CommandFailedError(
    `There is no database ${path}. A wiki's is made by \`palimpsest serve\`, \`import\` or \`user add\`; ` +
      "--data-dir and --database-url say where.",
  );
}

/** Runs `work` on the wiki and closes it, whatever happens. */
export async function withWiki<T>(
  dependencies: Dependencies,
  config: Config,
  work: (wiki: OpenWiki) => Promise<T>,
): Promise<T> {
  const wiki = await dependencies.openWiki(config);
  try {
    return await work(wiki);
  } finally {
    await wiki.close();
  }
}
