import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { CommandFailedError, UsageError } from "./errors.ts";

/** Far above what a password may have; whoever sends more does not send one. */
const MAX_BYTES = 10_000;

/** Resolves to the first line of the standard input. @throws UsageError when there is none */
export async function readPassword(): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin) {
    chunks.push(Buffer.from(chunk));
    bytes += chunk.length;
    if (chunk.includes(0x0a) || bytes > MAX_BYTES) break;
  }
  const [line = ""] = Buffer.concat(chunks).toString("utf8").split(/\r?\n/, 1);
  if (line === "") throw new UsageError("The standard input has no password on its first line.");
  return line;
}

/** Asks at the terminal, twice and without showing it. @throws UsageError when there is no terminal */
export async function askPassword(): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new UsageError(
      "There is no terminal to ask for the password at: pass it on the standard input with --password-stdin.",
    );
  }
  const password = await askHidden("Password: ");
  if ((await askHidden("The same again: ")) !== password) {
    throw new UsageError("The two passwords are not the same.");
  }
  return password;
}

function askHidden(question: string): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true, historySize: 0 });
  process.stderr.write(question);
  return new Promise((resolve, reject) => {
    terminal.once("line", (line) => {
      resolve(line);
      terminal.close();
    });
    terminal.once("close", () => {
      process.stderr.write("\n");
      reject(new CommandFailedError("No password was given."));
    });
  });
}
