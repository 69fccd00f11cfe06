import { stat } from "node:fs/promises";
import { Command } from "commander";
import { configOf } from "./settings.ts";
import { type Dependencies, type OpenWiki, requireDatabase, withWiki } from "./wiki.ts";

const AFTER_HELP = `
It works beside a running server, and makes no database where there is none: that is exit code 1.

Examples:
  $ palimpsest status
  $ palimpsest status --json --data-dir /var/lib/palimpsest`;

/** What `status --json` prints. */
interface Status {
  readonly database: string;
  /** Of the database's files on the disk. */
  readonly bytes: number;
  /** The id of the last notification: all events there are. */
  readonly events: number;
  readonly pages: number;
  readonly people: number;
  readonly hasAdministrator: boolean;
  readonly versions: { readonly palimpsest: string; readonly node: string };
}

export function statusCommand(dependencies: Dependencies): Command {
  return new Command("status")
    .description("Say what is in the wiki.")
    .option("--json", "print it as JSON")
    .addHelpText("after", AFTER_HELP)
    .action(async ({ json }: { readonly json?: true }, command: Command) => {
      const config = configOf(command);
      const database = requireDatabase(config);
      const status = await withWiki(dependencies, config, (wiki) =>
        statusOf(wiki, database, dependencies.version),
      );
      process.stdout.write(`${json ? JSON.stringify(status) : tableOf(status)}\n`);
    });
}

async function statusOf(
  { content, identity }: OpenWiki,
  database: string,
  palimpsest: string,
): Promise<Status> {
  return {
    database,
    bytes: await bytesOf(database),
    events: await content.position(),
    pages: await countPages(content),
    people: await identity.countUsers(),
    hasAdministrator: (await identity.firstAdministratorToken()) === null,
    versions: { palimpsest, node: process.versions.node },
  };
}

/** The log has one entry per page, and its entries are numbered. */
async function countPages({ pageLog }: OpenWiki["content"]): Promise<number> {
  for await (const entry of pageLog.get({ desc: true, limit: 1 })) return entry.originatorVersion;
  return 0;
}

async function bytesOf(database: string): Promise<number> {
  const sizes = ["", "-wal", "-shm"].map((suffix) =>
    stat(database + suffix).then(
      ({ size }) => size,
      () => 0,
    ),
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

function tableOf({ database, bytes, events, pages, people, hasAdministrator, versions }: Status): string {
  const rows: readonly (readonly [string, string])[] = [
    ["database", database],
    ["size", `${(bytes / 1024 / 1024).toFixed(1)} MB`],
    ["events", String(events)],
    ["pages", String(pages)],
    ["people", hasAdministrator ? String(people) : `${people}, none of them an administrator`],
    ["palimpsest", versions.palimpsest],
    ["node", versions.node],
  ];
  return rows.map(([name, value]) => name.padEnd(12) + value).join("\n");
}
