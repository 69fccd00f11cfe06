import { OutcomeUnknownError, RecorderClosedError, RecorderError } from "../errors.ts";

/** Whether a database failed, rather than the events or the code that processes them. */
export function isDatabaseFailure(error: unknown): boolean {
  return (
    error instanceof RecorderError ||
    error instanceof RecorderClosedError ||
    error instanceof OutcomeUnknownError
  );
}
