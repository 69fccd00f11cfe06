import { Command } from "commander";
import type { Config } from "../config.ts";
import { CommandFailedError } from "./errors.ts";
import { configOf } from "./settings.ts";
import type { Dependencies, ServedWiki } from "./wiki.ts";

const AFTER_HELP = `
The address is printed once the wiki answers. While there is no administrator, so is a link that makes the first
one; \`palimpsest user add\` does it too. SIGTERM and SIGINT end the server when the requests under way have
their answers; a second signal ends it at once.

Examples:
  $ palimpsest serve
  $ palimpsest serve --host 0.0.0.0 --port 8080 --base-url https://wiki.example.org --trust-proxy yes
  $ palimpsest serve --data-dir /var/lib/palimpsest --reading members`;

export function serveCommand(dependencies: Dependencies): Command {
  return new Command("serve")
    .description("Serve the wiki.")
    .addHelpText("after", AFTER_HELP)
    .action(async (_options: unknown, command: Command) => serve(configOf(command), dependencies));
}

async function serve(config: Config, dependencies: Dependencies): Promise<void> {
  const wiki = await dependencies.serveWiki(config).catch((error: unknown) => {
    throw listenErrorOf(error, config) ?? error;
  });
  const stop = stopSignal();
  try {
    process.stdout.write(await greetingOf(wiki, config));
    await stop.received;
    process.stderr.write("Stopping: requests under way get their answers. Once more to stop at once.\n");
  } finally {
    await wiki.close();
    stop.forget();
  }
}

async function greetingOf({ identity, address }: ServedWiki, config: Config): Promise<string> {
  // With port 0 the system has chosen one, which the configuration could not know.
  const base = config.port === 0 && new URL(config.baseUrl).port === "0" ? address : config.baseUrl;
  const lines = [`Palimpsest is at ${base}${base === address ? "" : ` and listens at ${address}`}`];
  const token = await identity.firstAdministratorToken();
  if (token !== null) {
    lines.push(
      "There is no administrator yet. Become the first one with this link, which works once:",
      `  ${base}/-/first-administrator?token=${encodeURIComponent(token)}`,
      "or from the command line:",
      '  npx palimpsest user add you@example.org --name "Your Name" --role admin',
    );
  }
  return `${lines.join("\n")}\n`;
}

/** What the system says when an address cannot be listened at, in words. */
function listenErrorOf(error: unknown, { host, port }: Config): CommandFailedError | undefined {
  const { code } = error as { code?: unknown };
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: `Port ${port} of ${host} is in use by another program. Choose another with --port, or 0 for any free one.`,
    EACCES: `Port ${port} of ${host} is not allowed to this user. Choose one above 1023 with --port.`,
    EADDRNOTAVAIL: `${host} is not an address of this machine. Choose one with --host.`,
    ENOTFOUND: `The host ${host} is not known. Choose an address of this machine with --host.`,
  };
  const reason = typeof code === "string" ? reasons[code] : undefined;
  return reason === undefined ? undefined : new CommandFailedError(reason, { cause: error });
}

/** Ctrl+C reaches a program twice when a runner such as npm passes it on; that is still one wish. */
const SAME_SIGNAL_MS = 500;

/** Waits for the signal to stop. A later one, until `forget`, ends the process at once. */
function stopSignal(): { readonly received: Promise<void>; forget(): void } {
  let firstAt: number | undefined;
  let resolve: () => void = () => {};
  const received = new Promise<void>((done) => {
    resolve = done;
  });
  const listener = (signal: NodeJS.Signals): void => {
    if (firstAt === undefined) {
      firstAt = performance.now();
      resolve();
    } else if (performance.now() - firstAt > SAME_SIGNAL_MS) {
      process.exit(signal === "SIGINT" ? 130 : 143);
    }
  };
  process.on("SIGINT", listener);
  process.on("SIGTERM", listener);
  const forget = (): void => {
    process.off("SIGINT", listener);
    process.off("SIGTERM", listener);
  };
  return { received, forget };
}
