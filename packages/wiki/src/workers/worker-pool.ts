import { availableParallelism } from "node:os";
import { setImmediate } from "node:timers/promises";
import { RecorderClosedError } from "@palimpsest/eventsourcing";
import { RequestAbortedError, ServerBusyError, WorkerEndedError } from "./errors.ts";
import { computeInline, isShort, type TaskRunner } from "./task-runner.ts";
import type { TaskInput, TaskName, TaskOutput } from "./tasks.ts";
import { type TaskCall, WorkerThread } from "./worker-thread.ts";

interface PoolOptions {
  readonly threads: number;
  /** The most tasks that wait for a thread. */
  readonly maxWaiting: number;
  /** The most time that a task may take. */
  readonly taskTimeoutMs: number;
  /** A thread ends when it was idle for this time. */
  readonly idleTimeoutMs: number;
  readonly heapMegabytes: number;
  /** The built file that a thread runs. */
  readonly program: URL;
}

const DEFAULTS: PoolOptions = {
  threads: availableParallelism() > 1 ? 2 : 1,
  maxWaiting: 100,
  taskTimeoutMs: 30_000,
  idleTimeoutMs: 60_000,
  heapMegabytes: 1024,
  // Valid from src/workers/ and from dist/workers/.
  program: new URL("../../dist/workers/worker-program.js", import.meta.url),
};

interface Waiter {
  readonly resolve: (thread: WorkerThread) => void;
  readonly reject: (error: Error) => void;
}

/** Computes long tasks in worker threads, and short ones on the calling thread. Starts threads when it needs them. */
export class WorkerPool implements TaskRunner {
  readonly #options: PoolOptions;
  readonly #busy = new Set<WorkerThread>();
  readonly #idle = new Map<WorkerThread, NodeJS.Timeout>();
  readonly #waiters = new Set<Waiter>();
  #isClosed = false;

  constructor(options: Partial<PoolOptions> = {}) {
    this.#options = { ...DEFAULTS, ...options };
  }

  /** The number of running threads. */
  get threadCount(): number {
    return this.#busy.size + this.#idle.size;
  }

  async run<Name extends TaskName>(
    name: Name,
    input: TaskInput<Name>,
    signal?: AbortSignal,
  ): Promise<TaskOutput<Name>> {
    if (isShort(name, input)) return computeInline(name, input);
    const thread = await this.#acquire(signal);
    try {
      // Sending and receiving ten megabytes take milliseconds each, so this yields to the event loop before and after.
      await setImmediate();
      const output = await this.#compute(thread, { name, input }, signal);
      await setImmediate();
      return output as TaskOutput<Name>;
    } finally {
      this.#release(thread);
    }
  }

  /** Cancels the tasks with RecorderClosedError, and ends the threads. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const waiter of this.#waiters) waiter.reject(new RecorderClosedError());
    this.#waiters.clear();
    const threads = [...this.#busy, ...this.#idle.keys()];
    await Promise.all(threads.map((thread) => this.#end(thread, new RecorderClosedError())));
  }

  async #acquire(signal: AbortSignal | undefined): Promise<WorkerThread> {
    if (this.#isClosed) throw new RecorderClosedError();
    if (signal?.aborted) throw new RequestAbortedError();
    const { threads, maxWaiting } = this.#options;
    const thread = this.#takeIdle() ?? (this.#busy.size < threads ? this.#start() : undefined);
    if (thread !== undefined) return thread;
    if (this.#waiters.size >= maxWaiting) throw new ServerBusyError(this.#waiters.size);
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        resolve: (thread) => {
          signal?.removeEventListener("abort", onAbort);
          resolve(thread);
        },
        reject,
      };
      const onAbort = () => {
        this.#waiters.delete(waiter);
        reject(new RequestAbortedError());
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#waiters.add(waiter);
    });
  }

  async #compute(thread: WorkerThread, call: TaskCall, signal: AbortSignal | undefined): Promise<unknown> {
    if (signal?.aborted) throw new RequestAbortedError();
    const { taskTimeoutMs } = this.#options;
    const timer = setTimeout(() => {
      this.#end(
        thread,
        new WorkerEndedError(`The task ${call.name} did not end within ${taskTimeoutMs} ms.`),
      );
    }, taskTimeoutMs);
    const onAbort = () => {
      this.#end(thread, new RequestAbortedError());
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      return await thread.compute(call);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /** Gives the thread, or a new one if it ended, to the next task. */
  #release(thread: WorkerThread): void {
    this.#busy.delete(thread);
    const [next] = this.#waiters;
    if (next !== undefined) {
      this.#waiters.delete(next);
      if (thread.hasEnded) next.resolve(this.#start());
      else {
        this.#busy.add(thread);
        next.resolve(thread);
      }
    } else if (!thread.hasEnded) {
      const onIdle = () => this.#end(thread, new WorkerEndedError("The idle thread ended."));
      this.#idle.set(thread, setTimeout(onIdle, this.#options.idleTimeoutMs).unref());
    }
  }

  #takeIdle(): WorkerThread | undefined {
    for (const [thread, timer] of this.#idle) {
      clearTimeout(timer);
      this.#idle.delete(thread);
      if (thread.hasEnded) continue;
      this.#busy.add(thread);
      return thread;
    }
    return undefined;
  }

  #start(): WorkerThread {
    const thread = new WorkerThread(this.#options);
    this.#busy.add(thread);
    return thread;
  }

  /** Ends a thread; its task, if any, rejects with `error`. */
  async #end(thread: WorkerThread, error: Error): Promise<void> {
    clearTimeout(this.#idle.get(thread));
    this.#idle.delete(thread);
    await thread.terminate(error);
  }
}
