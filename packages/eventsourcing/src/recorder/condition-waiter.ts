import { AutoResetEvent } from "../auto-reset-event.ts";
import { RecorderError } from "../errors.ts";

/** What is waited on. */
interface WaitedOn<State> {
  /** Resolves to how it is now. */
  ask(): Promise<State>;
  /** Calls `listener` when it may have changed, now and then in vain; the function returned ends the calls. */
  watch(listener: () => void): () => void;
}

/** What somebody waits for. What is thrown ends the wait, too. */
interface Wish<State, Result> {
  /** Returns the result, or undefined where it is to be waited on. */
  met(state: State): Result | undefined;
  /** Returns what comes of it when the time is over. */
  late(state: State): Result;
}

export interface WaitOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** What was never heard of any more would be asked again after this. */
const BACKSTOP_MS = 1_000;
/** A first answer may take this long also where nobody is to be waited for. */
const FIRST_ANSWER_MS = 1_000;

/** Lets any number wait, and asks once for all of them. */
export class ConditionWaiter<State> {
  readonly #subject: WaitedOn<State>;
  readonly #waiters = new Set<Pick<Waiter<State, never>, "hear" | "reject">>();
  readonly #wakeUp = new AutoResetEvent();
  #isRunning = false;

  constructor(subject: WaitedOn<State>) {
    this.#subject = subject;
  }

  /**
   * Resolves to what `wish` makes of an answer to a question that is asked from now on.
   * @throws RecorderError when there is none after `timeoutMs`, or a second where that is longer; what the question
   *   is answered with; the signal's reason
   */
  async wait<Result>(wish: Wish<State, Result>, { timeoutMs, signal }: WaitOptions): Promise<Result> {
    signal?.throwIfAborted();
    const waiter = new Waiter(wish);
    const abort = () => waiter.reject(signal?.reason);
    signal?.addEventListener("abort", abort);
    // Timers of each one's own: thousands of the same length cost as little as one.
    const over = setTimeout(() => waiter.timeIsOver(), timeoutMs);
    const longestMs = Math.max(timeoutMs, FIRST_ANSWER_MS);
    const unanswered = setTimeout(() => waiter.reject(noAnswerIn(longestMs)), longestMs);
    this.#waiters.add(waiter);
    this.#wakeUp.set();
    if (!this.#isRunning) void this.#run();
    try {
      return await waiter.result;
    } finally {
      clearTimeout(over);
      clearTimeout(unanswered);
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
        // Whoever comes meanwhile is not told how it was before.
        const asking = [...this.#waiters];
        const state = await this.#subject.ask();
        for (const waiter of asking) if (waiter.hear(state)) this.#waiters.delete(waiter);
        if (this.#waiters.size === 0) break;
        // Asked once more as it begins to listen, nothing is missed. What is closed refuses to be watched.
        if (unwatch === undefined) unwatch = this.#subject.watch(() => this.#wakeUp.set());
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
}

class Waiter<State, Result> {
  readonly result: Promise<Result>;
  readonly #wish: Wish<State, Result>;
  #heard: { readonly state: State } | undefined;
  #isLate = false;
  #resolve: (result: Result) => void = () => {};
  #reject: (error: unknown) => void = () => {};

  constructor(wish: Wish<State, Result>) {
    this.#wish = wish;
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Returns whether that ends the wait. */
  hear(state: State): boolean {
    this.#heard = { state };
    try {
      const result = this.#wish.met(state) ?? (this.#isLate ? this.#wish.late(state) : undefined);
      if (result === undefined) return false;
      this.#resolve(result);
    } catch (error) {
      this.#reject(error);
    }
    return true;
  }

  /** Ends the wait, or has the first answer end it. */
  timeIsOver(): void {
    this.#isLate = true;
    if (this.#heard !== undefined) this.hear(this.#heard.state);
  }

  reject(error: unknown): void {
    this.#reject(error);
  }
}

function noAnswerIn(ms: number): RecorderError {
  return new RecorderError(
    "What is waited on cannot be read",
    new Error(`the database has not answered in ${ms} ms`),
  );
}
