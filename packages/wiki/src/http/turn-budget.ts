import { setImmediate as nextTurn } from "node:timers/promises";

/** The time after which requests wait. The request that exceeds it may take longer. */
const MAX_TURN_MS = 10;

/**
 * Limits how long requests together hold the event loop. Many can continue at the same moment: those that arrived during
 * the last turn, and those that waited for the same query.
 */
export class TurnBudget {
  readonly #now: () => number;
  #turnStartedAt: number | undefined;
  #waiting = 0;

  /** @param now returns milliseconds of a monotonic clock */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /**
   * Resolves at once if no other request continued in this turn of the event loop. Otherwise resolves in the order of
   * calls, each after the request before has worked until it waits for something else than a promise.
   */
  async wait(): Promise<void> {
    if (this.#turnStartedAt === undefined && this.#waiting === 0) {
      this.#hasTime();
      return;
    }
    this.#waiting += 1;
    // Node runs all continuations of promises between two immediates.
    do await nextTurn();
    while (!this.#hasTime());
    this.#waiting -= 1;
  }

  #hasTime(): boolean {
    const now = this.#now();
    if (this.#turnStartedAt === undefined) {
      this.#turnStartedAt = now;
      setImmediate(() => {
        this.#turnStartedAt = undefined;
      });
    }
    return now - this.#turnStartedAt < MAX_TURN_MS;
  }
}

/** The budget of this thread's event loop. */
export const turnBudget: TurnBudget = new TurnBudget();
