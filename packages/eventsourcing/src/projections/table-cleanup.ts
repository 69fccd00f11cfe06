import { RecorderClosedError } from "../errors.ts";
import type { ViewStore } from "./view-store.ts";

const MAX_DELAY_MS = 60_000;

/** Drops the tables of replaced generations once no reader has them open. Runs between the batches of a projection. */
export class TableCleanup {
  readonly #removeReplacedTables: () => Promise<boolean>;
  readonly #firstDelayMs: number;
  readonly #onError: (error: unknown) => void;
  /** When to try next, by `performance.now()`, and how long to wait after that; undefined if no tables are left. */
  #next: { readonly at: number; readonly delayMs: number } | undefined;
  #isErrorReported = false;

  constructor(
    store: Pick<ViewStore<never>, "removeReplacedTables">,
    view: string,
    { delayMs, onError }: { readonly delayMs: number; readonly onError: (error: unknown) => void },
  ) {
    this.#removeReplacedTables = () => store.removeReplacedTables(view);
    this.#firstDelayMs = delayMs;
    this.#onError = onError;
  }

  /** Makes the next `run` try at once. */
  request(): void {
    this.#next = { at: 0, delayMs: this.#firstDelayMs };
  }

  /** Does nothing if no tables are left, or if the last attempt was a moment ago. @throws RecorderClosedError */
  async run(): Promise<void> {
    if (this.#next === undefined || performance.now() < this.#next.at) return;
    const { delayMs } = this.#next;
    this.#next = { at: performance.now() + delayMs, delayMs: Math.min(2 * delayMs, MAX_DELAY_MS) };
    try {
      if (!(await this.#removeReplacedTables())) return;
      this.#next = undefined;
      this.#isErrorReported = false;
    } catch (error) {
      if (error instanceof RecorderClosedError) throw error;
      // A table that cannot be dropped, because another view depends on it, must not hold up this view.
      if (!this.#isErrorReported) this.#onError(error);
      this.#isErrorReported = true;
    }
  }
}
