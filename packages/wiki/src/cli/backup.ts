import { resolve } from "node:path";
import { SingleBar } from "cli-progress";
import { Argument, Command } from "commander";
import { requireDatabase } from "./database.ts";
import { UsageError } from "./errors.ts";
import { configOf } from "./settings.ts";

const AFTER_HELP = `
The copy is the wiki at one moment: every event, snapshot and account, in one SQLite file. It may be made while the
server runs. FILE must not be there yet; it appears when the copy is whole. To go back to it, stop the server and
put FILE in the place of the database, without the -wal and -shm files beside that; the views are built again.
Keep the secret of the data folder, too: with another one, everyone has to sign in again.

A database on PostgreSQL is copied with pg_dump.

Examples:
  $ palimpsest backup /var/backups/wiki-$(date +%F).db
  $ palimpsest serve --database-url sqlite:/var/backups/wiki-2026-03-03.db --port 3001`;

export function backupCommand(): Command {
  return new Command("backup")
    .description("Copy the database to a file, while it may be in use.")
    .addArgument(new Argument("<file>", "the file to be made"))
    .option("--json", "print the report as JSON")
    .addHelpText("after", AFTER_HELP)
    .action(async (file: string, { json }: { readonly json?: true }, command: Command) => {
      const config = configOf(command);
      await requireDatabase(config);
      if (config.database.kind !== "sqlite") {
        throw new UsageError(
          "A database on PostgreSQL is copied with pg_dump; backup copies SQLite databases.",
        );
      }
      const to = resolve(file);
      const bytes = await copy(config.database.path, to, json !== true && process.stderr.isTTY === true);
      const megabytes = (bytes / 1024 / 1024).toFixed(1);
      process.stdout.write(`${json ? JSON.stringify({ file: to, bytes }) : `${to}: ${megabytes} MB`}\n`);
    });
}

async function copy(path: string, to: string, withBar: boolean): Promise<number> {
  const { backupSqlite } = await import("@palimpsest/eventsourcing/sqlite");
  const bar = new SingleBar({
    format: "{bar} {percentage} %, {eta_formatted} left",
    stream: process.stderr,
    clearOnComplete: true,
  });
  let started = false;
  try {
    const { bytes } = await backupSqlite({
      path,
      to,
      onProgress: (copied, total) => {
        if (!withBar) return;
        if (!started) bar.start(total, 0);
        started = true;
        bar.update(copied);
      },
    });
    return bytes;
  } finally {
    if (started) bar.stop();
  }
}
