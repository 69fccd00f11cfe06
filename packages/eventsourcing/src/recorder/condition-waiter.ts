import { AutoResetEvent } from "../auto-reset-event.ts";
import { RecorderError } from "../errors.ts";

/** A state that changes, such as the last notification id of a recorder. */
interface Source<State> {
  /** Resolves to the present state. */
  read(): Promise<State>;
  /** Calls `listener` when the state may have changed. The function returned ends the calls. */
  watch(listener: () => void): () => void;
}

/** A condition on a state. An error that a method throws ends the wait, too. */
interface Condition<State, Result> {
  /** Returns the result of the wait, or undefined to go on waiting. */
  check(state: State): Result | undefined;
  /** Returns the result of a wait that has timed out. */
  onTimeout(state: State): Result;
}

export interface WaitOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Reads again after this time, in case a call of the listener was lost. */
const BACKSTOP_MS = 1_000;
/** The least time in which the first read must answer, however short the timeout. */
const FIRST_READ_MS = 1_000;

/** Lets any number of callers wait for conditions, with one read of the state for all of them. */
export class ConditionWaiter<State> {
  readonly #source: Source<State>;
  readonly #waiters = new Set<Pick<Waiter<State, never>, "check" | "reject">>();
  readonly #wakeUp = new AutoResetEvent();
  #isRunning = false;

  constructor(source: Source<State>) {
    this.#source = source;
  }

  /**
   * Resolves to the result of `condition` for a state that is read after this call.
   * @throws RecorderError if no read has answered within `timeoutMs`, or a second if that is longer
   * @throws the error of the read or of the condition; the reason of the signal
   */
  async wait<Result>(
    condition: Condition<State, Result>,
    { timeoutMs, signal }: WaitOptions,
  ): Promise<Result> {
    signal?.throwIfAborted();
    const waiter = new Waiter(condition);
    const abort = () => waiter.reject(signal?.reason);
    signal?.addEventListener("abort", abort);
    // Two timers per caller are cheap: Node keeps timers of equal length in one list.
    const timeout = setTimeout(() => waiter.timeOut(), timeoutMs);
    const answerMs = Math.max(timeoutMs, FIRST_READ_MS);
    const answerTimeout = setTimeout(() => waiter.reject(noAnswerWithin(answerMs)), answerMs);
    this.#waiters.add(waiter);
    this.#wakeUp.set();
    if (!this.#isRunning) void this.#run();
    try {
      return await waiter.result;
    } finally {
      clearTimeout(timeout);
      clearTimeout(answerTimeout);
      signal?.removeEventListener("abort", abort);
      this.#waiters.delete(waiter);
      if (this.#waiters.size === 0) this.#wakeUp.set();
    }
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    let unwatch: (() => void) | undefined;
    try {
      while (this.#waiters.size > 0) {
        this.#wakeUp.reset();
        await this.#readAndCheck();
        if (this.#waiters.size === 0) break;
        // Reads once more after it starts to watch, so that no change is missed.
        if (unwatch === undefined) unwatch = this.#source.watch(() => this.#wakeUp.set());
        else await this.#wakeUp.wait(BACKSTOP_MS);
      }
    } catch (error) {
      for (const waiter of this.#waiters) waiter.reject(error);
      this.#waiters.clear();
    } finally {
      unwatch?.();
      this.#isRunning = false;
    }
  }

  async #readAndCheck(): Promise<void> {
    // A waiter that is added during the read needs a state that is read after it was added.
    const waiters = [...this.#waiters];
    const state = await this.#source.read();
    for (const waiter of waiters) if (waiter.check(state)) this.#waiters.delete(waiter);
  }
}

class Waiter<State, Result> {
  readonly result: Promise<Result>;
  readonly #condition: Condition<State, Result>;
  #last: { readonly state: State } | undefined;
  #hasTimedOut = false;
  #resolve: (result: Result) => void = () => {};
  #reject: (error: unknown) => void = () => {};

  constructor(condition: Condition<State, Result>) {
    this.#condition = condition;
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Returns whether `state` ends the wait. */
  check(state: State): boolean {
    this.#last = { state };
    try {
      const timedOut = () => (this.#hasTimedOut ? this.#condition.onTimeout(state) : undefined);
      const result = this.#condition.check(state) ?? timedOut();
      if (result === undefined) return false;
      this.#resolve(result);
    } catch (error) {
      this.#reject(error);
    }
    return true;
  }

  /** Ends the wait with the last state, or with the first one that is read. */
  timeOut(): void {
    this.#hasTimedOut = true;
    if (this.#last !== undefined) this.check(this.#last.state);
  }

  reject(error: unknown): void {
    this.#reject(error);
  }
}

function noAnswerWithin(ms: number): RecorderError {
  return new RecorderError("The wait failed", new Error(`the database has not answered within ${ms} ms`));
}
