/** Runs the tasks of one key one at a time, in the order of the calls. Tasks of different keys run concurrently. */
export class KeyedMutex {
  readonly #last = new Map<string, Promise<unknown>>();

  /**
   * Runs `task` after all earlier tasks of its key, or of any of its keys, whether those succeed or fail. Settles as
   * `task` does.
   */
  async runExclusive<T>(keys: string | readonly string[], task: () => Promise<T>): Promise<T> {
    const all = typeof keys === "string" ? [keys] : keys;
    const previous = all.flatMap((key) => this.#last.get(key) ?? []);
    const current = previous.length === 0 ? task() : Promise.allSettled(previous).then(() => task());
    // All keys are taken in one step, so tasks never wait for each other in a circle.
    for (const key of all) this.#last.set(key, current);
    try {
      return await current;
    } finally {
      for (const key of all) if (this.#last.get(key) === current) this.#last.delete(key);
    }
  }

  /** Resolves when all tasks that were passed to `runExclusive` so far have ended. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#last.values());
  }
}
