import { Command } from "commander";
import type { Config } from "../config.ts";
import { CommandFailedError } from "./errors.ts";
import { configOf } from "./settings.ts";
import type { Dependencies, ServedWiki } from "./wiki.ts";

const AFTER_HELP = `
Prints the address when the wiki is ready. Without an administrator, it also prints a link that creates one;
\`palimpsest user add\` creates one, too. SIGTERM and SIGINT stop the server after it has answered the requests
in progress; a second signal stops it at once. With --workers, several processes serve the wiki on one port.

Examples:
  $ palimpsest serve
  $ palimpsest serve --host 0.0.0.0 --port 8080 --base-url https://wiki.example.org --trust-proxy yes
  $ palimpsest serve --data-dir /var/lib/palimpsest --reading members`;

export function serveCommand(dependencies: Dependencies): Command {
  return new Command("serve")
    .description("Serve the wiki over HTTP.")
    .addHelpText("after", AFTER_HELP)
    .action(async (_options: unknown, command: Command) => serve(configOf(command), dependencies));
}

async function serve(config: Config, dependencies: Dependencies): Promise<void> {
  const wiki = await dependencies.serveWiki(config).catch((error: unknown) => {
    throw listenError(error, config) ?? error;
  });
  const stop = stopSignal();
  try {
    if (wiki.stopRequested === undefined) {
      process.stdout.write(await greeting(wiki, config));
      await stop.received;
      process.stderr.write(
        "Stopping after the requests in progress. Send the signal again to stop at once.\n",
      );
    } else {
      await Promise.race([wiki.stopRequested, stop.received]);
    }
  } finally {
    await wiki.close();
    stop.removeListeners();
  }
}

async function greeting({ firstAdministratorToken, address }: ServedWiki, config: Config): Promise<string> {
  // With port 0, only the server knows the port.
  const base = config.port === 0 && new URL(config.baseUrl).port === "0" ? address : config.baseUrl;
  const lines = [`Palimpsest is at ${base}${base === address ? "" : ` and listens at ${address}`}`];
  const token = await firstAdministratorToken();
  if (token !== null) {
    lines.push(
      "The wiki has no administrator yet. To become the first one, open this link, which works once:",
      `  ${base}/-/first-administrator?token=${encodeURIComponent(token)}`,
      "or run this command:",
      '  npx palimpsest user add you@example.org --name "Your Name" --role admin',
    );
  }
  return `${lines.join("\n")}\n`;
}

function listenError(error: unknown, { host, port }: Config): CommandFailedError | undefined {
  const { code } = error as { code?: unknown };
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: `Port ${port} of ${host} is in use. Choose another with --port; 0 means any free port.`,
    EACCES: `This user may not listen on port ${port} of ${host}. Choose a port above 1023 with --port.`,
    EADDRNOTAVAIL: `${host} is not an address of this machine. Choose another with --host.`,
    ENOTFOUND: `The host ${host} does not exist. Choose an address of this machine with --host.`,
  };
  const reason = typeof code === "string" ? reasons[code] : undefined;
  return reason === undefined ? undefined : new CommandFailedError(reason, { cause: error });
}

/** Ctrl+C sends the signal twice if a runner such as npm forwards it, too. */
const SAME_SIGNAL_MS = 500;

/** `received` resolves at SIGINT or SIGTERM. A later signal ends the process, until the listeners are removed. */
function stopSignal(): { readonly received: Promise<void>; removeListeners(): void } {
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
  const removeListeners = (): void => {
    process.off("SIGINT", listener);
    process.off("SIGTERM", listener);
  };
  return { received, removeListeners };
}
