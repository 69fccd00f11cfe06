import { setTimeout as pause } from "node:timers/promises";
import type { ClockStatus, FailedEvent, NextStatus, ProjectionStatus } from "@palimpsest/eventsourcing";
import { Command } from "commander";
import { requireDatabase, type StoredDatabase } from "./database.ts";
import { configOf } from "./settings.ts";
import { type Dependencies, type OpenWiki, withWiki } from "./wiki.ts";

const AFTER_HELP = `
It works beside a running server, and makes no database where there is none: that is exit code 1.

Examples:
  $ palimpsest status
  $ palimpsest status --json --data-dir /var/lib/palimpsest
  $ palimpsest status --database-url postgres://wiki@db.example.org/wiki`;

/** What `status --json` prints. */
interface Status {
  /** Its path, or its URL without the password. */
  readonly database: string;
  /** What it takes on the disk. */
  readonly bytes: number;
  /** The id of the last notification: all events there are. */
  readonly events: number;
  readonly clock: ClockStatus;
  readonly pages: number;
  readonly people: number;
  readonly hasAdministrator: boolean;
  /** With rates where a view is on its way. */
  readonly views: readonly ProjectionStatus[];
  readonly versions: { readonly palimpsest: string; readonly node: string };
}

/** How often, and how far apart, a view is looked at that is on its way, until it is seen to move. */
const SAMPLE_MS = 1_000;
const MOST_SAMPLES = 3;

export function statusCommand(dependencies: Dependencies): Command {
  return new Command("status")
    .description("Say what is in the wiki.")
    .option("--json", "print it as JSON")
    .addHelpText("after", AFTER_HELP)
    .action(async ({ json }: { readonly json?: true }, command: Command) => {
      const config = configOf(command);
      const database = await requireDatabase(config);
      const status = await withWiki(dependencies, config, (wiki) =>
        statusOf(wiki, database, dependencies.version),
      );
      process.stdout.write(`${json ? JSON.stringify(status) : tableOf(status)}\n`);
    });
}

async function statusOf(
  { content, identity, views }: OpenWiki,
  database: StoredDatabase,
  palimpsest: string,
): Promise<Status> {
  return {
    database: database.name,
    bytes: await database.bytes(),
    events: await content.position(),
    clock: await content.notificationLog.clockStatus(),
    pages: await countPages(content),
    people: await identity.countUsers(),
    hasAdministrator: (await identity.firstAdministratorToken()) === null,
    views: await viewStatuses(views.runner),
    versions: { palimpsest, node: process.versions.node },
  };
}

/** A rate takes two moments, and more where a view takes long steps; only where something moves they are waited for. */
async function viewStatuses(runner: OpenWiki["views"]["runner"]): Promise<readonly ProjectionStatus[]> {
  let views = await runner.status();
  for (let waits = 0; waits < MOST_SAMPLES && views.some(lacksRate); waits += 1) {
    await pause(SAMPLE_MS);
    views = await runner.status();
  }
  return views;
}

function lacksRate({ runner, lag, stopped, ratePerSecond, next }: ProjectionStatus): boolean {
  if (runner === "none") return false;
  return (lag > 0 && !stopped && !ratePerSecond) || (!!next && !next.stopped && !next.ratePerSecond);
}

/** The log has one entry per page, and its entries are numbered. */
async function countPages({ pageLog }: OpenWiki["content"]): Promise<number> {
  for await (const entry of pageLog.get({ desc: true, limit: 1 })) return entry.originatorVersion;
  return 0;
}

function tableOf({
  database,
  bytes,
  events,
  clock,
  pages,
  people,
  hasAdministrator,
  views,
  versions,
}: Status): string {
  const rows: readonly (readonly [string, string])[] = [
    ["database", database],
    ["size", `${(bytes / 1024 / 1024).toFixed(1)} MB`],
    ["events", String(events)],
    ["clock", describeClock(clock)],
    ["pages", String(pages)],
    ["people", hasAdministrator ? String(people) : `${people}, none of them an administrator`],
    ...views.map((view) => ["view", describeView(view)] as const),
    ["palimpsest", versions.palimpsest],
    ["node", versions.node],
  ];
  return rows.map(([name, value]) => name.padEnd(12) + value).join("\n");
}

/** Says in a line whether events get the right time. */
export function describeClock({ state, lastRecordedAt, aheadMs }: ClockStatus): string {
  if (state === "ok") return "right";
  const last = lastRecordedAt === undefined ? "" : `; the last event is of ${lastRecordedAt.toISOString()}`;
  const refusing = state === "refusing" ? ", so changes are refused" : "";
  return `new events are ${Math.round(aheadMs / 1_000)} seconds ahead${refusing}${last}: see docs/clock.md`;
}

/** Says in a line how a view is doing, and apart from it the one that is to take its place. */
export function describeView(view: ProjectionStatus): string {
  const { name, state, lag, ratePerSecond, stopped, skipped, next, runner } = view;
  const behind =
    lag === 0 ? "up to date" : `${lag} events behind${rateOf(stopped ? undefined : ratePerSecond)}`;
  const without = skipped.length === 0 ? "" : `, without ${skipped.join(", ")}`;
  const active = stopped
    ? `${describeStop(stopped)}; ${behind}`
    : `${state === "idle" ? "kept by no process, " : ""}${behind}`;
  return `${name}: ${active}${without}${next ? `; ${describeNext(next, runner)}` : ""}`;
}

function describeNext(next: NextStatus, runner: ProjectionStatus["runner"]): string {
  const { done, total, ratePerSecond, stopped } = next;
  if (stopped) return `building it again has ${describeStop(stopped)}`;
  if (runner === "none") return "to be built again, by no process so far";
  return `being built again, ${done} of ${total}${rateOf(ratePerSecond)}`;
}

function describeStop({ notificationId, topic, error }: FailedEvent): string {
  return `stopped at ${notificationId}, ${topic}: ${error}`;
}

function rateOf(ratePerSecond: number | undefined): string {
  return ratePerSecond === undefined ? "" : `, ${Math.round(ratePerSecond)} a second`;
}
