import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { CommandFailedError, UsageError } from "./errors.ts";

/** Far more than the longest password. */
const MAX_BYTES = 10_000;

/** Resolves to the first line of the standard input. @throws UsageError if it is empty */
export async function readPassword(): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin) {
    chunks.push(Buffer.from(chunk));
    bytes += chunk.length;
    if (chunk.includes(0x0a) || bytes > MAX_BYTES) break;
  }
  const [line = ""] = Buffer.concat(chunks).toString("utf8").split(/\r?\n/, 1);
  if (line === "")
    throw new UsageError("The first line of the standard input is empty; expected a password.");
  return line;
}

/** Asks for a password twice, without echo. @throws UsageError without a terminal */
export async function askPassword(): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new UsageError(
      "The standard input is not a terminal. Pass the password on the standard input with --password-stdin.",
    );
  }
  const password = await askHidden("Password: ");
  if ((await askHidden("Repeat the password: ")) !== password) {
    throw new UsageError("The two passwords differ.");
  }
  return password;
}

function askHidden(question: string): Promise<string> {
  const noEcho = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: noEcho, terminal: true, historySize: 0 });
  process.stderr.write(question);
  return new Promise((resolve, reject) => {
    terminal.once("line", (line) => {
      resolve(line);
      terminal.close();
    });
    terminal.once("close", () => {
      process.stderr.write("\n");
      reject(new CommandFailedError("No password was entered."));
    });
  });
}
