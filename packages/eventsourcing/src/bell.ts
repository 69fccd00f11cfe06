/** Rings once for any number of calls since it was silenced. */
export class Bell {
  #ringing = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#ringing = true;
    this.#wake?.();
  }

  silence(): void {
    this.#ringing = false;
  }

  /**
   * Resolves when it rings, at once if it does already, or after `timeoutMs`. One at a time may wait.
   * @param idle whether the wait keeps no process alive
   */
  async rung(timeoutMs: number, { idle = false }: { readonly idle?: boolean } = {}): Promise<void> {
    if (this.#ringing) return;
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
