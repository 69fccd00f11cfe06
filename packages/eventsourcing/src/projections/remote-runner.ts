/** A failure of a projection, without its error, so that it can be sent to another thread or process. */
export interface ReportedFailure {
  /** See `ProjectionStatus.state`. */
  readonly state: "retrying" | "failed";
  /** The message of the error. */
  readonly error: string;
}

/** A started runner of the same projections in another thread or process. */
export interface RemoteRunner {
  /** Its option `holder`. */
  readonly holder: string;

  /** Returns why it cannot write the view, or undefined. */
  failureOf(view: string): ReportedFailure | undefined;

  /** Calls `listener` after it has written a view, and when a failure begins or ends. The function returned ends the calls. */
  watch(listener: () => void): () => void;

  /** Makes it read the store at once, as when a rebuild was requested. */
  wake(): void;

  /** Makes a projection that has failed try again at once. */
  retry(view: string): void;
}
