/** The listeners of new events, or of changes of views. */
export class Listeners {
  readonly #listeners = new Set<() => void>();
  readonly #startWatching: () => () => void;
  #stopWatching: (() => void) | undefined;

  /** @param startWatching watches other processes while listeners exist; returns the function that stops watching */
  constructor(startWatching: () => () => void = () => () => {}) {
    this.#startWatching = startWatching;
  }

  /** See `ApplicationRecorder.watch`. */
  add(listener: () => void): () => void {
    // A wrapper, so that the same listener can be added twice.
    const own = () => listener();
    // Before the listener is added, because this may throw.
    this.#stopWatching ??= this.#startWatching();
    this.#listeners.add(own);
    return () => {
      if (this.#listeners.delete(own) && this.#listeners.size === 0) this.#stop();
    };
  }

  /** Calls every listener except those that another listener has just added or removed. */
  notify(): void {
    for (const listener of [...this.#listeners]) if (this.#listeners.has(listener)) listener();
  }

  /** Calls every listener a last time and removes them all. */
  close(): void {
    this.notify();
    this.#listeners.clear();
    this.#stop();
  }

  #stop(): void {
    this.#stopWatching?.();
    this.#stopWatching = undefined;
  }
}
