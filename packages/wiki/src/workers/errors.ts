import { CodedError } from "@palimpsest/eventsourcing";

/** Too many expensive requests or computations are running or waiting, of all clients or of one. */
export class ServerBusyError extends CodedError {
  readonly code = "server-busy";
  readonly retryAfterSeconds = 5;

  /**
   * @param count the number that are running or waiting
   * @param scope whether `count` includes all clients, or only the client that is refused
   */
  constructor(count: number, scope: "all" | "client" = "all") {
    super(
      scope === "all"
        ? `${count} expensive requests are waiting, the maximum. Try again in a moment.`
        : `You already have ${count} expensive requests waiting. Try again in a moment.`,
    );
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
