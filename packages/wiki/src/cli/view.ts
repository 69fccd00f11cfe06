import { Argument, Command, InvalidArgumentError } from "commander";
import { requireExistingDatabase } from "./database.ts";
import { CommandFailedError, UsageError } from "./errors.ts";
import { configOf } from "./settings.ts";
import { type Dependencies, type OpenWiki, withWiki } from "./wiki.ts";

const AFTER_HELP = `
A view stops at an event that it cannot process; \`palimpsest status\` shows the event. Other views continue.
\`retry\` processes the event again, after you have fixed the cause. \`skip\` continues without the event.
The server that updates the view continues within seconds.

Examples:
  $ palimpsest view retry search
  $ palimpsest view skip search 4711`;

export function viewCommand(dependencies: Dependencies): Command {
  const viewArgument = () => new Argument("<view>", "search, site or recent_changes");
  const retry = new Command("retry")
    .description("Process again the event at which a view stopped.")
    .addArgument(viewArgument())
    .action((view: string, _options: unknown, command: Command) =>
      resume(dependencies, command, view, ({ views }) => views.runner.retry(view)),
    );
  const skip = new Command("skip")
    .description("Continue without the event at which a view stopped.")
    .addArgument(viewArgument())
    .addArgument(
      new Argument("<notification>", "the event's notification id, from `palimpsest status`").argParser(idOf),
    )
    .action((view: string, id: number, _options: unknown, command: Command) =>
      resume(dependencies, command, view, ({ views }, stoppedAt) => {
        if (stoppedAt.includes(id)) return views.runner.skip(view, id);
        const state =
          stoppedAt.length === 0
            ? "is not stopped"
            : `is stopped at event ${stoppedAt.join(" and ")}, not at ${id}`;
        throw new CommandFailedError(`View ${view} ${state}. Nothing was skipped.`);
      }),
    );
  return new Command("view")
    .description("Resume a view that has stopped.")
    .addHelpText("after", AFTER_HELP)
    .addCommand(retry)
    .addCommand(skip);
}

async function resume(
  dependencies: Dependencies,
  command: Command,
  view: string,
  retryOrSkip: (wiki: OpenWiki, stoppedAt: readonly number[]) => Promise<void>,
): Promise<void> {
  const config = configOf(command);
  await requireExistingDatabase(config);
  await withWiki(dependencies, config, async (wiki) => {
    const status = await wiki.views.runner.status();
    const found = status.find(({ name }) => name === view);
    const names = status.map(({ name }) => name).join(" or ");
    if (found === undefined)
      throw new UsageError(`View ${JSON.stringify(view)} does not exist; expected ${names}.`);
    const stoppedAt = [found.stopped, found.next?.stopped].flatMap((stop) =>
      stop ? [stop.notificationId] : [],
    );
    await retryOrSkip(wiki, stoppedAt);
    process.stdout.write(`View ${view} ${stoppedAt.length === 0 ? "was not stopped" : "continues"}.\n`);
  });
}

function idOf(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Expected a whole number from 1.");
}
