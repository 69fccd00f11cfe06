import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { SingleBar } from "cli-progress";
import { Argument, Command } from "commander";
import type { Config } from "../../config.ts";
import { requireDatabase } from "../database.ts";
import { CommandFailedError, UsageError } from "../errors.ts";
import { configOf } from "../settings.ts";

const AFTER_HELP = `
The copy has every event, account and draft, in one SQLite file, whichever database the wiki is on. It may be made
while servers run. A wiki on SQLite is copied as it is at one moment; of one on PostgreSQL the events are copied as they
are when the command begins, and accounts and drafts as they are a little later, when the events are there.

FILE must not be there yet; it appears when the copy is whole. To go back to it, stop the servers and put FILE in the
place of the database, without the -wal and -shm files beside that, or serve it where it is; the views are built again.
Keep the secret of the data folder, too: with another one, everyone has to sign in again.

Examples:
  $ palimpsest backup /var/backups/wiki-$(date +%F).db
  $ palimpsest serve --database-url sqlite:/var/backups/wiki-2026-03-03.db --port 3001`;

export function backupCommand(): Command {
  return new Command("backup")
    .description("Copy the wiki to a file, while it may be in use.")
    .addArgument(new Argument("<file>", "the file to be made"))
    .option("--json", "print the report as JSON")
    .addHelpText("after", AFTER_HELP)
    .action(async (file: string, { json }: { readonly json?: true }, command: Command) => {
      const config = configOf(command);
      await requireDatabase(config);
      const to = resolve(file);
      if (existsSync(to))
        throw new CommandFailedError(
          `FILE must be one that is not there yet, and ${to} is. It was left as it is.`,
        );
      const withBar = json !== true && process.stderr.isTTY === true;
      const bytes = await withProgress(withBar, (onProgress) => copy(config, to, onProgress));
      const megabytes = (bytes / 1024 / 1024).toFixed(1);
      process.stdout.write(`${json ? JSON.stringify({ file: to, bytes }) : `${to}: ${megabytes} MB`}\n`);
    });
}

type OnProgress = (copied: number, total: number) => void;

async function copy(config: Config, to: string, onProgress: OnProgress): Promise<number> {
  const { database } = config;
  const { backupSqlite, copyToSqlite } = await import("@palimpsest/eventsourcing/sqlite");
  if (database.kind === "memory")
    throw new UsageError("A wiki in memory ends with its process: nothing can be copied.");
  if (database.kind === "sqlite") return (await backupSqlite({ path: database.path, to, onProgress })).bytes;
  const { postgresRecorder } = await import("@palimpsest/eventsourcing/postgres");
  const { copyPeople } = await import("./copy-people.ts");
  const source = await postgresRecorder({ url: database.url, schema: database.schema });
  try {
    // People after events, so that everyone who did something is there.
    const complete = (path: string) => copyPeople(database, path, config);
    return (await copyToSqlite({ source, to, onProgress, complete })).bytes;
  } finally {
    await source.close();
  }
}

/** Runs `work`, at a terminal with a bar that shows how far it is. */
async function withProgress<Result>(
  withBar: boolean,
  work: (onProgress: OnProgress) => Promise<Result>,
): Promise<Result> {
  const bar = new SingleBar({
    format: "{bar} {percentage} %, {eta_formatted} left",
    stream: process.stderr,
    clearOnComplete: true,
  });
  let started = false;
  try {
    return await work((copied, total) => {
      if (!withBar) return;
      if (!started) bar.start(total, 0);
      started = true;
      bar.update(copied);
    });
  } finally {
    if (started) bar.stop();
  }
}
