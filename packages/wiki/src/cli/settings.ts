import { type Command, Option } from "commander";
import { type Config, loadConfig, SETTINGS } from "../config.ts";

/** Gives `program` a flag for every setting, which its commands have too. */
export function addSettings(program: Command): void {
  for (const { flag, variable, meaning, byDefault } of SETTINGS) {
    const option = new Option(`${flag} <value>`, `${meaning} (${variable}; default: ${byDefault})`);
    program.addOption(option.helpGroup("Settings, as flags or variables of the environment:"));
  }
}

/** Returns the configuration of the process, as `command` was called. @throws InvalidConfigurationError */
export function configOf(command: Command): Config {
  const values = command.optsWithGlobals<Record<string, string | undefined>>();
  const flags = SETTINGS.map(({ flag }) => [flag, values[new Option(`${flag} <value>`).attributeName()]]);
  return loadConfig({ env: process.env, flags: Object.fromEntries(flags) });
}
