import { Command } from "commander";
import { backupCommand } from "./backup/command.ts";
import { EXIT, exitCodeOf, messageOf } from "./errors.ts";
import { exportCommand } from "./export.ts";
import { importCommand } from "./import.ts";
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
  0  the command succeeded
  1  the command failed, or some files could not be imported
  2  the command line or the configuration is invalid; nothing was changed

Examples:
  $ palimpsest serve --port 8080
  $ palimpsest import docs
  $ palimpsest user add ada@example.org --name "Ada Lovelace" --role admin
  $ palimpsest help import`;

const SETTINGS_HELP = `
\`palimpsest --help\` lists the settings, such as --data-dir and --database-url.`;

/** Runs the command that `args` name, and resolves to the exit code. Never rejects. */
export async function run(args: readonly string[], dependencies: Dependencies): Promise<number> {
  let exitCode: number = EXIT.succeeded;
  const program = programOf(dependencies, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    const message = messageOf(error, { withStack: isDebugging(program) });
    if (message !== "") process.stderr.write(`${message}\n`);
    return exitCodeOf(error);
  }
}

function programOf(dependencies: Dependencies, setExitCode: (exitCode: number) => void): Command {
  const program = new Command("palimpsest")
    .description("A wiki that records every change with its author and time.")
    .version(dependencies.version, "--version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .addHelpText("after", AFTER_HELP)
    .exitOverride();
  addSettings(program);
  const commands = [
    serveCommand,
    importCommand,
    exportCommand,
    userCommand,
    tokenCommand,
    statusCommand,
    rebuildCommand,
    viewCommand,
    backupCommand,
  ];
  for (const command of commands) addCommand(program, command(dependencies, setExitCode));
  return program;
}

/** Adds a command with its subcommands. The help of `serve` lists the settings; the others refer to them. */
function addCommand(parent: Command, command: Command): void {
  for (const each of [command, ...command.commands]) {
    each.copyInheritedSettings(parent);
    if (each.name() === "serve") each.configureHelp({ showGlobalOptions: true });
    else each.addHelpText("after", SETTINGS_HELP);
  }
  parent.addCommand(command);
}

function isDebugging(program: Command): boolean {
  return program.opts<{ logLevel?: string }>().logLevel === "debug";
}
