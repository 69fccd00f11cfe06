import { CodedError } from "@palimpsest/eventsourcing";

/** Too many computations wait for a worker thread. */
export class ServerBusyError extends CodedError {
  readonly code = "server-busy";
  readonly retryAfterSeconds = 5;

  /** @param waiting the number of computations that wait */
  constructor(waiting: number) {
    super(`${waiting} large computations are waiting, the maximum. Try again in a moment.`);
  }
}

/** The client disconnected before the computation for its request ended. */
export class RequestAbortedError extends CodedError {
  readonly code = "request-aborted";

  constructor() {
    super("The request was cancelled because its client disconnected.");
  }
}

/** A worker thread ended before its task did. */
export class WorkerEndedError extends Error {
  override readonly name = "WorkerEndedError";
}
