/** Runs the tasks of one key one at a time, in the order of the calls. Tasks of different keys run concurrently. */
export class KeyedMutex {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs `task` after all earlier tasks of `key`, whether those succeed or fail, and settles as `task` does. */
  async runExclusive<T>(key: string, task: () => Promise<T>): Promise<T> {
    const previous = this.#last.get(key);
    const current = previous === undefined ? task() : previous.then(task, task);
    this.#last.set(key, current);
    try {
      return await current;
    } finally {
      if (this.#last.get(key) === current) this.#last.delete(key);
    }
  }

  /** Resolves when all tasks that were passed to `runExclusive` so far have ended. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#last.values());
  }
}
