import { CodedError } from "@palimpsest/eventsourcing";
import { CommanderError } from "commander";

/** What the process ends with, for scripts. */
export const EXIT = {
  done: 0,
  /** The work failed or was refused, in whole or in part. */
  failed: 1,
  /** The command line or the configuration is wrong. */
  usage: 2,
} as const;

/** The command line asks for something that cannot be meant. Nothing was opened or changed. */
export class UsageError extends CodedError {
  readonly code = "usage";
}

/** The command was understood and could not be carried out. */
export class CommandFailedError extends CodedError {
  readonly code = "command-failed";
}

// Errors of the parts below that are about a value on the command line or in a setting.
const USAGE_CODES: ReadonlySet<string> = new Set([
  "usage",
  "invalid-configuration",
  "invalid-argument",
  "invalid-secret",
  "invalid-email",
  "invalid-name",
  "weak-password",
]);

/** Returns the exit code that `error` ends the process with. */
export function exitCodeOf(error: unknown): number {
  // Commander ends help and the version with an error too, whose own code is 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  return error instanceof CodedError && USAGE_CODES.has(error.code) ? EXIT.usage : EXIT.failed;
}

/**
 * Returns what to say about `error`: one line for one that was raised on purpose, all that is known for others.
 * Commander has spoken about its own already.
 */
export function messageOf(error: unknown, options: { readonly withStack: boolean }): string {
  if (error instanceof CommanderError) return "";
  if (error instanceof CodedError) {
    return options.withStack && error.stack !== undefined ? error.stack : `error: ${error.message}`;
  }
  const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `error: something unexpected happened; this is a fault of the program.\n${details}`;
}
