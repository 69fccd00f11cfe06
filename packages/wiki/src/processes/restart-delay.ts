const MIN_MS = 500;
const MAX_MS = 30_000;
/** After a run of this length the delay is the shortest again. */
const RECOVERED_AFTER_MS = 60_000;

/** The delay before a thread or process that has crashed is started again. It doubles with each crash. */
export class RestartDelay {
  #nextMs = MIN_MS;

  /** @param ranMs how long the thread or process has run */
  nextMs(ranMs: number): number {
    const delayMs = ranMs > RECOVERED_AFTER_MS ? MIN_MS : this.#nextMs;
    this.#nextMs = Math.min(2 * delayMs, MAX_MS);
    return delayMs;
  }
}
