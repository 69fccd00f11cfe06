import { Argument, Command, InvalidArgumentError } from "commander";
import { requireDatabase } from "./database.ts";
import { CommandFailedError, UsageError } from "./errors.ts";
import { configOf } from "./settings.ts";
import { type Dependencies, type OpenWiki, withWiki } from "./wiki.ts";

const AFTER_HELP = `
A view stops at an event that it cannot process, and \`palimpsest status\` names it; the others go on. When the cause
is mended let it try again; where the event can be done without, let it go on without. The server that keeps the
view takes note within seconds.

Examples:
  $ palimpsest view retry search
  $ palimpsest view skip search 4711`;

export function viewCommand(dependencies: Dependencies): Command {
  const name = () => new Argument("<view>", "search, site or recent_changes");
  const retry = new Command("retry")
    .description("Let a stopped view try its event again.")
    .addArgument(name())
    .action((view: string, _options: unknown, command: Command) =>
      order(dependencies, command, view, ({ views }) => views.runner.retry(view)),
    );
  const skip = new Command("skip")
    .description("Let a stopped view go on without the event it stopped at.")
    .addArgument(name())
    .addArgument(new Argument("<notification>", "the id of the event's notification").argParser(idOf))
    .action((view: string, id: number, _options: unknown, command: Command) =>
      order(dependencies, command, view, ({ views }, stops) => {
        if (stops.includes(id)) return views.runner.skip(view, id);
        const where =
          stops.length === 0 ? "is not stopped" : `is stopped at ${stops.join(" and ")}, not at ${id}`;
        throw new CommandFailedError(`The view ${view} ${where}: nothing was skipped.`);
      }),
    );
  return new Command("view")
    .description("Help a view that has stopped.")
    .addHelpText("after", AFTER_HELP)
    .addCommand(retry)
    .addCommand(skip);
}

async function order(
  dependencies: Dependencies,
  command: Command,
  view: string,
  give: (wiki: OpenWiki, stops: readonly number[]) => Promise<void>,
): Promise<void> {
  const config = configOf(command);
  await requireDatabase(config);
  await withWiki(dependencies, config, async (wiki) => {
    const status = await wiki.views.runner.status();
    const found = status.find(({ name }) => name === view);
    const names = status.map(({ name }) => name).join(", ");
    if (found === undefined)
      throw new UsageError(`There is no view ${JSON.stringify(view)}; expected ${names}.`);
    const stops = [found.stopped, found.next?.stopped].flatMap((stop) => (stop ? [stop.notificationId] : []));
    await give(wiki, stops);
    const told = stops.length === 0 ? "it was not stopped" : "it goes on";
    process.stdout.write(`${view}: ${told}\n`);
  });
}

function idOf(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("expected a whole number from 1.");
}
