import { CodedError } from "@palimpsest/eventsourcing";
import { CommanderError } from "commander";

export const EXIT = {
  succeeded: 0,
  /** The command failed, or some files could not be imported. */
  failed: 1,
  /** The command line or the configuration is invalid. */
  usage: 2,
} as const;

/** The command line is invalid. Nothing was changed. */
export class UsageError extends CodedError {
  readonly code = "usage";
}

export class CommandFailedError extends CodedError {
  readonly code = "command-failed";
}

// Errors about a value on the command line or in a setting.
const USAGE_CODES: ReadonlySet<string> = new Set([
  "usage",
  "invalid-configuration",
  "invalid-export",
  "invalid-import",
  "invalid-argument",
  "invalid-secret",
  "invalid-email",
  "invalid-name",
  "weak-password",
]);

export function exitCodeOf(error: unknown): number {
  // Commander also throws after printing help or the version.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.succeeded : EXIT.usage;
  return error instanceof CodedError && USAGE_CODES.has(error.code) ? EXIT.usage : EXIT.failed;
}

/** Returns the message to print, with a stack for unexpected errors. Commander has printed its own errors. */
export function messageOf(error: unknown, options: { readonly withStack: boolean }): string {
  if (error instanceof CommanderError) return "";
  if (error instanceof CodedError) {
    return options.withStack && error.stack !== undefined ? error.stack : `error: ${error.message}`;
  }
  const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `error: an unexpected error, which is a bug in palimpsest:\n${details}`;
}
