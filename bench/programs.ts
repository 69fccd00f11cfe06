/** Programs that the benchmarks start. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export const PALIMPSEST = fileURLToPath(new URL("../packages/wiki/bin/palimpsest.js", import.meta.url));

export interface Program {
  readonly child: ChildProcess;
  /** The address that the program printed. */
  readonly address: string;
  stop(): Promise<void>;
}

/** Starts a Node.js program, and resolves when it prints `at http://…`. */
export async function startProgram(
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Program> {
  const child = spawn(process.execPath, words, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  let output = "";
  const address = await new Promise<string>((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`${words.join(" ")} ended with ${code}: ${output}`)));
    const read = (chunk: Buffer): void => {
      output = (output + chunk).slice(-10_000);
      const found = /\b(?:at|on) (http:\S+)/.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    };
    child.stderr.on("data", read);
    child.stdout.on("data", read);
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null) return;
    const exit = once(child, "exit");
    child.kill("SIGTERM");
    await exit;
  };
  return { child, address, stop };
}

/** Starts a TypeScript program of this folder, with the flags of this process, which load TypeScript. */
export function startOwn(file: string, ...words: readonly string[]): Promise<Program> {
  return startProgram([...process.execArgv, fileURLToPath(new URL(file, import.meta.url)), ...words]);
}

/** Runs a command of the wiki and resolves to its output. */
export async function palimpsest(words: readonly string[], input = ""): Promise<string> {
  const child = spawn(process.execPath, [PALIMPSEST, ...words], { stdio: ["pipe", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  child.stdin.end(input);
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`palimpsest ${words.join(" ")} ended with ${code}.`);
  return output.trim();
}
