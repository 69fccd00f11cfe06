/** A signal that one task waits for and any task sets. Calls of `set` before `reset` count as one. */
export class AutoResetEvent {
  #isSet = false;
  #wake: (() => void) | undefined;

  set(): void {
    this.#isSet = true;
    this.#wake?.();
  }

  reset(): void {
    this.#isSet = false;
  }

  /**
   * Resolves once the event is set, at once if it is set already, or after `timeoutMs`. One task may wait at a time.
   * @param idle `true` if the timer must not keep the process alive (false)
   */
  async wait(timeoutMs: number, { idle = false }: { readonly idle?: boolean } = {}): Promise<void> {
    if (this.#isSet) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      if (idle) timer.unref();
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }
}
