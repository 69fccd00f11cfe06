/** A failure of a projection, without its error, so that it can be sent to another thread or process. */
export interface ReportedFailure {
  /** See `ProjectionStatus.state`. */
  readonly state: "retrying" | "failed";
  /** The message of the error. */
  readonly error: string;
}

/** A started runner of the same projections in another thread or process. */
export interface RemoteRunner {
  /** The holder of the leases of the remote runner: its option `holder`. */
  readonly holder: string;

  /** Returns why the remote runner cannot write a view, or undefined. */
  failureOf(view: string): ReportedFailure | undefined;

  /** Calls `listener` after it has written a view, and when a failure begins or ends. The function returned ends the calls. */
  watch(listener: () => void): () => void;

  /** Makes the remote runner read the store at once, for example after a rebuild was requested. */
  wake(): void;

  /** Makes a projection that has failed try again at once. */
  retry(view: string): void;
}
