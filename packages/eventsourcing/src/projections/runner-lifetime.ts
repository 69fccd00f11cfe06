import { CodedError, ProgrammingError } from "../errors.ts";

/** A runner was told to stop, and its work has not ended in time. It is abandoned: nothing that it returns is stored. */
export class StopTimeoutError extends CodedError {
  readonly code = "stop-timeout";
  readonly timeoutMs: number;

  /** @param runner the runner, as the beginning of a sentence */
  constructor(runner: string, timeoutMs: number, reason: string) {
    super(`${runner} has not stopped within ${timeoutMs} ms: ${reason}. It is abandoned.`);
    this.timeoutMs = timeoutMs;
  }
}

/** The longest delay that timers allow. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Starts the work of a runner once, keeps the process alive while it runs, and ends it within a time limit. */
export class RunnerLifetime {
  readonly #kind: string;
  readonly #stopping = new AbortController();
  readonly #abandoned = new AbortController();
  #work: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;
  #keepAlive: NodeJS.Timeout | undefined;

  /** @param kind the class of the runner */
  constructor(kind: string) {
    this.#kind = kind;
  }

  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Aborted when the work has not ended in time. */
  get abandoned(): AbortSignal {
    return this.#abandoned.signal;
  }

  get isRunning(): boolean {
    return this.#keepAlive !== undefined;
  }

  /** @param work must not reject. @throws ProgrammingError if called twice or after `stop` */
  start(work: () => Promise<unknown>): void {
    if (this.#work !== undefined || this.stopping.aborted)
      throw new ProgrammingError(`A ${this.#kind} can be started once; create another one to start again.`);
    this.#keepAlive = setInterval(() => {}, MAX_TIMER_MS);
    this.#work = work().then(() => this.#end());
  }

  /** Resolves when the work has ended. If it has not after `timeoutMs`, calls `onTimeout` once and resolves. */
  stop(timeoutMs: number, onTimeout: () => void): Promise<void> {
    this.#stopped ??= this.#stop(timeoutMs, onTimeout);
    return this.#stopped;
  }

  async #stop(timeoutMs: number, onTimeout: () => void): Promise<void> {
    this.#stopping.abort();
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs);
    });
    await Promise.race([this.#work, timeout]);
    clearTimeout(timer);
    if (!this.isRunning) return;
    this.#abandoned.abort();
    this.#end();
    onTimeout();
  }

  #end(): void {
    clearInterval(this.#keepAlive);
    this.#keepAlive = undefined;
  }
}
