import { Command } from "commander";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Config } from "../config.ts";
import { addSettings, configOf } from "./settings.ts";

/** Returns the configuration of a command that is called with `words`. */
function configOfCall(...words: string[]): Config | undefined {
  let config: Config | undefined;
  const program = new Command("palimpsest").exitOverride();
  addSettings(program);
  program.command("serve").action((_options: unknown, command: Command) => {
    config = configOf(command);
  });
  program.parse(words, { from: "user" });
  return config;
}

afterEach(() => vi.unstubAllEnvs());

describe("configOf", () => {
  it("prefers options to environment variables", () => {
    vi.stubEnv("PALIMPSEST_PORT", "8080");
    vi.stubEnv("PALIMPSEST_HOST", "0.0.0.0");
    expect(configOfCall("serve", "--port", "9090", "--database-url", "memory:")).toMatchObject({
      port: 9090,
      host: "0.0.0.0",
      database: { kind: "memory" },
    });
    expect(configOfCall("--port", "9090", "serve")).toMatchObject({ port: 9090 });
  });

  it("ignores an invalid environment variable that an option overrides", () => {
    vi.stubEnv("PALIMPSEST_PORT", "eighty");
    expect(configOfCall("serve", "--port", "9090")).toMatchObject({ port: 9090 });
  });

  it("names the option or the environment variable that has an invalid value", () => {
    vi.stubEnv("PALIMPSEST_PORT", "eighty");
    expect(() => configOfCall("serve", "--reading", "all")).toThrow(
      'PALIMPSEST_PORT is "eighty"; expected a whole number from 0 to 65535.\n' +
        '--reading is "all"; expected "public" or "members".',
    );
  });
});
