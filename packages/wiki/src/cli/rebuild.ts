import type { RebuildProgress } from "@palimpsest/eventsourcing";
import { MultiBar } from "cli-progress";
import { Argument, Command } from "commander";
import { requireDatabase } from "./database.ts";
import { UsageError } from "./errors.ts";
import { configOf } from "./settings.ts";
import { type Dependencies, type OpenWiki, withWiki } from "./wiki.ts";

const AFTER_HELP = `
A view is what is read beside the pages themselves: search, site, recent_changes. Each is made of the events alone.
It is built anew beside the one there is, which is read meanwhile, and then takes its place. The work is done by a
running server if there is one, and goes on there when this command is ended.

Examples:
  $ palimpsest rebuild
  $ palimpsest rebuild search`;

/** What `rebuild --json` prints of each view. */
interface Rebuilt {
  readonly view: string;
  readonly notifications: number;
  readonly seconds: number;
}

export function rebuildCommand(dependencies: Dependencies): Command {
  return new Command("rebuild")
    .description("Build views again from the events, without downtime.")
    .addArgument(new Argument("[view]", "which one; all of them without it"))
    .option("--json", "print the report as JSON")
    .addHelpText("after", AFTER_HELP)
    .action(async (view: string | undefined, { json }: { readonly json?: true }, command: Command) => {
      const config = configOf(command);
      await requireDatabase(config);
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
): Promise<readonly Rebuilt[]> {
  const names = (await views.runner.status()).map(({ name }) => name);
  if (view !== undefined && !names.includes(view)) {
    throw new UsageError(`There is no view ${JSON.stringify(view)}; expected ${names.join(", ")}.`);
  }
  views.runner.start();
  const bars = new MultiBar({
    format: "{view} {bar} {percentage} %, {rate} a second, {eta_formatted} left",
    stream: process.stderr,
    clearOnComplete: true,
  });
  try {
    const one = async (name: string): Promise<Rebuilt> => {
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
    return await Promise.all((view === undefined ? names : [view]).map(one));
  } finally {
    bars.stop();
  }
}
