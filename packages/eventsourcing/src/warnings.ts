/** Emits `error` as a warning of the process. */
export function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error));
}

/** Wraps a listener of the user, so that an error it throws becomes a warning and ends no loop. */
export function guardedListener<Arguments extends readonly unknown[]>(
  listener: (...args: Arguments) => void,
): (...args: Arguments) => void {
  return (...args) => {
    try {
      listener(...args);
    } catch (error) {
      warn(error);
    }
  };
}
