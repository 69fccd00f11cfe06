import type { RebuildProgress } from "@palimpsest/eventsourcing";
import { MultiBar } from "cli-progress";
import { Argument, Command } from "commander";
import { requireExistingDatabase } from "./database.ts";
import { UsageError } from "./errors.ts";
import { configOf } from "./settings.ts";
import { type Dependencies, type OpenWiki, withWiki } from "./wiki.ts";

const AFTER_HELP = `
A view is a set of tables for queries: search, site or recent_changes. It is computed from the events alone.
The rebuilt view replaces the current one, which stays readable until then. A running server does the work if there
is one; it continues if you interrupt this command.

Examples:
  $ palimpsest rebuild
  $ palimpsest rebuild search`;

interface RebuiltView {
  readonly view: string;
  readonly notifications: number;
  readonly seconds: number;
}

export function rebuildCommand(dependencies: Dependencies): Command {
  return new Command("rebuild")
    .description("Rebuild views from the events, without downtime.")
    .addArgument(new Argument("[view]", "the view to rebuild; default: all"))
    .option("--json", "print the report as JSON")
    .addHelpText("after", AFTER_HELP)
    .action(async (view: string | undefined, { json }: { readonly json?: true }, command: Command) => {
      const config = configOf(command);
      await requireExistingDatabase(config);
      const rebuilt = await withWiki(dependencies, config, (wiki) => rebuild(wiki, view, json !== true));
      const lines = rebuilt.map(
        ({ view, notifications, seconds }) => `${view}: ${notifications} events, ${seconds} s`,
      );
      process.stdout.write(`${json ? JSON.stringify(rebuilt) : lines.join("\n")}\n`);
    });
}

async function rebuild(
  { views }: OpenWiki,
  view: string | undefined,
  withBars: boolean,
): Promise<readonly RebuiltView[]> {
  const names = (await views.runner.status()).map(({ name }) => name);
  if (view !== undefined && !names.includes(view)) {
    throw new UsageError(`View ${JSON.stringify(view)} does not exist; expected ${names.join(" or ")}.`);
  }
  views.runner.start();
  const bars = new MultiBar({
    format: "{view} {bar} {percentage} %, {rate} events/s, {eta_formatted} left",
    stream: process.stderr,
    clearOnComplete: true,
  });
  try {
    const rebuildOne = async (name: string): Promise<RebuiltView> => {
      const startedAt = performance.now();
      const bar = withBars && process.stderr.isTTY ? bars.create(1, 0, { view: name, rate: 0 }) : undefined;
      let notifications = 0;
      const onProgress = ({ done, total, ratePerSecond }: RebuildProgress): void => {
        notifications = total;
        bar?.setTotal(total);
        bar?.update(done, { view: name, rate: Math.round(ratePerSecond) });
      };
      await views.runner.rebuild(name, { onProgress });
      return {
        view: name,
        notifications,
        seconds: Number(((performance.now() - startedAt) / 1000).toFixed(2)),
      };
    };
    return await Promise.all((view === undefined ? names : [view]).map(rebuildOne));
  } finally {
    bars.stop();
  }
}
