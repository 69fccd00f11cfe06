import type { Command } from "commander";
import { type Config, OPTIONS, parseConfig, type SettingName, type SettingTexts } from "../config.ts";

/** Adds an option for every setting to `program`. Its commands accept them, too. */
export function addSettings(program: Command): void {
  for (const option of Object.values(OPTIONS)) {
    program.addOption(option.helpGroup("Settings, as options or environment variables:"));
  }
}

/** Returns the configuration from the command line and the environment. @throws InvalidConfigurationError */
export function configOf(command: Command): Config {
  return parseConfig(command.optsWithGlobals<SettingTexts>(), (name: SettingName) => {
    const { envVar, long } = OPTIONS[name];
    return (command.getOptionValueSourceWithGlobals(name) === "env" ? envVar : long) ?? name;
  });
}
