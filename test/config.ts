import { type Config, OPTIONS, parseConfig } from "../packages/wiki/src/config.ts";

/** Returns the configuration for the given environment variables. Unlike the program, it ignores all others. */
export function configFrom(env: Readonly<Record<string, string>>): Config {
  const texts = Object.entries(OPTIONS).flatMap(([name, { envVar = "" }]) => {
    const text = env[envVar];
    return text === undefined ? [] : [[name, text]];
  });
  return parseConfig(Object.fromEntries(texts));
}
