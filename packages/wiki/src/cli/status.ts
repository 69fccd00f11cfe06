import { setTimeout as pause } from "node:timers/promises";
import type { ClockStatus, FailedEvent, NextStatus, ProjectionStatus } from "@palimpsest/eventsourcing";
import { Command } from "commander";
import type { FileCounts } from "../application/files.ts";
import { requireExistingDatabase, type StoredDatabase } from "./database.ts";
import { configOf } from "./settings.ts";
import { type Dependencies, type OpenWiki, withWiki } from "./wiki.ts";

const AFTER_HELP = `
The command also works while a server is running. It does not create a database: if none exists, the exit code is 1.

Examples:
  $ palimpsest status
  $ palimpsest status --json --data-dir /var/lib/palimpsest
  $ palimpsest status --database-url postgres://wiki@db.example.org/wiki`;

/** The output of `status --json`. */
interface Status {
  /** Its path, or its hosts, database and schema. */
  readonly database: string;
  readonly bytes: number;
  /** The id of the last notification, which is the number of events. */
  readonly events: number;
  readonly clock: ClockStatus;
  readonly pages: number;
  /** With the names of attached files whose bytes are missing. */
  readonly files: FileCounts & { readonly missing: readonly string[] };
  readonly people: number;
  readonly hasAdministrator: boolean;
  /** With rates for views that are behind. */
  readonly views: readonly ProjectionStatus[];
  /** Files of views that were renamed because they could not be used. */
  readonly replacedViewFiles: readonly string[];
  readonly versions: { readonly palimpsest: string; readonly node: string };
}

/** The rate of a view needs a second sample, or more if its batches take long. */
const SAMPLE_INTERVAL_MS = 1_000;
const MAX_EXTRA_SAMPLES = 3;

export function statusCommand(dependencies: Dependencies): Command {
  return new Command("status")
    .description("Print the size and state of the wiki.")
    .option("--json", "print the report as JSON")
    .addHelpText("after", AFTER_HELP)
    .action(async ({ json }: { readonly json?: true }, command: Command) => {
      const config = configOf(command);
      const database = await requireExistingDatabase(config);
      const status = await withWiki(dependencies, config, (wiki) =>
        statusOf(wiki, database, dependencies.version),
      );
      process.stdout.write(`${json ? JSON.stringify(status) : formatStatus(status)}\n`);
    });
}

async function statusOf(
  { content, identity, views }: OpenWiki,
  database: StoredDatabase,
  version: string,
): Promise<Status> {
  return {
    database: database.name,
    bytes: await database.bytes(),
    events: await content.position(),
    clock: await content.notificationLog.clockStatus(),
    pages: await countPages(content),
    files: { ...(await content.files.counts()), missing: await missingFiles(content) },
    people: await identity.countUsers(),
    hasAdministrator: (await identity.firstAdministratorToken()) === null,
    views: await viewStatuses(views.runner),
    replacedViewFiles: await views.replacedFiles(),
    versions: { palimpsest: version, node: process.versions.node },
  };
}

async function missingFiles({ files }: OpenWiki["content"]): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { file } of files.missingBytes()) names.push(file.name);
  return names;
}

async function viewStatuses(runner: OpenWiki["views"]["runner"]): Promise<readonly ProjectionStatus[]> {
  let views = await runner.status();
  for (let extra = 0; extra < MAX_EXTRA_SAMPLES && views.some(lacksRate); extra += 1) {
    await pause(SAMPLE_INTERVAL_MS);
    views = await runner.status();
  }
  return views;
}

function lacksRate({ runner, lag, stopped, ratePerSecond, next }: ProjectionStatus): boolean {
  if (runner === "none") return false;
  return (lag > 0 && !stopped && !ratePerSecond) || (!!next && !next.stopped && !next.ratePerSecond);
}

/** The page log has one entry for each page. The version of the last entry is the number of pages. */
async function countPages({ pageLog }: OpenWiki["content"]): Promise<number> {
  for await (const entry of pageLog.get({ desc: true, limit: 1 })) return entry.originatorVersion;
  return 0;
}

function formatStatus({
  database,
  bytes,
  events,
  clock,
  pages,
  files,
  people,
  hasAdministrator,
  views,
  replacedViewFiles,
  versions,
}: Status): string {
  const rows: readonly (readonly [string, string])[] = [
    ["database", database],
    ["size", `${(bytes / 1024 / 1024).toFixed(1)} MB`],
    ["events", String(events)],
    ["clock", describeClock(clock)],
    ["pages", String(pages)],
    ["files", describeFiles(files)],
    ["people", hasAdministrator ? String(people) : `${people}, without an administrator`],
    ...views.map((view) => ["view", describeView(view)] as const),
    ...replacedViewFiles.map(
      (file) => ["replaced", `${file}: could not be used; delete it if you do not need it`] as const,
    ),
    ["palimpsest", versions.palimpsest],
    ["node", versions.node],
  ];
  return rows.map(([name, value]) => name.padEnd(12) + value).join("\n");
}

function describeFiles({ attached, unattached, bytes, missing }: Status["files"]): string {
  const size = attached === 0 ? "" : `, ${(bytes / 1024 / 1024).toFixed(1)} MB`;
  const waiting = unattached === 0 ? "" : `, ${unattached} not attached yet`;
  const lost =
    missing.length === 0 ? "" : `; the bytes of ${missing.length} are missing: ${missing.join(", ")}`;
  return `${attached}${size}${waiting}${lost}`;
}

export function describeClock({ state, lastRecordedAt, aheadMs }: ClockStatus): string {
  if (state === "ok") return "correct";
  const last = lastRecordedAt === undefined ? "" : `; last event recorded at ${lastRecordedAt.toISOString()}`;
  const refusing = state === "refusing" ? ", changes are refused" : "";
  return `${Math.round(aheadMs / 1_000)} seconds ahead${refusing}${last}; see docs/clock.md`;
}

export function describeView(view: ProjectionStatus): string {
  const { name, state, lag, ratePerSecond, stopped, skipped, next, runner } = view;
  const behind =
    lag === 0 ? "up to date" : `${lag} events behind${rateOf(stopped ? undefined : ratePerSecond)}`;
  const skippedText = skipped.length === 0 ? "" : `, skipped ${skipped.join(", ")}`;
  const active = stopped
    ? `${describeStop(stopped)}; ${behind}`
    : `${state === "idle" ? "not updated by any process, " : ""}${behind}`;
  return `${name}: ${active}${skippedText}${next ? `; ${describeNext(next, runner)}` : ""}`;
}

function describeNext(next: NextStatus, runner: ProjectionStatus["runner"]): string {
  const { done, total, ratePerSecond, stopped } = next;
  if (stopped) return `rebuild ${describeStop(stopped)}`;
  if (runner === "none") return "rebuild waits for a process";
  return `rebuild at ${done} of ${total}${rateOf(ratePerSecond)}`;
}

function describeStop({ notificationId, topic, error }: FailedEvent): string {
  return `stopped at event ${notificationId}, ${topic}: ${error}`;
}

function rateOf(ratePerSecond: number | undefined): string {
  return ratePerSecond === undefined ? "" : `, ${Math.round(ratePerSecond)} events/s`;
}
