import { Readable } from "node:stream";
import { vi } from "vitest";
import { run } from "../packages/wiki/src/cli/program.ts";
import type { Config } from "../packages/wiki/src/config.ts";
import { createWiki } from "../packages/wiki/src/create-wiki.ts";

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const DEPENDENCIES = {
  version: "0.0.0-test",
  openWiki: createWiki,
  // Opens the databases, and then fails: tests that need a server start the program.
  serveWiki: async (config: Config) => {
    await (await createWiki(config)).close();
    throw new Error("This process does not serve.");
  },
};

/**
 * Runs a command in this process, which saves the start of another one. Replaces all environment variables of settings by
 * `env`, and the standard input by `input`. Calls must not overlap.
 */
export async function runCommand(
  words: readonly string[],
  { env = {}, input = "" }: { readonly env?: Readonly<Record<string, string>>; readonly input?: string } = {},
): Promise<CommandResult> {
  for (const name of Object.keys(process.env))
    if (name.startsWith("PALIMPSEST_")) vi.stubEnv(name, undefined);
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const stdout = captured(process.stdout);
  const stderr = captured(process.stderr);
  const stdin = vi
    .spyOn(process, "stdin", "get")
    .mockReturnValue(Readable.from([input]) as typeof process.stdin);
  try {
    const code = await run(words, DEPENDENCIES);
    return { code, stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    stdin.mockRestore();
    stdout.restore();
    stderr.restore();
    vi.unstubAllEnvs();
  }
}

function captured(stream: NodeJS.WriteStream): { text(): string; restore(): void } {
  let text = "";
  const write = vi.spyOn(stream, "write").mockImplementation((chunk) => {
    text += chunk;
    return true;
  });
  return { text: () => text, restore: () => write.mockRestore() };
}
