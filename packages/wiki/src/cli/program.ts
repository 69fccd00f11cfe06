import { Command } from "commander";
import { backupCommand } from "./backup/command.ts";
import { EXIT, exitCodeOf, messageOf } from "./errors.ts";
import { importCommand } from "./import/command.ts";
import { rebuildCommand } from "./rebuild.ts";
import { serveCommand } from "./serve.ts";
import { addSettings } from "./settings.ts";
import { statusCommand } from "./status.ts";
import { tokenCommand } from "./token.ts";
import { userCommand } from "./user.ts";
import { viewCommand } from "./view.ts";
import type { Dependencies } from "./wiki.ts";

const AFTER_HELP = `
Exit codes:
  0  done
  1  the work failed or was refused, in whole or in part
  2  the command line or the configuration is wrong; nothing was changed

Examples:
  $ palimpsest serve --port 8080
  $ palimpsest import docs
  $ palimpsest user add ada@example.org --name "Ada Lovelace" --role admin
  $ palimpsest help import`;

const SETTINGS_HELP = `
Settings such as --data-dir and --database-url are listed by \`palimpsest --help\`.`;

/** Runs the command in `words` and resolves to the exit code; it never rejects. */
export async function run(words: readonly string[], dependencies: Dependencies): Promise<number> {
  let exitCode: number = EXIT.done;
  const program = programOf(dependencies, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(words, { from: "user" });
    return exitCode;
  } catch (error) {
    const message = messageOf(error, { withStack: isDebugging(program) });
    if (message !== "") process.stderr.write(`${message}\n`);
    return exitCodeOf(error);
  }
}

function programOf(dependencies: Dependencies, endWith: (exitCode: number) => void): Command {
  const program = new Command("palimpsest")
    .description("A wiki whose record of who changed what, and when, is the source of truth.")
    .version(dependencies.version, "--version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .addHelpText("after", AFTER_HELP)
    .exitOverride();
  addSettings(program);
  const commands = [
    serveCommand,
    importCommand,
    userCommand,
    tokenCommand,
    statusCommand,
    rebuildCommand,
    viewCommand,
    backupCommand,
  ];
  for (const command of commands) addCommand(program, command(dependencies, endWith));
  return program;
}

/** Adds a command, and all below it, with the ways of the program. Only `serve` repeats the settings in its help. */
function addCommand(parent: Command, command: Command): void {
  for (const one of [command, ...command.commands]) {
    one.copyInheritedSettings(parent);
    if (one.name() === "serve") one.configureHelp({ showGlobalOptions: true });
    else one.addHelpText("after", SETTINGS_HELP);
  }
  parent.addCommand(command);
}

function isDebugging(program: Command): boolean {
  return program.opts<{ logLevel?: string }>().logLevel === "debug";
}
