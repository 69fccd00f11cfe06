/** Has work on the same thing done one after another, in the order of the calls; on other things, at once. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Does `work` when all that was asked for earlier under this key has ended, well or not. */
  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const earlier = this.#last.get(key);
    const mine = earlier === undefined ? work() : earlier.then(work, work);
    this.#last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(key) === mine) this.#last.delete(key);
    }
  }
}
