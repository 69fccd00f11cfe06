import { setImmediate } from "node:timers/promises";

/** Lets timers and I/O run between the steps of a loop that may never wait by itself. */
export class EventLoopYielder {
  readonly #maxMs: number;
  #resumedAt = performance.now();

  /** @param maxMs how long the loop may hold the event loop (10) */
  constructor(maxMs = 10) {
    this.#maxMs = maxMs;
  }

  /** Whether `step` would wait. Saves an `await` in loops of short steps. */
  get isDue(): boolean {
    return performance.now() - this.#resumedAt >= this.#maxMs;
  }

  /** Resolves at once, or after a turn of the event loop if the loop has held it for `maxMs`. Call it in each step. */
  async step(): Promise<void> {
    if (!this.isDue) return;
    await setImmediate();
    this.#resumedAt = performance.now();
  }
}
