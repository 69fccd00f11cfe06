import { CodedError, messageOf } from "../errors.ts";

/** Another runner holds the lease. Nothing was written. */
export class LeaseLostError extends CodedError {
  readonly code = "lease-lost";
  readonly leaseName: string;

  constructor(leaseName: string) {
    super(`Another runner holds the lease "${leaseName}".`);
    this.leaseName = leaseName;
  }
}

/** A later generation has replaced this one. Nothing was written. */
export class GenerationGoneError extends CodedError {
  readonly code = "generation-gone";
  readonly view: string;
  readonly generation: number;

  constructor(view: string, generation: number) {
    super(`A later generation of view "${view}" has replaced generation ${generation}.`);
    this.view = view;
    this.generation = generation;
  }
}

/** The view was built from another event log, such as one from before an older backup was restored. It is rebuilt. */
export class EventLogMismatchError extends CodedError {
  readonly code = "event-log-mismatch";
  readonly view: string;
  readonly position: number;

  constructor(view: string, position: number) {
    super(
      `View "${view}" was built from a different event log (they differ at or before notification ${position}). Rebuilding it.`,
    );
    this.view = view;
    this.position = position;
  }
}

/** The query of a view was ended because it ran longer than its `timeoutMs`. */
export class QueryTimeoutError extends CodedError {
  readonly code = "query-timeout";
  readonly view: string;
  readonly timeoutMs: number;
  readonly retryAfterSeconds = 5;

  constructor(view: string, timeoutMs: number) {
    super(
      `A query of the view "${view}" was ended after ${timeoutMs} ms. Ask for less, or try again in a moment.`,
    );
    this.view = view;
    this.timeoutMs = timeoutMs;
  }
}

/** The database refuses a change, and would refuse it again. Nothing was written. */
export class ChangeRefusedError extends CodedError {
  readonly code = "change-refused";
  readonly view: string;

  constructor(view: string, cause: unknown) {
    super(`A change of the view "${view}" is refused: ${messageOf(cause)}`, { cause });
    this.view = view;
  }
}
