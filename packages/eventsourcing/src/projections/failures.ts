import { OutcomeUnknownError, RecorderClosedError, RecorderError } from "../errors.ts";

/** Whether a database failed, rather than the events or the code that processes them. */
export function isDatabaseFailure(error: unknown): boolean {
  return (
    error instanceof RecorderError ||
    error instanceof RecorderClosedError ||
    error instanceof OutcomeUnknownError
  );
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Wraps a listener of the user, so that an error it throws becomes a warning and ends no loop. */
export function guardedListener<Arguments extends readonly unknown[]>(
  listener: (...args: Arguments) => void,
): (...args: Arguments) => void {
  return (...args) => {
    try {
      listener(...args);
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : String(error));
    }
  };
}
