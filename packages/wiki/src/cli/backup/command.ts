import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { SingleBar } from "cli-progress";
import { Argument, Command } from "commander";
import type { Config } from "../../config.ts";
import { requireExistingDatabase } from "../database.ts";
import { CommandFailedError, UsageError } from "../errors.ts";
import { configOf } from "../settings.ts";
import { type CopiedFiles, copyFiles } from "./copy-files.ts";

const AFTER_HELP = `
The copy is one SQLite file with every event, account and draft, also of a wiki on PostgreSQL, and a folder FILE-files
with the files of pages, unless there are none. Servers may be running.
A wiki on SQLite is copied as of one moment. From PostgreSQL, events are copied as of the start of the command, then
accounts and drafts as of a later moment.

FILE must not exist. It is created when its copy is complete; files are copied afterwards. To restore it, stop the servers,
replace the database with FILE, delete the -wal and -shm files of the old database, and copy FILE-files to the folder
"files" of the data folder, or set --file-store to it. Or serve FILE itself. Views are rebuilt.
Copy the file "secret" of the data folder, too: with another secret, everyone has to sign in again.

Examples:
  $ palimpsest backup /var/backups/wiki-$(date +%F).db
  $ palimpsest serve --database-url sqlite:/var/backups/wiki-2026-03-03.db --port 3001`;

export function backupCommand(): Command {
  return new Command("backup")
    .description("Copy the wiki to a file, also while servers run.")
    .addArgument(new Argument("<file>", "the file to create"))
    .option("--without-files", "copy the database only")
    .option("--json", "print the report as JSON")
    .addHelpText("after", AFTER_HELP)
    .action(async (file: string, { json, withoutFiles }: BackupOptions, command: Command) => {
      const config = configOf(command);
      await requireExistingDatabase(config);
      const to = resolve(file);
      if (existsSync(to))
        throw new CommandFailedError(`FILE is ${to}, which exists already. Nothing was written.`);
      const withBar = json !== true && process.stderr.isTTY === true;
      const bytes = await withProgress(withBar, (onProgress) => copy(config, to, onProgress));
      const copied = withoutFiles ? undefined : await copyFiles(config, `${to}-files`);
      const report = { file: to, bytes, ...(copied === undefined ? {} : { files: copied }) };
      process.stdout.write(`${json ? JSON.stringify(report) : textOf(report)}\n`);
      if (copied !== undefined && copied.missing.length > 0) {
        const names = copied.missing.join(", ");
        throw new CommandFailedError(
          `The bytes of ${copied.missing.length} files are missing or damaged: ${names}.`,
        );
      }
    });
}

interface BackupOptions {
  readonly json?: true;
  readonly withoutFiles?: true;
}

function textOf({ file, bytes, files }: { file: string; bytes: number; files?: CopiedFiles }): string {
  const megabytes = (size: number) => `${(size / 1024 / 1024).toFixed(1)} MB`;
  const database = `${file}: ${megabytes(bytes)}`;
  if (files === undefined || files.contents === 0) return database;
  return `${database}\n${files.folder}: ${megabytes(files.bytes)}`;
}

type OnProgress = (copied: number, total: number) => void;

async function copy(config: Config, to: string, onProgress: OnProgress): Promise<number> {
  const { database } = config;
  const { backupSqlite, copyToSqlite } = await import("@palimpsest/eventsourcing/sqlite");
  if (database.kind === "memory") throw new UsageError("A wiki in memory cannot be copied.");
  if (database.kind === "sqlite") return (await backupSqlite({ path: database.path, to, onProgress })).bytes;
  const { postgresRecorder } = await import("@palimpsest/eventsourcing/postgres");
  const { copyPeople } = await import("./copy-people.ts");
  const source = await postgresRecorder({ url: database.url, schema: database.schema });
  try {
    // Accounts after events, so that the copy has the author of each event.
    const complete = (path: string) => copyPeople(database, path, config);
    return (await copyToSqlite({ source, to, onProgress, complete })).bytes;
  } finally {
    await source.close();
  }
}

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
