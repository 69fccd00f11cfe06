interface FailedRange {
  /** The last notification id of the batch that failed first. */
  readonly end: number;
  readonly batchSize: number;
  /** The position before the batch that failed last. */
  readonly position: number;
  /** How often the one notification after `position` has failed alone. */
  readonly failures: number;
}

/** Halves a batch that fails until it holds only the event that a projection cannot process. */
export class FailureBisection {
  readonly #maxAttempts: number;
  #range: FailedRange | undefined;

  /** @param maxAttempts how often an event must fail alone to be found unprocessable */
  constructor(maxAttempts: number) {
    this.#maxAttempts = maxAttempts;
  }

  /** Returns the size of the batch after `position`, or undefined if no failure is being narrowed down there. */
  batchSizeAt(position: number): number | undefined {
    if (this.#range !== undefined && position >= this.#range.end) this.#range = undefined;
    return this.#range?.batchSize;
  }

  /**
   * Records that the batch of the notifications above `from`, up to `to`, failed. Returns how often that
   * notification has failed alone; 0 for a batch of several.
   */
  recordFailure(from: number, to: number): number {
    const before = this.#range;
    const failures = to - from > 1 ? 0 : (before?.position === from ? before.failures : 0) + 1;
    this.#range = {
      end: before?.end ?? to,
      batchSize: Math.max(1, Math.floor((to - from) / 2)),
      position: from,
      // An operator's retry of a stopped projection is one attempt more.
      failures: Math.min(failures, this.#maxAttempts - 1),
    };
    return failures;
  }
}
