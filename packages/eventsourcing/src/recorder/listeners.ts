/** Those who want to hear of new events. Used by every backend. */
export class Listeners {
  readonly #listeners = new Set<() => void>();
  readonly #whileWatched: () => () => void;
  #stop: (() => void) | undefined;

  /** @param whileWatched starts what finds out about other processes, and returns what ends it; runs only while someone listens */
  constructor(whileWatched: () => () => void = () => () => {}) {
    this.#whileWatched = whileWatched;
  }

  /** See `ApplicationRecorder.watch`. */
  add(listener: () => void): () => void {
    // A function of its own, so that the same listener can be added twice.
    const own = () => listener();
    // First, because a start that throws leaves no listener behind.
    this.#stop ??= this.#whileWatched();
    this.#listeners.add(own);
    return () => {
      if (this.#listeners.delete(own) && this.#listeners.size === 0) this.#end();
    };
  }

  /** Calls every listener, but none that another one has just ended or begun. */
  tell(): void {
    for (const listener of [...this.#listeners]) if (this.#listeners.has(listener)) listener();
  }

  /** Calls every listener a last time, and forgets it. */
  close(): void {
    this.tell();
    this.#listeners.clear();
    this.#end();
  }

  #end(): void {
    this.#stop?.();
    this.#stop = undefined;
  }
}
